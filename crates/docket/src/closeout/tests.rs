mod checklist;
mod evidence;
mod exception;
mod gate;
mod work;

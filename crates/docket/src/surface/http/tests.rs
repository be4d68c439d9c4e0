mod calls;
mod check;
mod evidence;
mod hostile;
mod limits;
mod openapi;
mod site;
mod table;

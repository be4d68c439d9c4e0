mod gate;
mod id;
mod money;
mod text;

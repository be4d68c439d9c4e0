mod id;
mod money;
mod text;

mod deliver;
mod next;
mod render;

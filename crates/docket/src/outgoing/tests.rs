mod deliver;
mod next;
mod outbox;
mod render;

mod photo;
mod read;
mod stage;

mod canonical;
mod id;
mod merkle;
mod note;
mod receipt;
mod tiles;

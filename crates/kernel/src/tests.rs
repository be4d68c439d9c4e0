mod canonical;
mod id;
mod merkle;
mod tiles;

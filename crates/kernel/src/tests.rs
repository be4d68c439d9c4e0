mod canonical;
mod contract;
mod id;
mod merkle;
mod note;
mod receipt;
mod tiles;

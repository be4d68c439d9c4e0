mod bucket;
mod read;
mod store;
mod upload;

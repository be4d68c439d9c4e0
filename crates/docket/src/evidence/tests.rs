mod read;
mod store;
mod upload;

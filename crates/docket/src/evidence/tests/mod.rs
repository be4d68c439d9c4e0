mod reread;
mod store;
mod upload;

mod create;
mod limit;

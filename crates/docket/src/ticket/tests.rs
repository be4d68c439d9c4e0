mod cancel;
mod close;
mod create;
mod limit;

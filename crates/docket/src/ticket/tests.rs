mod cancel;
mod close;
mod create;

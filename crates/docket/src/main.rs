//! Reads a command and calls the library.

fn main() {}

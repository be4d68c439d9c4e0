//! What needs a process, a socket or a signal: the binary as a user runs it.

mod client;
mod crash;
mod home;
mod http;
mod log;

//! What needs a process, a socket or a signal: the binary as a user runs it.

mod audit;
mod crash;
mod docs;
mod home;
mod host;
mod http;

//! What needs a process, a socket or a signal: the binary as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by ending there")]

mod client;
mod crash;
mod home;
mod http;
mod log;

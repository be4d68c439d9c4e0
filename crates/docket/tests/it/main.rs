//! What needs a process, a socket or a signal: the binary as a user runs it.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by ending there")]

mod audit;
mod client;
mod cluster;
mod crash;
mod docs;
mod ground;
mod home;
mod host;
mod http;
mod log;
mod machines;
mod outbox;
mod outside;
mod postgres;
mod receiver;
mod s3;
#[path = "../../src/testing/s3.rs"]
mod s3_server;
mod work;

//! What the schema itself holds, whatever the code above it does.

mod access;
mod filled;
mod immutable;
mod migrate;
mod plans;
mod statements;

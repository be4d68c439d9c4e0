//! HTTP: bytes in, a call through the door, bytes out.
//!
//! What must stay true:
//!
//! * Every route stands in one table with its permission; [`Edge::new`] fails on a gap.
//! * Who calls is known before the body is read.
//! * An expected refusal is a problem document (RFC 9457) and never a 5xx.
//! * A line of the log names the route and not what was sent to it.
//!
//! Start with [`route`], the table; [`edge`] is the way of one request.

mod answer;
mod body;
pub mod edge;
mod evidence;
mod headers;
mod import;
pub mod limit;
pub mod listen;
mod log;
pub mod metrics;
pub mod openapi;
mod problem;
mod pulse;
mod query;
mod ready;
pub mod route;
mod setup;
mod toolbox;
mod visit;

pub use edge::Edge;
pub use listen::serve;
pub use setup::{Limits, Setup};

#[cfg(test)]
mod tests;

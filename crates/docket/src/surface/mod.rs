//! Surfaces: what turns somebody else's bytes into a call, and an answer into
//! bytes again. A surface decides nothing.

pub mod http;

//! Closeout: what was done on site, and the proof of it.

pub mod log_labor;
pub mod log_part;
pub(crate) mod work;

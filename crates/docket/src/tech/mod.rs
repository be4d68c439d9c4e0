//! What the technician does on site.

pub mod complete;

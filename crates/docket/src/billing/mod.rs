//! Billing: what the work costs, once it was verified.

pub mod generate_invoice;

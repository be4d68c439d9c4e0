//! PostgreSQL, for deployments that have outgrown one machine.

pub mod schema;

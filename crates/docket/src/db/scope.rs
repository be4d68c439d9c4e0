//! Whose rows a transaction may touch.

use kernel::id::{Id, Tenant};

/// Whose rows a transaction may touch. PostgreSQL is told at the beginning of
/// each one and holds every statement in it to that (row-level security), so
/// that a statement that forgot to ask for its tenant finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One tenant's.
    Tenant(Id<Tenant>),
    /// Those of everyone, in the few tables that have to be read across
    /// tenants: what is due, who may call, what the log is made of.
    Everyone,
}

impl From<Id<Tenant>> for Scope {
    fn from(tenant: Id<Tenant>) -> Self {
        Self::Tenant(tenant)
    }
}

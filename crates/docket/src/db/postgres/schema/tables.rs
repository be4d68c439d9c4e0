//! Every table there is: whose its rows are, what is done to them while
//! serving, and what Docket itself does across tenants.
//!
//! A step that makes a table needs a line here. Without one it fails on
//! PostgreSQL before anything is kept; a test compares the rights with what the
//! statements do.

use Right::{Delete, Insert, Select, Update};

/// Something that is done to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    Select,
    Insert,
    Update,
    Delete,
}

impl Right {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// That of the tenant in this column.
    Tenant(&'static str),
    /// Everybody's: whoever acts for a tenant reads it, and only Docket itself
    /// writes it.
    Shared,
}

/// A table, and who may do what to it.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub name: &'static str,
    pub key: Key,
    /// What the serving role may do, to rows that it sees.
    pub serving: &'static [Right],
    /// What is done to the rows of all tenants at once.
    pub everyone: &'static [Right],
    /// Why.
    pub why: &'static str,
}

impl Table {
    const fn of_tenant(name: &'static str, serving: &'static [Right]) -> Self {
        Self { name, key: Key::Tenant("tenant"), serving, everyone: &[], why: "" }
    }

    const fn shared(name: &'static str, serving: &'static [Right]) -> Self {
        let why = "it holds no data of a tenant";
        Self { name, key: Key::Shared, serving, everyone: serving, why }
    }

    const fn everyone(self, everyone: &'static [Right], why: &'static str) -> Self {
        Self { everyone, why, ..self }
    }
}

/// What is only looked at.
const READ: &[Right] = &[Select];
/// What stays as it was written.
const KEPT: &[Right] = &[Select, Insert];
/// What stays as it was written until it goes.
const ADDED: &[Right] = &[Select, Insert, Delete];
/// What changes.
const CHANGED: &[Right] = &[Select, Insert, Update];
/// What changes and goes.
const PASSING: &[Right] = &[Select, Insert, Update, Delete];

/// All of them, in the order of the alphabet.
pub const TABLES: &[Table] = &[
    Table::of_tenant("absence", PASSING),
    Table::of_tenant("account", CHANGED),
    Table::of_tenant("admission", ADDED).everyone(READ, BEFORE_TRUST),
    Table::of_tenant("approval", CHANGED),
    Table::of_tenant("asset", CHANGED),
    Table::of_tenant("audit_entry", KEPT)
        .everyone(READ, "the log is one for all: it is sequenced, checked and taken out whole"),
    Table::of_tenant("blob", KEPT),
    Table::of_tenant("breach", KEPT)
        .everyone(READ, "the metrics say how many promises were broken"),
    Table::of_tenant("caller", KEPT),
    Table::of_tenant("checklist", PASSING),
    Table::of_tenant("closure", KEPT),
    Table::of_tenant("contact", CHANGED),
    Table::of_tenant("countersign", PASSING).everyone(READ, RETENTION),
    Table::of_tenant("evidence", CHANGED),
    Table::of_tenant("evidence_exception", KEPT),
    Table::of_tenant("hold", CHANGED),
    Table::of_tenant("idempotency", ADDED).everyone(READ, RETENTION),
    Table::of_tenant("identity_revision", CHANGED)
        .everyone(READ, "the gate asks whether anything has changed anywhere"),
    Table::of_tenant("import", CHANGED).everyone(READ, RETENTION),
    Table::of_tenant("import_bad", ADDED).everyone(READ, RETENTION),
    Table::of_tenant("incident_type", KEPT),
    Table::of_tenant("incident_type_active", CHANGED),
    Table::of_tenant("invoice", CHANGED),
    Table::of_tenant("invoice_document", KEPT),
    Table::of_tenant("invoice_number", CHANGED),
    Table::of_tenant("job", PASSING).everyone(PASSING, JOBS),
    Table::of_tenant("job_after", ADDED).everyone(ADDED, JOBS),
    Table::of_tenant("job_attempt", ADDED).everyone(ADDED, JOBS),
    Table::shared("job_chore", &[Select, Update]),
    Table::of_tenant("job_done", PASSING).everyone(PASSING, JOBS),
    Table::of_tenant("job_key", PASSING).everyone(PASSING, JOBS),
    Table::of_tenant("job_limit", CHANGED).everyone(&[Select, Update], JOBS),
    Table::of_tenant("job_schedule", PASSING).everyone(&[Select, Update], JOBS),
    Table::of_tenant("labor", KEPT),
    Table::shared("log_checkpoint", KEPT),
    Table::shared("log_cosignature", KEPT),
    Table::shared("log_run", KEPT),
    Table::shared("log_settled", &[Select, Update]),
    Table::shared("log_tile", CHANGED),
    Table::of_tenant("message", KEPT),
    Table::shared("migration", READ),
    Table::of_tenant("no_signature", PASSING),
    Table::of_tenant("outgoing", CHANGED),
    Table::of_tenant("outgoing_attempt", KEPT),
    Table::of_tenant("packet", KEPT),
    Table::of_tenant("part", KEPT),
    Table::of_tenant("pause", CHANGED),
    Table::of_tenant("policy_use", CHANGED),
    Table::of_tenant("principal", CHANGED).everyone(READ, BEFORE_TRUST),
    Table::of_tenant("rate_card", CHANGED),
    Table::of_tenant("rate_card_version", KEPT),
    Table::of_tenant("recommendation", KEPT),
    Table::of_tenant("replay_nonce", ADDED).everyone(READ, RETENTION),
    Table::of_tenant("revocation", ADDED).everyone(
        READ,
        "what the operating tenant has revoked is revoked for all, and a round looks for \
            tenants with revocations that no token can outlive",
    ),
    Table::of_tenant("site", CHANGED),
    Table::of_tenant("technician", CHANGED),
    Table { key: Key::Tenant("id"), ..Table::of_tenant("tenant", CHANGED) }
        .everyone(READ, "which one operates, and whether a name is free, is asked across all"),
    Table::of_tenant("ticket", CHANGED),
    Table::of_tenant("transition", KEPT),
    Table::of_tenant("verification", KEPT),
    Table::of_tenant("visit", CHANGED),
];

const BEFORE_TRUST: &str = "the gate asks about a token before it knows that the tenant in it is \
    true, and whoever is at the machine itself names somebody by id alone";
const RETENTION: &str = "a round looks for tenants with rows that nobody can use any more";
const JOBS: &str = "a worker takes jobs of all tenants in turns, ends and renews them many at a \
    time, and takes back those of workers that are gone";

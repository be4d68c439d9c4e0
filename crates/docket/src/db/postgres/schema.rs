//! The schema on PostgreSQL, and who may do what in it.
//!
//! Two roles use it. One owns everything and takes the steps; it does not
//! serve. The other serves: it has the rights that the statements need and no
//! more, and every table shows it only the rows of the tenant that its
//! transaction is for. That is the second lock; the first is that every
//! statement names the tenant itself.
//!
//! What a transaction is for stands in two settings, made with
//! `set_config(.., true)` when it begins:
//!
//! * `docket.tenant`: the id of a tenant.
//! * `docket.everyone`: `on` where Docket itself acts across tenants. It opens
//!   what [`TABLES`] says, with the reason, and nothing else.
//!
//! Without either, no row of any table is there.

mod access;
mod migrate;
mod role;
mod tables;

pub use access::policies_and_grants;
pub use migrate::{NotMigrated, check, migrate, switched_off};
pub use role::{granted, serving_role_faults};
pub use tables::{Key, Right, TABLES, Table};

use crate::db::sqlite::STEPS;
use std::borrow::Cow;

/// The steps that PostgreSQL takes in a form of its own.
const TWINS: &[(&str, &str)] = &[
    ("0003_audit", include_str!("../../../migrations/0003_audit.postgres.sql")),
    ("0005_log", include_str!("../../../migrations/0005_log.postgres.sql")),
    ("0011_evidence", include_str!("../../../migrations/0011_evidence.postgres.sql")),
    ("0013_closeout", include_str!("../../../migrations/0013_closeout.postgres.sql")),
    ("0071_digest", include_str!("../../../migrations/0071_digest.postgres.sql")),
    (
        "0074_invoice_document",
        include_str!("../../../migrations/0074_invoice_document.postgres.sql"),
    ),
    ("0079_step", include_str!("../../../migrations/0079_step.postgres.sql")),
    ("0090_job", include_str!("../../../migrations/0090_job.postgres.sql")),
    ("0091_job_places", include_str!("../../../migrations/0091_job_places.postgres.sql")),
];

/// The steps, in the order they are taken: the name of each, and its text as
/// PostgreSQL reads it.
pub fn steps() -> impl Iterator<Item = (&'static str, String)> {
    sources().map(|(name, text)| (name, postgres(text)))
}

/// The steps as they are written down, by which a changed one is known.
fn sources() -> impl Iterator<Item = (&'static str, &'static str)> {
    STEPS.iter().map(|(name, text)| {
        let twin = TWINS.iter().find(|twin| twin.0 == *name);
        (*name, twin.map_or(*text, |twin| twin.1))
    })
}

/// Tables that both databases share are strict ones of SQLite, and their text
/// sorts by its bytes, in a page of ids as in a Rust comparison.
fn postgres(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}

fn one_line(line: &str) -> Cow<'_, str> {
    if line.trim_start().starts_with("--") {
        return line.into();
    }
    if line == ") strict;" {
        return ");".into();
    }
    line.replace(" text", " text collate \"C\"").into()
}

#[cfg(test)]
mod tests;

//! Bringing the schema up to date: forward only, each step once, checked at start.

use crate::failure::Fault;
use jiff::Timestamp;
use rusqlite::{
    Connection, OptionalExtension, TransactionBehavior, functions::FunctionFlags, params,
};
use sha2::{Digest, Sha256};

/// The steps, in the order they are taken. A step that has shipped never changes.
pub(in crate::db) const STEPS: &[(&str, &str)] = &[
    ("0001_tenancy", include_str!("../../../migrations/0001_tenancy.sql")),
    ("0002_directory", include_str!("../../../migrations/0002_directory.sql")),
    ("0003_audit", include_str!("../../../migrations/0003_audit.sqlite.sql")),
    ("0004_ticket", include_str!("../../../migrations/0004_ticket.sql")),
    ("0005_log", include_str!("../../../migrations/0005_log.sqlite.sql")),
    ("0006_message", include_str!("../../../migrations/0006_message.sql")),
    ("0007_clock", include_str!("../../../migrations/0007_clock.sql")),
    ("0008_hold", include_str!("../../../migrations/0008_hold.sql")),
    ("0009_identity", include_str!("../../../migrations/0009_identity.sql")),
    ("0010_evidence", include_str!("../../../migrations/0010_evidence.sql")),
    ("0011_evidence", include_str!("../../../migrations/0011_evidence.sqlite.sql")),
    ("0012_closeout", include_str!("../../../migrations/0012_closeout.sql")),
    ("0013_closeout", include_str!("../../../migrations/0013_closeout.sqlite.sql")),
    ("0030_countersign", include_str!("../../../migrations/0030_countersign.sql")),
    ("0031_approval", include_str!("../../../migrations/0031_approval.sql")),
    ("0032_visit", include_str!("../../../migrations/0032_visit.sql")),
    ("0033_work", include_str!("../../../migrations/0033_work.sql")),
    ("0040_outbox", include_str!("../../../migrations/0040_outbox.sql")),
    ("0050_job", include_str!("../../../migrations/0050_job.sql")),
    ("0060_chores", include_str!("../../../migrations/0060_chores.sql")),
    ("0062_answers", include_str!("../../../migrations/0062_answers.sql")),
    ("0070_schedule", include_str!("../../../migrations/0070_schedule.sql")),
    ("0071_digest", include_str!("../../../migrations/0071_digest.sqlite.sql")),
    ("0072_retention", include_str!("../../../migrations/0072_retention.sql")),
    ("0073_import", include_str!("../../../migrations/0073_import.sql")),
    ("0074_invoice_document", include_str!("../../../migrations/0074_invoice_document.sqlite.sql")),
    ("0079_step", include_str!("../../../migrations/0079_step.sqlite.sql")),
    ("0080_proof", include_str!("../../../migrations/0080_proof.sql")),
    ("0085_policy", include_str!("../../../migrations/0085_policy.sql")),
    ("0090_job", include_str!("../../../migrations/0090_job.sqlite.sql")),
    ("0091_job_places", include_str!("../../../migrations/0091_job_places.sqlite.sql")),
];

pub(super) fn migrate(connection: &mut Connection, now: Timestamp) -> Result<(), Fault> {
    digesting(connection)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(
        "create table if not exists migration (
            name text primary key, sha256 text not null, at integer not null) strict",
    )?;
    let taken: i64 = tx.query_row("select count(*) from migration", [], |row| row.get(0))?;
    if taken > STEPS.len() as i64 {
        return Err(Fault::Other("the database was written by a newer release".to_owned()));
    }
    for (name, text) in STEPS {
        let digest = hex::encode(Sha256::digest(text));
        let known: Option<String> = tx
            .query_row("select sha256 from migration where name = ?1", [name], |row| row.get(0))
            .optional()?;
        match known {
            Some(known) if known == digest => {}
            Some(_) => return Err(Fault::Other(format!("the step `{name}` is not the one taken"))),
            None => {
                tx.execute_batch(&sqlite(text))?;
                let at = now.as_microsecond();
                tx.execute("insert into migration values (?1, ?2, ?3)", params![name, digest, at])?;
            }
        }
    }
    Ok(tx.commit()?)
}

/// Gives the steps `sha256_hex`, the SHA-256 of a text in hexadecimal digits.
fn digesting(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("sha256_hex", 1, flags, |given| {
        Ok(hex::encode(Sha256::digest(given.get_raw(0).as_str()?)))
    })
}

/// The steps are written with the types of PostgreSQL; strict tables of SQLite
/// call the same things by other names.
fn sqlite(text: &str) -> String {
    text.replace(" bigint", " integer").replace(" bytea", " blob")
}

#[cfg(test)]
mod tests;

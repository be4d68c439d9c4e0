//! Rows to closings and packets and back; the only code that names their SQL.

use super::{Envelope, Made};
use crate::{
    db::{Row, Snap, Tx, args, statements},
    failure::Fault,
};
use jiff::Timestamp;
use kernel::id::{self, Evidence, Id, Principal, Tenant, Ticket};

statements! {
    MISSING_OF_TICKET = "missing_of_ticket.sql";
    PACKET_ADD = "add.sql";
    PACKET_AT = "at.sql";
    PACKET_LATEST = "latest.sql";
}

/// One closing of a ticket.
#[derive(Clone, Debug)]
pub(crate) struct Closing {
    pub tenant: Id<Tenant>,
    pub ticket: Id<Ticket>,
    /// Which closing of the ticket: 1, 2, …
    pub version: i64,
    pub ticket_version: i64,
    pub forced: Option<Forced>,
    /// Pieces whose bytes were gone or altered.
    pub broken: Vec<Id<Evidence>>,
    pub by: Id<Principal>,
    pub at: Timestamp,
}

/// Why a closing was forced, and who asked for it before somebody else did it.
#[derive(Clone, Debug)]
pub(crate) struct Forced {
    pub reason: String,
    pub requested_by: Id<Principal>,
}

/// The closings of a ticket that have no packet yet, oldest first.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn missing(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<Vec<Closing>, Fault> {
    snap.all(&MISSING_OF_TICKET, args![tenant, ticket], closing)
}

fn closing(row: &Row<'_>) -> Result<Closing, Fault> {
    let forced = row
        .get::<Option<String>>(4)?
        .map(|reason| -> Result<_, Fault> { Ok(Forced { reason, requested_by: row.get(5)? }) });
    Ok(Closing {
        tenant: row.get(0)?,
        ticket: row.get(1)?,
        version: row.get(2)?,
        ticket_version: row.get(3)?,
        forced: forced.transpose()?,
        broken: row.json(6)?,
        by: row.get(7)?,
        at: row.get(8)?,
    })
}

/// Keeps a packet; says whether there was none of that version.
pub(super) fn add(tx: &mut Tx<'_>, id: Id<id::Packet>, made: &Made) -> Result<bool, Fault> {
    let args = args![
        made.tenant,
        made.ticket,
        made.version,
        id,
        &made.body,
        made.digest.to_string(),
        &made.signature,
        &made.key_id,
        tx.now(),
    ];
    Ok(tx.execute(&PACKET_ADD, args)? == 1)
}

/// A kept packet: the text that was signed, and what it travels with.
pub(super) fn kept(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
    version: Option<i64>,
) -> Result<Option<(String, Envelope<()>)>, Fault> {
    let read = |row: &Row<'_>| {
        let digest = row.parsed(1)?;
        let (signature, key_id, version) = (row.get(2)?, row.get(3)?, row.get(4)?);
        Ok((row.get(0)?, Envelope { digest, key_id, packet: (), signature, version }))
    };
    match version {
        Some(version) => snap.maybe(&PACKET_AT, args![tenant, ticket, version], read),
        None => snap.maybe(&PACKET_LATEST, args![tenant, ticket], read),
    }
}

//! Closeout packets: what was done, by whom and with what proof, signed, so
//! that nobody has to believe us.
//!
//! Closing writes a row of `closure`; the packet of it is made right after the
//! commit, because signing does not belong in a transaction. Should we fail in
//! between, a job makes it, or whoever asks for it first. Nothing that a
//! packet says can change before it is made: while a ticket is closed nothing
//! of it changes, and before it is reopened its packets are made.
//!
//! What must stay true:
//!
//! * Every closing has exactly one packet, and a packet never changes.
//! * Who holds a packet and our public key needs nothing else to check it.
//! * A packet names people by their ids. The only name in it is the site's; it
//!   holds no phone number and no address that we keep of anybody. The reasons
//!   that people gave are in it as they wrote them.

mod body;
pub mod get;
mod seal;
mod store;
pub mod verify;

pub use body::Packet;
pub use seal::Seal;
pub(crate) use store::missing;

use crate::{
    audit::record::by_docket,
    db::{Committed, Db, Tx},
    door::Door,
    failure::{Failure, Fault},
    job::{
        self, Kind, NewJob,
        work::{Done, Run, Stop},
    },
};
use kernel::{
    canonical::{self, Digest},
    id::{self, Id, Tenant, Ticket},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// What a packet travels in. Written canonically (RFC 8785), so that no byte
/// of the file can change without being found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope<P = Packet> {
    /// SHA-256 of the canonical bytes of `packet`.
    pub digest: Digest,
    /// The public key that signed, as 64 hexadecimal digits.
    pub key_id: String,
    pub packet: P,
    /// Ed25519, of the canonical bytes of `packet`, as hexadecimal digits.
    pub signature: String,
    pub version: i64,
}

/// Makes what packets a ticket lacks.
pub(crate) static MAKE: Kind = Kind::new("packet.make");

#[derive(Debug, Serialize, Deserialize)]
struct Make {
    ticket: Id<Ticket>,
}

/// Has the packet of a closing made, in the transaction that closes.
pub(crate) fn queue(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<(), Failure> {
    job::enqueue(tx, tenant, NewJob::new(&MAKE, &Make { ticket })?)?;
    Ok(())
}

/// Does the job. A packet that is there already, since the door makes it right
/// after the commit, is not made again.
pub(crate) async fn make(door: Door, run: Run) -> Result<Done, Stop> {
    let Make { ticket } = run.payload()?;
    let made = make_missing(&run.db, door.seal(), run.job.tenant, ticket).await?;
    Done::with(&serde_json::json!({ "made": made }))
}

/// A packet that was signed and is about to be kept.
struct Made {
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
    version: i64,
    body: String,
    digest: Digest,
    signature: String,
    key_id: String,
}

/// Makes the packets that a ticket lacks, and says how many. A packet names the
/// one before it, so each is kept before the next is made.
///
/// # Errors
/// A fault of ours.
pub(crate) async fn make_missing(
    db: &Db,
    seal: &Seal,
    tenant: Id<Tenant>,
    ticket: Id<Ticket>,
) -> Result<usize, Fault> {
    let mut made = 0;
    let next = || {
        db.read(tenant, move |snap| {
            let closing = store::missing(snap, tenant, ticket)?.into_iter().next();
            closing.map(|closing| body::of(snap, &closing)).transpose()
        })
    };
    while let Some(packet) = next().await.map_err(ours)? {
        let packet = Arc::new(sign(seal, &packet)?);
        db.write(tenant, move |tx| keep(tx, &packet)).await.map_err(ours)?;
        made += 1;
    }
    Ok(made)
}

/// Nobody asked for anything that could be refused.
fn ours(failure: Failure) -> Fault {
    match failure {
        Failure::Broke(fault) => fault,
        Failure::Refused(refusal) => Fault::Other(refusal.to_string()),
    }
}

fn sign(seal: &Seal, packet: &Packet) -> Result<Made, Fault> {
    let body = canonical::to_string(packet)
        .map_err(|cause| Fault::Other(format!("a packet cannot be encoded: {cause}")))?;
    Ok(Made {
        tenant: packet.tenant,
        ticket: packet.ticket,
        version: packet.version,
        digest: Digest::of_bytes(body.as_bytes()),
        signature: seal.sign(body.as_bytes()),
        key_id: seal.key_id(),
        body,
    })
}

/// Keeps a packet, unless somebody else has by now.
fn keep(tx: &mut Tx<'_>, made: &Made) -> Committed<()> {
    let id: Id<id::Packet> = tx.new_id();
    let mut entry = by_docket(made.tenant, tx.new_id(), tx.now(), "packet.make");
    entry.ticket = Some(made.ticket);
    entry.subjects = vec![id.to_string()];
    entry.payload.insert("version".to_owned(), made.version.into());
    entry.payload.insert("digest".to_owned(), made.digest.to_string().into());
    entry.payload.insert("key".to_owned(), made.key_id.as_str().into());
    let kept = store::add(tx, id, made).and_then(|new| new.then(|| tx.record(&entry)).transpose());
    match kept {
        Ok(Some(recorded)) => Committed::Changed((), recorded),
        Ok(None) => Committed::Unchanged(()),
        Err(fault) => Committed::Failed(fault.into()),
    }
}

/// The envelope of a kept packet, as the text in which it travels.
fn envelope(body: &str, rest: Envelope<()>) -> Result<String, Fault> {
    let Envelope { digest, key_id, signature, version, packet: () } = rest;
    let packet: Value = serde_json::from_str(body)?;
    canonical::to_string(&Envelope { digest, key_id, packet, signature, version })
        .map_err(|cause| Fault::Other(format!("a packet cannot be encoded: {cause}")))
}

#[cfg(test)]
mod tests;

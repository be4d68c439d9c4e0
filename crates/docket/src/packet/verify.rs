//! Checking a packet without us: nothing is needed but the file, and the
//! public key of whoever is said to have signed it.

use super::{Envelope, Packet, body::Step};
use ed25519_dalek::{Signature, VerifyingKey};
use kernel::{
    canonical::{self, Digest},
    gate::{self, Excepted, Present},
    graph,
    id::{Id, Principal},
    state::State,
    tool::Tool,
};
use std::collections::BTreeSet;

/// What a packet that holds is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub ticket: String,
    pub version: i64,
    pub digest: Digest,
    pub key_id: String,
    /// What was looked at, in order.
    pub checked: Vec<&'static str>,
}

/// What about a packet does not hold.
#[derive(Debug, thiserror::Error)]
pub enum NotVerified {
    #[error("this is not a closeout packet")]
    Form(#[source] serde_json::Error),
    #[error("the file is not written canonically: a byte of it was changed or added")]
    Canonical,
    #[error("the packet is not the one that the digest is of")]
    Digest,
    #[error("the packet was signed by another key than the one named")]
    Key,
    #[error("the signature is not of this packet by that key")]
    Signature,
    #[error("the packet contradicts itself ({what}): {why}")]
    Consistency { what: &'static str, why: String },
}

/// Checks a packet as it was read from a file. Without a key of yours the
/// signature is only checked against the key that the packet names.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(file: &[u8], key: Option<&VerifyingKey>) -> Result<Verified, NotVerified> {
    let text = file.strip_suffix(b"\n").unwrap_or(file);
    let envelope: Envelope = serde_json::from_slice(text).map_err(NotVerified::Form)?;
    let canonical = canonical::to_vec(&envelope).map_err(|_| NotVerified::Canonical)?;
    if canonical != text {
        return Err(NotVerified::Canonical);
    }
    let body = canonical::to_vec(&envelope.packet).map_err(|_| NotVerified::Canonical)?;
    if Digest::of_bytes(&body) != envelope.digest {
        return Err(NotVerified::Digest);
    }
    check_signature(&envelope, &body, key)?;
    let mut checked = vec![
        "canonical form",
        "digest",
        if key.is_some() { "signature and key" } else { "signature" },
    ];
    for (what, check) in CHECKS {
        check(&envelope).map_err(|why| NotVerified::Consistency { what, why })?;
        checked.push(what);
    }
    let Envelope { digest, key_id, version, packet, .. } = envelope;
    Ok(Verified { ticket: packet.ticket.to_string(), version, digest, key_id, checked })
}

fn check_signature(
    envelope: &Envelope,
    body: &[u8],
    key: Option<&VerifyingKey>,
) -> Result<(), NotVerified> {
    let mut named = [0; 32];
    hex::decode_to_slice(&envelope.key_id, &mut named).map_err(|_| NotVerified::Key)?;
    let named = VerifyingKey::from_bytes(&named).map_err(|_| NotVerified::Key)?;
    if key.is_some_and(|key| *key != named) {
        return Err(NotVerified::Key);
    }
    let mut signature = [0; 64];
    hex::decode_to_slice(&envelope.signature, &mut signature)
        .map_err(|_| NotVerified::Signature)?;
    named
        .verify_strict(body, &Signature::from_bytes(&signature))
        .map_err(|_| NotVerified::Signature)
}

type Check = fn(&Envelope) -> Result<(), String>;

/// A signature says who wrote something, not that it makes sense. A key that
/// was stolen signs anything; these rules it cannot bend.
const CHECKS: [(&str, Check); 7] = [
    ("versions", versions),
    ("timeline", timeline),
    ("receipts", receipts),
    ("evidence gate", evidence_gate),
    ("two people", two_people),
    ("changes", changes),
    ("amounts", amounts),
];

fn ensure(holds: bool, why: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why.to_owned()) }
}

fn versions(envelope: &Envelope) -> Result<(), String> {
    let packet = &envelope.packet;
    ensure(packet.v == 1, "this release reads version 1 of the form")?;
    ensure(envelope.version == packet.version, "envelope and packet are of two versions")?;
    let first = packet.version == 1;
    ensure(packet.version >= 1, "closings are counted from 1")?;
    ensure(first == packet.previous.is_none(), "only the first packet has none before it")
}

fn timeline(envelope: &Envelope) -> Result<(), String> {
    let packet = &envelope.packet;
    let mut before: Option<&Step> = None;
    for step in &packet.timeline {
        let at = step.version;
        let follows = step.from == before.map(|before| before.to);
        ensure(follows, &format!("step {at} does not begin where the one before ended"))?;
        let later = before.is_none_or(|before| before.version < at && before.at <= step.at);
        ensure(later, &format!("step {at} is out of order"))?;
        let allowed = graph::steps_of(step.tool).contains(&(step.from, step.to));
        ensure(allowed, &format!("no `{}` makes step {at}", step.tool))?;
        before = Some(step);
    }
    let last = before.ok_or("a ticket takes at least one step")?;
    ensure(last.to == State::Closed && last.at == packet.closed_at, "it does not end closed")?;
    let closings = packet.timeline.iter().filter(|step| step.to == State::Closed).count();
    ensure(
        i64::try_from(closings) == Ok(packet.version),
        "the ticket was not closed as often as the version says",
    )
}

fn receipts(envelope: &Envelope) -> Result<(), String> {
    let packet = &envelope.packet;
    let entries: Vec<_> = packet.timeline.iter().map(|step| step.entry).collect();
    ensure(entries == packet.receipts, "the receipts are not those of the steps")?;
    let different: BTreeSet<_> = entries.iter().collect();
    ensure(different.len() == entries.len(), "two steps share one entry")
}

/// The same function that let the ticket close, on what the packet says.
fn evidence_gate(envelope: &Envelope) -> Result<(), String> {
    let packet = &envelope.packet;
    let ids: BTreeSet<_> = packet.evidence.iter().map(|piece| piece.id).collect();
    ensure(ids.len() == packet.evidence.len(), "a piece of evidence is there twice")?;
    let in_time = packet.evidence.iter().all(|piece| piece.at <= packet.closed_at);
    ensure(in_time, "a piece of evidence came after the closing")?;
    let pieces = packet.evidence.iter().map(|piece| gate::Piece {
        key: piece.key.clone(),
        id: piece.id,
        held: piece.held,
    });
    let exceptions = packet
        .exceptions
        .iter()
        .map(|exception| Excepted { key: exception.key.clone(), expires_at: exception.expires_at });
    let present = Present {
        evidence: pieces.collect(),
        checklist: packet.checklist.iter().map(|item| (item.item.clone(), item.done)).collect(),
        no_signature_reason: packet.no_signature_reason.clone(),
        exceptions: exceptions.collect(),
    };
    let verdict = gate::gate(&packet.required, &present, packet.closed_at);
    let missing: Vec<_> =
        verdict.missing_evidence.iter().chain(&verdict.missing_checklist).collect();
    let missing: Vec<_> = missing.into_iter().map(ToString::to_string).collect();
    ensure(verdict.ready, &format!("it was closed without {}", missing.join(", ")))
}

fn two_people(envelope: &Envelope) -> Result<(), String> {
    let packet = &envelope.packet;
    let one =
        |exception: &crate::closeout::Exception| exception.requested_by == exception.approved_by;
    ensure(!packet.exceptions.iter().any(one), "one person alone made an exception")?;
    let last = packet.timeline.last().map(|step| step.tool);
    if let Some(forced) = &packet.forced {
        ensure(last == Some(Tool::TicketForceClose), "it was forced, but not by that tool")?;
        return ensure(
            forced.requested_by != forced.confirmed_by,
            "one person alone forced the closing",
        );
    }
    ensure(last == Some(Tool::TicketClose), "it was not forced, but the last step was")?;
    verified_by_another(packet)
}

fn verified_by_another(packet: &Packet) -> Result<(), String> {
    let completed = packet
        .timeline
        .iter()
        .rfind(|step| step.to == State::CompletedPendingVerification)
        .ok_or("nobody completed the work")?;
    let verified = packet.verifications.last().filter(|look| look.passed);
    let verified = verified.ok_or("nobody verified the work")?;
    let step = packet.timeline.iter().find(|step| step.entry == verified.entry);
    ensure(
        step.is_some_and(|step| step.to == State::Verified && step.at >= completed.at),
        "the verification is not a step after the work was completed",
    )?;
    let did = selves(completed.actor, completed.on_behalf_of);
    let looked = selves(Some(verified.by), verified.on_behalf_of);
    ensure(did.is_disjoint(&looked), "whoever completed the work verified it")
}

fn selves(by: Option<Id<Principal>>, for_whom: Option<Id<Principal>>) -> BTreeSet<Id<Principal>> {
    by.into_iter().chain(for_whom).collect()
}

fn changes(envelope: &Envelope) -> Result<(), String> {
    for change in &envelope.packet.changes {
        let asked = selves(Some(change.requested_by), change.requested_on_behalf_of);
        let decided = selves(change.decided_by, change.decided_on_behalf_of);
        let id = change.approval;
        ensure(asked.is_disjoint(&decided), &format!("`{id}` was decided by whoever asked"))?;
        let answered = change.status == "open" || change.decided_by.is_some();
        ensure(answered, &format!("nobody decided `{id}`"))?;
    }
    Ok(())
}

fn amounts(envelope: &Envelope) -> Result<(), String> {
    let Some(invoice) = &envelope.packet.invoice else { return Ok(()) };
    let total = invoice.subtotal.checked_add(invoice.tax);
    ensure(total == Ok(invoice.total), "the invoice does not add up")?;
    let within = invoice.total.currency == envelope.packet.limit.currency
        && invoice.total.minor <= envelope.packet.limit.minor;
    ensure(within, "the invoice is above the limit")
}

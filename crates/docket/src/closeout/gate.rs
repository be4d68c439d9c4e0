//! Gathering what the gate judges, and what a shut gate answers.

use super::{checklist, exceptions, no_signature};
use crate::{
    db::Snap,
    directory::incident_type::{self, Template},
    evidence::{self, Piece, Reread},
    failure::Failure,
    ticket::Ticket,
};
use kernel::{
    gate::{self, Excepted, Present, Required, Verdict},
    id::{Id, Tenant},
    refusal::{Code, Refusal},
};

/// What the gate has to look at: what the ticket's template asks for, and what is there.
pub(crate) struct Gathered {
    pub required: Required,
    pub present: Present,
}

/// The template that the ticket is held to.
///
/// # Errors
/// `type.unknown`, where it has none. No gate opens then.
pub(crate) fn template(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &Ticket,
) -> Result<Template, Failure> {
    let Some((name, version)) = ticket.incident_type.as_deref().zip(ticket.type_version) else {
        let detail = "the ticket has no incident type, so nothing says what it needs";
        return Err(Refusal::new(Code::TypeUnknown, detail).into());
    };
    incident_type::at(snap, tenant, name, version)
}

/// Gathers. Without a reread every piece counts as held that was when it was
/// added; with one, only what was found then.
///
/// # Errors
/// `type.unknown`, or a fault.
pub(crate) fn gather(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &Ticket,
    reread: Option<&Reread>,
) -> Result<Gathered, Failure> {
    foresee(snap, tenant, ticket);
    let required = template(snap, tenant, ticket)?.required();
    let pieces = evidence::of_ticket(snap, tenant, ticket.id)?;
    let held = |piece: &Piece| reread.is_none_or(|reread| reread.holds(piece.id));
    let piece =
        |piece: &Piece| gate::Piece { key: piece.key.clone(), id: piece.id, held: held(piece) };
    let items = checklist(snap, tenant, ticket.id)?;
    let permitted = exceptions(snap, tenant, ticket.id)?;
    let present = Present {
        evidence: pieces.iter().map(piece).collect(),
        checklist: items.into_iter().map(|item| (item.item, item.done)).collect(),
        no_signature_reason: no_signature(snap, tenant, ticket.id)?,
        exceptions: permitted
            .into_iter()
            .map(|exception| Excepted { key: exception.key, expires_at: exception.expires_at })
            .collect(),
    };
    Ok(Gathered { required, present })
}

/// Asks ahead for [`gather`].
pub(crate) fn foresee(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: &Ticket) {
    if let Some((name, version)) = ticket.incident_type.as_deref().zip(ticket.type_version) {
        incident_type::foresee_at(snap, tenant, name, version);
    }
    evidence::foresee_of_ticket(snap, tenant, ticket.id);
    super::foresee_said(snap, tenant, ticket.id);
}

/// What the gate says now.
///
/// # Errors
/// `type.unknown`, or a fault.
pub(crate) fn judge(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &Ticket,
    reread: Option<&Reread>,
) -> Result<Verdict, Failure> {
    let gathered = gather(snap, tenant, ticket, reread)?;
    Ok(gate::gate(&gathered.required, &gathered.present, snap.now()))
}

/// Goes through the gate, or says everything that is missing.
///
/// # Errors
/// `closeout.evidence_missing`, `type.unknown`, or a fault.
pub(crate) fn pass(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &Ticket,
    reread: Option<&Reread>,
) -> Result<Verdict, Failure> {
    let verdict = judge(snap, tenant, ticket, reread)?;
    if verdict.ready { Ok(verdict) } else { Err(shut(&verdict).into()) }
}

fn shut(verdict: &Verdict) -> Box<Refusal> {
    let missing: Vec<String> = verdict
        .missing_evidence
        .iter()
        .chain(&verdict.missing_checklist)
        .map(ToString::to_string)
        .collect();
    let names = |keys: &[kernel::key::Key]| -> Vec<String> {
        keys.iter().map(ToString::to_string).collect()
    };
    let broken: Vec<String> = verdict.broken.iter().map(|broken| broken.id.to_string()).collect();
    let detail = format!("{} of what the incident type asks for is missing", missing.len());
    Refusal::new(Code::EvidenceMissing, detail)
        .missing(missing)
        .fact("missing_evidence", names(&verdict.missing_evidence))
        .fact("missing_checklist", names(&verdict.missing_checklist))
        .fact("expired", names(&verdict.expired))
        .fact("broken", broken)
}

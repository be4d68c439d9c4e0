//! Recording that somebody was refused.

use super::{Call, Denied, Door};
use crate::{audit::record::toolset_digest, db::Committed, failure::Failure, identity::Caller};
use jiff::Timestamp;
use kernel::{
    audit::{Entry, Outcome},
    canonical::Digest,
    id::{self, Id},
    refusal::Refusal,
};
use serde_json::Map;

impl Door {
    /// Writes the entry of a call that was refused before its transaction.
    pub(super) async fn refuse(
        &self,
        caller: &Caller,
        call: &Call,
        ticket: Option<Id<id::Ticket>>,
        refusal: Box<Refusal>,
    ) -> Denied {
        let (caller, call) = (caller.clone(), call.clone());
        let wrote = self.db().write(move |tx| {
            let entry = entry(&caller, &call, tx.new_id(), tx.now(), ticket, &refusal);
            match tx.record(&entry) {
                Ok(recorded) => Committed::Changed((refusal, entry.id), recorded),
                Err(fault) => Committed::Failed(fault.into()),
            }
        });
        match wrote.await {
            Ok((refusal, entry)) => Denied::Refused(refusal, Some(entry)),
            // Not even the refusal could be written down. Saying so would be
            // an answer without a record, so it is a fault instead.
            Err(Failure::Broke(fault)) => Denied::Broke(fault),
            Err(Failure::Refused(refusal)) => Denied::Refused(refusal, None),
        }
    }
}

/// The entry of a refused call.
pub(super) fn entry(
    caller: &Caller,
    call: &Call,
    id: Id<id::Entry>,
    at: Timestamp,
    ticket: Option<Id<id::Ticket>>,
    refusal: &Refusal,
) -> Entry {
    let mut entry = blank(caller, call, id, at, Outcome::Refused);
    entry.ticket = ticket;
    entry.refusal = Some(refusal.code.name().to_owned());
    entry.before = refusal.from;
    entry.input = Some(Digest::of_bytes(&call.input));
    entry.request = call.key.as_ref().map(|key| Digest::of_bytes(key.as_bytes()));
    entry
}

/// An entry that says who called what, and nothing yet about how it went.
pub(super) fn blank(
    caller: &Caller,
    call: &Call,
    id: Id<id::Entry>,
    at: Timestamp,
    outcome: Outcome,
) -> Entry {
    Entry {
        v: 1,
        id,
        at,
        tenant: caller.tenant,
        actor: Some(caller.actor),
        on_behalf_of: caller.on_behalf_of,
        roles: caller.roles.iter().collect(),
        surface: call.surface.to_owned(),
        tool: call.tool.name().to_owned(),
        ticket: None,
        subjects: Vec::new(),
        request: None,
        correlation: call.correlation.clone(),
        trace: call.trace.clone(),
        outcome,
        refusal: None,
        before: None,
        after: None,
        input: None,
        output: None,
        toolset: toolset_digest(),
        payload: Map::new(),
    }
}

//! Recording that somebody was refused.

use super::{Call, Denied, Door};
use crate::{audit::record::toolset_digest, db::Committed, failure::Failure, identity::Caller};
use jiff::Timestamp;
use kernel::{
    audit::{Entry, Outcome},
    canonical::Digest,
    id::{self, Id, Tenant},
    refusal::{Code, Refusal},
    tool::Tool,
};
use serde_json::Map;

impl Door {
    /// Turns away a call that its surface could not make sense of, and writes
    /// that down as the door does with its own refusals.
    pub async fn turn_away(&self, caller: &Caller, call: &Call, refusal: Box<Refusal>) -> Denied {
        self.refuse(caller, call, None, refusal).await
    }

    /// Turns away a call of a tool that there is not. What it was called stays
    /// out of the entry; it may be anything.
    pub async fn turn_away_unnamed(
        &self,
        caller: &Caller,
        correlation: &str,
        trace: Option<&str>,
        surface: &'static str,
    ) -> Denied {
        let refusal = Refusal::new(Code::ToolUnknown, "there is no such tool");
        // The entry is that of any look, but for the name.
        let mut call = Call::new(Tool::TicketList, Vec::new(), surface);
        call.correlation = Some(correlation.to_owned());
        call.trace = trace.map(str::to_owned);
        let caller = caller.clone();
        let tenant = caller.tenant;
        self.record_refusal(tenant, refusal, move |id, now, refusal| {
            let mut entry = entry(&caller, &call, id, now, None, refusal);
            "unknown".clone_into(&mut entry.tool);
            entry
        })
        .await
    }

    /// Writes the entry of a call that was refused before its transaction.
    pub(super) async fn refuse(
        &self,
        caller: &Caller,
        call: &Call,
        ticket: Option<Id<id::Ticket>>,
        refusal: Box<Refusal>,
    ) -> Denied {
        let (tenant, caller, call) = (caller.tenant, caller.clone(), call.clone());
        self.record_refusal(tenant, refusal, move |id, now, refusal| {
            entry(&caller, &call, id, now, ticket, refusal)
        })
        .await
    }

    async fn record_refusal(
        &self,
        tenant: Id<Tenant>,
        refusal: Box<Refusal>,
        entry: impl FnOnce(Id<id::Entry>, Timestamp, &Refusal) -> Entry + Clone + Send + 'static,
    ) -> Denied {
        let wrote = self.db().write(tenant, move |tx| {
            let entry = entry(tx.new_id(), tx.now(), &refusal);
            match tx.record(&entry) {
                Ok(recorded) => Committed::Changed((refusal, entry.id), recorded),
                Err(fault) => Committed::Failed(fault.into()),
            }
        });
        match wrote.await {
            Ok((refusal, entry)) => Denied::Refused(refusal, Some(entry)),
            // Not even the refusal could be written down. Saying so would be
            // an answer without a record, so it is a fault instead.
            Err(Failure::Broke(fault)) => Denied::from(fault).at_last(),
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
        policy: None,
        toolset: toolset_digest(),
        payload: Map::new(),
    }
}

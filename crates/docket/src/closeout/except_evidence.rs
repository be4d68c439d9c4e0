//! An exception: two people let a ticket close without a piece of evidence.

use super::gate;
use crate::{
    countersign::{self, Confirmed, Voice},
    db::{Tx, args, statements},
    door::{Act, Before, OnTicket},
    failure::Failure,
    identity::Caller,
    ticket::Ticket,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{self, Countersign, Exception, Id},
    key::Key,
    refusal::{Code, Refusal},
    text::Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

statements! {
    EXCEPTION_ADD = "exception_add.sql";
}

/// How long an exception may last.
const LASTS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Do without pieces of evidence for a while. Takes two people.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceptEvidence {
    pub ticket: Id<id::Ticket>,
    /// Evidence keys that are required and missing.
    pub keys: BTreeSet<Key>,
    /// Why it is right to do without them. The packet shows it.
    pub reason: Text<500>,
    /// When the exception ends: 30 days from now at the latest.
    pub expires_at: Timestamp,
    /// What the first of the two calls answered.
    #[serde(skip_serializing)]
    pub countersign: Option<Id<Countersign>>,
}

#[derive(Debug, Serialize)]
pub struct Excepted {
    pub exceptions: Vec<Id<Exception>>,
    pub expires_at: Timestamp,
}

impl OnTicket for ExceptEvidence {
    type Done = Confirmed<Excepted>;

    // Bytes that are gone are missing too, and nobody may find out too late.
    const BEFORE: Before = Before::Reread;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        gate::foresee(tx, caller.tenant, ticket);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Confirmed<Excepted>, Failure> {
        self.check_expiry(tx.now())?;
        self.check_needed(tx, act, ticket)?;

        let first = match countersign::ask_or_confirm(tx, act, ticket, self.countersign, &self)? {
            Voice::First(asked) => return Ok(Confirmed::Asked(asked)),
            Voice::Second(first) => first,
        };
        let mut exceptions = Vec::new();
        for key in &self.keys {
            let id: Id<Exception> = tx.new_id();
            let args = args![
                act.caller.tenant,
                id,
                ticket.id,
                key.as_str(),
                self.reason.as_str(),
                first.by,
                act.caller.actor,
                self.expires_at,
                act.entry,
                tx.now(),
            ];
            tx.put(&EXCEPTION_ADD, args)?;
            act.subject(id);
            exceptions.push(id);
        }
        let keys: Vec<_> = self.keys.iter().map(ToString::to_string).collect();
        act.fact("keys", keys);
        act.fact("expires_at", self.expires_at.to_string());
        Ok(Confirmed::Done(Excepted { exceptions, expires_at: self.expires_at }))
    }
}

impl ExceptEvidence {
    fn check_expiry(&self, now: Timestamp) -> Result<(), Box<Refusal>> {
        if now < self.expires_at && now.duration_until(self.expires_at) <= LASTS {
            return Ok(());
        }
        let detail = "an exception ends after now, and within 30 days";
        Err(Refusal::new(Code::InputMalformed, detail).at("expires_at"))
    }

    fn check_needed(&self, tx: &Tx<'_>, act: &Act<'_>, ticket: &Ticket) -> Result<(), Failure> {
        let reread = act.reread.as_ref();
        let verdict = gate::judge(tx, act.caller.tenant, ticket, reread)?;
        let unneeded = |key: &&Key| !verdict.missing_evidence.contains(key);
        if self.keys.is_empty() || self.keys.iter().any(|key| unneeded(&key)) {
            let detail = "not all of these keys are required and missing";
            let missing = verdict.missing_evidence.iter().map(ToString::to_string).collect();
            return Err(Refusal::new(Code::ExceptionUnneeded, detail)
                .at("keys")
                .missing(missing)
                .into());
        }
        Ok(())
    }
}

//! The one door. HTTP, the command line and every worker turn what they have
//! into a [`Call`] and come through [`Door::call`]; no surface decides anything.
//!
//! A command goes through in this order, and the order of refusals is part of
//! the contract:
//!
//! 1. may one of the caller's roles use the tool at all, and if the call was sent
//!    over a wire, is it proven who sent it, where it has to be;
//! 2. is the input what the tool's schema says;
//! 3. is there an idempotency key, and for an existing ticket a version;
//! 4. may the caller see the ticket (scope), and is it theirs (ownership);
//! 5. was this very call answered before (replay);
//! 6. is the version current, does the tool work from this state for this role;
//! 7. what the verb itself has to say.
//!
//! All of it from the fourth on happens in one transaction, with the audit
//! entry. A refusal rolls the rest back and leaves its entry.

pub mod authorise;
mod command;
pub mod idempotency;
mod look;
mod order;
mod refuse;
mod shape;
pub mod tools;
mod upload;
mod verb;
mod wait;

pub use authorise::Act;
pub use command::Aftermath;
pub use look::{Look, Looked, Sight};
pub use verb::{Before, Command, NewTicket, OnTicket, Verb};
pub(crate) use wait::Patience;

use crate::{
    db::{Cause, Db},
    evidence::Store,
    failure::{Failure, Fault},
    identity::{self, Caller, Gate, Sent},
    job::{Measured, Tally},
    packet::Seal,
    policy,
};
use kernel::{
    refusal::{Chain, Code, Refusal},
    tool::Tool,
};
use std::sync::{Arc, OnceLock};

/// A request for one tool, whatever surface it came through.
#[derive(Clone, Debug)]
pub struct Call {
    pub tool: Tool,
    /// The input as JSON text.
    pub input: Vec<u8>,
    pub key: Option<String>,
    /// The version of the ticket that the caller has seen.
    pub if_match: Option<i64>,
    pub correlation: Option<String>,
    pub trace: Option<String>,
    pub surface: &'static str,
    /// What is known of how it came here.
    pub sent: Sent,
}

impl Call {
    /// A call that is made in this process.
    pub fn new(tool: Tool, input: impl Into<Vec<u8>>, surface: &'static str) -> Self {
        Self::sent(tool, input, surface, Sent::Within)
    }

    /// A call that came here as `sent` says.
    pub fn sent(tool: Tool, input: impl Into<Vec<u8>>, surface: &'static str, sent: Sent) -> Self {
        let (input, key, if_match) = (input.into(), None, None);
        Self { tool, input, key, if_match, correlation: None, trace: None, surface, sent }
    }

    /// What everything that it causes belongs to.
    fn cause(&self) -> Cause {
        Cause { correlation: self.correlation.clone(), trace: self.trace.clone() }
    }
}

/// What a call is answered with.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer as JSON text.
    pub body: String,
    /// Whether something new was made.
    pub created: bool,
    /// The version the ticket now has.
    pub version: Option<i64>,
    /// Whether this is the stored answer of an earlier, identical call.
    pub replayed: bool,
    /// Whether the call came to nothing, so that whoever has time may ask again.
    pub idle: bool,
    /// What is to be counted of jobs, now that it is so.
    pub(crate) measured: Vec<Measured>,
}

/// What the door needs: the database, and what slow work before a transaction needs.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    db: Db,
    store: Store,
    seal: Seal,
    /// Hears at once of changes to who may do what.
    gate: OnceLock<Gate>,
    /// What policy tokens are signed and checked with.
    policy: OnceLock<policy::Keys>,
    waiters: wait::Waiters,
    tally: Tally,
}

/// A refusal together with the audit entry that records it.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    #[error("{0}")]
    Refused(Box<Refusal>, Option<kernel::id::Id<kernel::id::Entry>>),
    #[error("something broke on our side")]
    Broke(Fault),
}

impl From<Fault> for Denied {
    /// What is away comes back, and is no fault that anybody has to look for: the
    /// caller is told to ask again.
    fn from(fault: Fault) -> Self {
        match &fault {
            Fault::Unavailable(_) => unready("the database is away", &fault),
            Fault::StoreAway(_) => unready("the evidence store is away", &fault),
            _ => Self::Broke(fault),
        }
    }
}

impl Denied {
    /// What a caller is told when we do not try again ourselves.
    fn at_last(self) -> Self {
        match self {
            Self::Broke(fault @ Fault::Moved(_)) => {
                unready("others are changing the same thing", &fault)
            }
            denied => denied,
        }
    }
}

fn unready(detail: &str, fault: &Fault) -> Denied {
    tracing::debug!(error = %Chain(fault), "a call will be asked again");
    Denied::Refused(Refusal::new(Code::Unready, detail), None)
}

impl Door {
    pub fn new(db: Db, store: Store, seal: Seal) -> Self {
        let (gate, policy) = (OnceLock::new(), OnceLock::new());
        let (waiters, tally) = (wait::Waiters::default(), Tally::default());
        Self(Arc::new(Inner { db, store, seal, gate, policy, waiters, tally }))
    }

    /// Has a gate hear at once of changes to who may do what; one that does
    /// not hears of them within a second. There is one gate, so only the first counts.
    pub fn watched_by(&self, gate: Gate) {
        let _ = self.0.gate.set(gate);
    }

    /// Has policy tokens signed and checked with these keys. Without any, none is
    /// minted and none verifies. There is one ring, so only the first counts.
    pub fn permitting_by(&self, keys: policy::Keys) {
        let _ = self.0.policy.set(keys);
    }

    /// What policy tokens are signed and checked with.
    pub fn policy_keys(&self) -> Option<&policy::Keys> {
        self.0.policy.get()
    }

    pub fn db(&self) -> &Db {
        &self.0.db
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// What closeout packets are signed with.
    pub fn seal(&self) -> &Seal {
        &self.0.seal
    }

    /// What is counted of the jobs that this process does, or is told of.
    pub fn tally(&self) -> &Tally {
        &self.0.tally
    }

    /// Answers one call.
    ///
    /// # Errors
    /// A refusal, which has its audit entry, or a fault, which has been logged.
    pub async fn call(&self, caller: &Caller, call: Call) -> Result<Answer, Denied> {
        let tool = call.tool;
        let answer = match authorise::call(caller, &call) {
            Err(refusal) => Err(self.refuse(caller, &call, None, refusal).await),
            Ok(()) if tool.is_command() => self.command(caller, call).await,
            Ok(()) => self.look(caller, call).await,
        };
        if let Some(gate) = self.0.gate.get().filter(|_| identity::changes_identity(tool)) {
            gate.expire();
        }
        if let Ok(answer) = &answer {
            answer.measured.iter().for_each(|one| self.tally().count(*one));
        }
        if let Err(Denied::Broke(fault)) = &answer {
            tracing::error!(tool = %tool, error = %Chain(fault), "`{tool}` broke");
        }
        answer
    }
}

/// Said when more commands wait than the writer will take on.
pub(crate) fn overloaded() -> Box<Refusal> {
    Refusal::new(Code::Unready, "too many commands are waiting")
}

/// Reads the input of a tool, strictly.
///
/// # Errors
/// `input.malformed`, with the path at which the input stops being what was asked for.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(input: &[u8]) -> Result<T, Failure> {
    // A list would be read too, field by field in the order they are declared,
    // and no schema says what that order is.
    if !input.trim_ascii_start().starts_with(b"{") {
        let detail = "expected an object, in braces";
        return Err(Refusal::new(Code::InputMalformed, detail).into());
    }
    let mut reader = serde_json::Deserializer::from_slice(input);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let refusal = Refusal::new(Code::InputMalformed, error.into_inner().to_string());
        if path == "." { refusal } else { refusal.at(path) }
    })?;
    let end = reader.end().map_err(|error| Refusal::new(Code::InputMalformed, error.to_string()));
    end.map(|()| value).map_err(Failure::from)
}

#[cfg(test)]
mod tests;

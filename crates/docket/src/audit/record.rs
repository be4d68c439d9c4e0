//! Writing an entry, in the transaction of what it is about.

use crate::{
    db::{Cause, Tx, args, statements},
    failure::Fault,
};
use jiff::Timestamp;
use kernel::{
    audit::{Entry, Outcome},
    canonical::{self, Digest},
    graph,
    id::{self, Id, Tenant},
    merkle::ENTRY_BYTES_MAX,
    tool::Tool,
};
use serde_json::Map;
use std::sync::OnceLock;

statements! {
    ENTRY_ADD = "entry_add.sql";
}

/// Proof that a transaction wrote its audit entry. The writer asks for it.
#[must_use]
#[derive(Debug)]
pub struct Recorded(());

impl Recorded {
    /// What the log writes about entries that are there already needs none of
    /// its own: it would never come to an end.
    pub(super) fn by_the_log() -> Self {
        Self(())
    }

    /// That a proof was shown is part of a request, which has its own entry where
    /// it did something; that it was shown again is one too.
    pub(crate) fn by_the_gate() -> Self {
        Self(())
    }

    /// How a job moves from one phase to the next is written down in the tables
    /// of the jobs: every attempt, its worker and its end. What somebody asks of a
    /// job through the door, and what a job does there, has its entry; that somebody
    /// found no job to take, or goes on with one, has none.
    pub(crate) fn by_the_jobs() -> Self {
        Self(())
    }
}

impl Tx<'_> {
    /// Writes one entry. Unless it names what it belongs to, that is what the
    /// transaction is for the sake of.
    ///
    /// # Errors
    /// If the database does not answer, or the entry is longer than a bundle
    /// of the log can hold.
    pub fn record(&mut self, entry: &Entry) -> Result<Recorded, Fault> {
        let caused = self.caused(entry);
        let entry = caused.as_ref().unwrap_or(entry);
        let body = canonical::to_string(entry)
            .map_err(|cause| Fault::Other(format!("an audit entry cannot be encoded: {cause}")))?;
        if body.len() > ENTRY_BYTES_MAX {
            let bytes = body.len();
            return Err(Fault::Other(format!("an audit entry of {bytes} bytes is too long")));
        }
        self.put(
            &ENTRY_ADD,
            args![
                entry.id,
                entry.tenant,
                entry.ticket,
                entry.correlation.as_ref(),
                entry.at,
                &entry.tool,
                entry.outcome.name(),
                body,
            ],
        )?;
        Ok(Recorded(()))
    }

    /// The entry with what it belongs to, where it does not say so itself.
    fn caused(&self, entry: &Entry) -> Option<Entry> {
        let cause = self.cause().filter(|_| entry.correlation.is_none())?;
        let Cause { correlation, trace } = cause.clone();
        Some(Entry { correlation, trace, ..entry.clone() })
    }
}

/// An entry of something that Docket did itself because time had passed.
pub(crate) fn by_docket(tenant: Id<Tenant>, id: Id<id::Entry>, at: Timestamp, tool: &str) -> Entry {
    Entry {
        v: 1,
        id,
        at,
        tenant,
        actor: None,
        on_behalf_of: None,
        roles: Vec::new(),
        surface: "work".to_owned(),
        tool: tool.to_owned(),
        ticket: None,
        subjects: Vec::new(),
        request: None,
        correlation: None,
        trace: None,
        outcome: Outcome::Committed,
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

/// The digest of the toolset that this binary decides by: every tool with its
/// reach, roles and steps. It is in every entry and in `GET /v1/tools`.
pub fn toolset_digest() -> Digest {
    static DIGEST: OnceLock<Digest> = OnceLock::new();
    *DIGEST.get_or_init(|| {
        let mut text = String::new();
        for tool in Tool::ALL {
            text += &format!("{tool} {:?}", tool.reach());
            for way in tool.contract().moves {
                let roles: Vec<_> = way.roles.iter().map(|role| role.name()).collect();
                let from: Vec<_> = way.from.iter().map(|state| state.name()).collect();
                text += &format!(" [{}] ({})", roles.join(" "), from.join(" "));
            }
            let to: Vec<_> = graph::steps_of(*tool).iter().map(|step| step.1.name()).collect();
            text += &format!(" -> {}\n", to.join(" "));
        }
        Digest::of_bytes(text.as_bytes())
    })
}

//! What a caller may do with a ticket, and why not now: what a page shows as
//! buttons. The answers are the door's own.

use super::{Claim, Ticket};
use crate::{door::authorise, failure::Fault, identity::Caller};
use kernel::{
    role::Roles,
    state::State,
    tool::{Subject, Tool},
};
use serde::Serialize;
use serde_json::value::RawValue;
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// Every tool on tickets that the caller's roles may ever use, in the order of
/// the toolset, as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Actions(Arc<RawValue>);

/// One tool, for one caller and one ticket.
#[derive(Debug, Serialize)]
struct Action {
    tool: Tool,
    /// Whether the door would let the call in. What the tool itself has to say
    /// comes on top.
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Why>,
}

/// The refusal that a call would be answered with.
#[derive(Debug, Serialize)]
struct Why {
    code: &'static str,
    detail: String,
}

/// All that the door's answer depends on before it asks the tool itself.
type Question = (Roles, State, Claim);

/// Answers that were written before. There are a few hundred questions that
/// anybody asks; past this many, somebody is making them up.
static WRITTEN: RwLock<BTreeMap<Question, Actions>> = RwLock::new(BTreeMap::new());
const WRITTEN_MAX: usize = 4_096;

/// What the caller may do with the ticket.
///
/// # Errors
/// If the answer cannot be written as JSON.
pub(crate) fn of(caller: &Caller, ticket: &Ticket, claim: &Claim) -> Result<Actions, Fault> {
    let question = (caller.roles, ticket.state(), *claim);
    let known = WRITTEN.read().unwrap_or_else(PoisonError::into_inner).get(&question).cloned();
    if let Some(actions) = known {
        return Ok(actions);
    }
    let actions = Actions(serde_json::value::to_raw_value(&list(caller, ticket, claim))?.into());
    let mut written = WRITTEN.write().unwrap_or_else(PoisonError::into_inner);
    if written.len() < WRITTEN_MAX {
        written.insert(question, actions.clone());
    }
    Ok(actions)
}

fn list(caller: &Caller, ticket: &Ticket, claim: &Claim) -> Vec<Action> {
    let on_tickets = Tool::ALL.iter().filter(|tool| tool.contract().subject == Subject::Ticket);
    let theirs = on_tickets.filter(|tool| authorise::role(caller, **tool).is_ok());
    theirs.map(|tool| action(caller, *tool, ticket, claim)).collect()
}

fn action(caller: &Caller, tool: Tool, ticket: &Ticket, claim: &Claim) -> Action {
    let refusal = authorise::why_not(caller, tool, ticket, claim)
        .map(|refusal| Why { code: refusal.code.name(), detail: refusal.detail });
    Action { tool, enabled: refusal.is_none(), refusal }
}

//! What a caller may do with a ticket, and why not now: what a page shows as
//! buttons. The answers are the door's own.

use super::{Claim, Ticket};
use crate::{door::authorise, identity::Caller};
use kernel::tool::{Subject, Tool};
use serde::Serialize;

/// One tool, for one caller and one ticket.
#[derive(Clone, Debug, Serialize)]
pub struct Action {
    pub tool: Tool,
    /// Whether the door would let the call in. What the tool itself has to say
    /// comes on top.
    pub enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Why>,
}

/// The refusal that a call would be answered with.
#[derive(Clone, Debug, Serialize)]
pub struct Why {
    pub code: &'static str,
    pub detail: String,
}

/// Every tool on tickets that the caller's roles may ever use, in the order of
/// the toolset.
pub(crate) fn of(caller: &Caller, ticket: &Ticket, claim: &Claim) -> Vec<Action> {
    let on_tickets = Tool::ALL.iter().filter(|tool| tool.contract().subject == Subject::Ticket);
    let theirs = on_tickets.filter(|tool| authorise::role(caller, **tool).is_ok());
    theirs.map(|tool| action(caller, *tool, ticket, claim)).collect()
}

fn action(caller: &Caller, tool: Tool, ticket: &Ticket, claim: &Claim) -> Action {
    let refusal = authorise::why_not(caller, tool, ticket, claim)
        .map(|refusal| Why { code: refusal.code.name(), detail: refusal.detail });
    Action { tool, enabled: refusal.is_none(), refusal }
}

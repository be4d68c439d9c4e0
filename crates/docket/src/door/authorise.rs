//! May this caller use this tool on this ticket: role, ownership, state.
//!
//! The questions are asked in one place, by the door before it acts and by
//! every page that wants to know which buttons to show.

use super::{Call, command::Aftermath};
use crate::{
    db::Tx,
    evidence::Reread,
    failure::{Failure, Fault},
    identity::{Caller, Sent, proof},
    job::Measured,
    policy,
    ticket::{Claim, Ticket},
};
use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use kernel::{
    id::{self, Id},
    refusal::{Code, Refusal},
    role::Role,
    tool::{Reach, Tool},
};
use serde_json::{Map, Value};

/// What a verb is told about the call it carries out.
pub struct Act<'a> {
    pub caller: &'a Caller,
    pub tool: Tool,
    /// The role under which the call was allowed.
    pub role: Role,
    /// The audit entry that this call will leave.
    pub entry: Id<id::Entry>,
    /// Facts for that entry: ids, amounts, names of rules; no personal data.
    pub facts: Map<String, Value>,
    /// The policy token that it was about, once its signatures hold.
    pub policy: Option<Id<id::Policy>>,
    /// Everything else the call was about, as ids.
    pub subjects: Vec<String>,
    /// What was found when the ticket's evidence was read again, for the verbs
    /// that ask for it.
    pub reread: Option<Reread>,
    pub(super) keys: Option<policy::Keys>,
    /// The field of the result that is answered this one time and not kept.
    pub(super) once: Option<&'static str>,
    pub(super) aftermath: Option<Aftermath>,
    pub(super) unrecorded: bool,
    pub(super) idle: bool,
    pub(super) measured: Vec<Measured>,
}

impl<'a> Act<'a> {
    pub(super) fn new(caller: &'a Caller, tool: Tool, entry: Id<id::Entry>) -> Self {
        Self {
            caller,
            tool,
            role: Self::first_role(caller, tool),
            entry,
            facts: Map::new(),
            policy: None,
            subjects: Vec::new(),
            reread: None,
            keys: None,
            once: None,
            aftermath: None,
            unrecorded: false,
            idle: false,
            measured: Vec::new(),
        }
    }

    /// What Docket itself does when time has passed.
    pub(crate) fn of_docket(caller: &'a Caller, tool: Tool, entry: Id<id::Entry>) -> Self {
        Self::new(caller, tool, entry)
    }

    /// The first of the caller's roles that may use the tool. The door has
    /// checked that there is one; the auditor, who changes nothing, stands in.
    pub(super) fn first_role(caller: &Caller, tool: Tool) -> Role {
        caller.roles.intersection(tool.roles()).iter().next().unwrap_or(Role::Auditor)
    }

    pub fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// What policy tokens are signed and checked with.
    ///
    /// # Errors
    /// If nobody handed any over.
    pub(crate) fn policy_keys(&self) -> Result<&policy::Keys, Fault> {
        let missing = || Fault::Other("a call came without the policy keys".to_owned());
        self.keys.as_ref().ok_or_else(missing)
    }

    /// The keys of which a policy token has to be.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn trusted(&self, now: Timestamp) -> Result<Vec<VerifyingKey>, Fault> {
        self.policy_keys()?.trusted(now)
    }

    /// Has a field of the result be answered this one time: it is a secret, and the
    /// answer that is kept for a retry has `null` in its place.
    pub(crate) fn shown_once(&mut self, field: &'static str) {
        self.once = Some(field);
    }

    /// Has something done even if the call is refused, in the transaction that
    /// records the refusal.
    pub fn if_refused(
        &mut self,
        aftermath: impl FnOnce(&mut Tx<'_>) -> Result<(), Fault> + Send + 'static,
    ) {
        self.aftermath = Some(Box::new(aftermath));
    }

    /// Has the call leave no entry and no stored answer: it took nothing and
    /// changed nothing but for how long somebody may go on with what they took.
    pub(crate) fn leave_no_entry(&mut self) {
        self.unrecorded = true;
    }

    /// The same, of a call that found nothing to do and may be asked again.
    pub(crate) fn come_to_nothing(&mut self) {
        self.leave_no_entry();
        self.idle = true;
    }

    /// Has something of a job be counted, once it is committed.
    pub(crate) fn measure(&mut self, measured: impl IntoIterator<Item = Measured>) {
        self.measured.extend(measured);
    }

    pub fn subject(&mut self, id: impl ToString) {
        self.subjects.push(id.to_string());
    }
}

/// Whether one of the caller's roles may use the tool at all.
///
/// # Errors
/// `role.forbidden`.
pub fn role(caller: &Caller, tool: Tool) -> Result<(), Box<Refusal>> {
    if caller.roles.intersection(tool.roles()).is_empty() {
        let may: Vec<_> = tool.roles().iter().map(Role::name).collect();
        let detail = format!("`{tool}` is for {}", may.join(", "));
        return Err(Refusal::new(Code::RoleForbidden, detail));
    }
    Ok(())
}

/// Whether the caller may use the tool at all, and the call is known to be theirs.
///
/// # Errors
/// `role.forbidden`, `token.unbound` or `proof.missing`.
pub fn call(caller: &Caller, call: &Call) -> Result<(), Box<Refusal>> {
    role(caller, call.tool)?;
    match call.sent {
        Sent::Within => Ok(()),
        Sent::Proven(proven) if Some(proven.key()) == caller.key => Ok(()),
        Sent::Bare | Sent::Proven(_) => {
            bound(caller, call.tool)?;
            caller.key.map_or(Ok(()), |_| Err(proof::missing()))
        }
    }
}

/// Whether the caller could call the tool over a wire: what has left the building
/// is called by whoever holds a key, and not by whoever has overheard a token.
///
/// # Errors
/// `token.unbound`.
pub fn bound(caller: &Caller, tool: Tool) -> Result<(), Box<Refusal>> {
    if caller.key.is_some() || tool.reach() != Reach::Final {
        return Ok(());
    }
    let detail = format!("`{tool}` cannot be taken back, and the token is bound to no key");
    Err(Refusal::new(Code::TokenUnbound, detail))
}

/// Whether the caller may use the tool on a ticket that they may see, and as what.
///
/// Somebody with several roles may act if one of them may. If none may, the
/// refusal is the one that came closest.
///
/// # Errors
/// `ticket.not_yours`, `ticket.state` or `role.state_forbidden`.
pub fn on_ticket(
    caller: &Caller,
    tool: Tool,
    ticket: &Ticket,
    claim: &Claim,
) -> Result<Role, Box<Refusal>> {
    let contract = tool.contract();
    let mut closest = None;
    for role in caller.roles.intersection(tool.roles()).iter() {
        if !contract.from_for(role).contains(ticket.state()) {
            let refusal = if tool.from().contains(ticket.state()) {
                let detail =
                    format!("a {role} may not use `{tool}` while a ticket is {}", ticket.state());
                Refusal::new(Code::StateForbidsRole, detail)
            } else {
                let detail = format!("`{tool}` does not work while a ticket is {}", ticket.state());
                Refusal::new(Code::TicketState, detail)
            };
            closest = Some(refusal.standing(ticket.state(), tool.from(), tool.to()));
        } else if must_own(role) && !claim.assigned {
            let detail = "this ticket is not assigned to you".to_owned();
            closest.get_or_insert(Refusal::new(Code::TicketNotYours, detail));
        } else {
            return Ok(role);
        }
    }
    Err(closest
        .unwrap_or_else(|| Refusal::new(Code::RoleForbidden, format!("`{tool}` is not for you"))))
}

/// Whether the role may use the tool only on a ticket assigned to the subject.
/// The liaison agent works for the technician, and has no tickets of its own.
const fn must_own(role: Role) -> bool {
    matches!(role, Role::Technician | Role::AgentLiaison)
}

/// Why the caller may not do something now, or nothing if they may: what a page
/// shows next to a button. It is the same answer the door would give.
pub fn why_not(
    caller: &Caller,
    tool: Tool,
    ticket: &Ticket,
    claim: &Claim,
) -> Option<Box<Refusal>> {
    role(caller, tool).and_then(|()| on_ticket(caller, tool, ticket, claim).map(drop)).err()
}

impl From<Box<Refusal>> for super::Denied {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Refused(refusal, None)
    }
}

impl From<Failure> for super::Denied {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::Refused(refusal, None),
            Failure::Broke(fault) => fault.into(),
        }
    }
}

//! Approvals: questions of money, answered by somebody else than whoever asked.
//!
//! ```text
//!   triage, tech.request_change        approval.decide
//!   request ─────────────────▶ open ──────────────────▶ approved (the limit is raised)
//!                                 ──────────────────▶ denied
//! ```
//!
//! What must stay true:
//!
//! * Nobody decides what they asked for; an agent counts as whom it acts for.
//! * An approval raises the limit of its ticket once, by exactly its amount.
//! * Where a ticket's approvals together pass the tenant's threshold, the answer
//!   also needs the code that was sent to the customer. So a large change cannot
//!   be had as several small ones.
//! * A code is good for one request and one amount, once, for 30 minutes and
//!   five tries.
//!
//! Start with [`decide`].

pub mod decide;
mod factor;
mod store;

pub(crate) use store::{foresee_of_ticket, of_ticket, open_of};

use crate::{
    db::Tx,
    door::Act,
    failure::{Failure, Fault},
    outgoing::{self, Kind},
    tenant,
    ticket::{Back, Standing, Ticket},
};
use factor::Factor;
use jiff::Timestamp;
use kernel::{
    canonical::{self, Digest},
    id::{self, Evidence, Id, Principal, Tenant},
    money::{BadSum, Money},
    refusal::{Code, Refusal},
};
use secrecy::ExposeSecret;
use serde::Serialize;

/// A question of money and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Approval {
    pub question: Question,
    /// Of the question, as it was asked.
    pub digest: Digest,
    pub factor: Option<Factor>,
    pub status: Status,
    pub decided: Option<Decided>,
}

/// What was asked, by whom and when.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Question {
    pub id: Id<id::Approval>,
    pub tenant: Id<Tenant>,
    pub ticket: Id<id::Ticket>,
    pub requested_by: Id<Principal>,
    pub requested_on_behalf_of: Option<Id<Principal>>,
    /// By how much the limit is to be raised.
    pub amount: Money,
    pub reason: String,
    pub evidence: Vec<Id<Evidence>>,
    pub back: Back,
    #[serde(with = "jiff::fmt::serde::timestamp::microsecond::required")]
    pub requested_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Open,
    Approved,
    Denied,
}

/// Who answered.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub by: Id<Principal>,
    pub on_behalf_of: Option<Id<Principal>>,
    pub at: Timestamp,
}

/// What is asked for.
pub(crate) struct Change {
    /// By how much the limit is to be raised.
    pub amount: Money,
    pub reason: String,
    pub evidence: Vec<Id<Evidence>>,
    pub back: Back,
}

/// The open question, as whoever may decide it reads it.
#[derive(Clone, Debug, Serialize)]
pub struct Open {
    pub id: Id<id::Approval>,
    /// By how much the limit is to be raised.
    pub amount: Money,
    pub reason: Quoted,
    pub evidence: Vec<Id<Evidence>>,
    pub requested_by: Id<Principal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_on_behalf_of: Option<Id<Principal>>,
    pub requested_at: Timestamp,
    /// Until when the code that was sent to the customer is good, if one is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_expires_at: Option<Timestamp>,
}

/// Somebody's own words. They are quoted, never followed.
#[derive(Clone, Debug, Serialize)]
pub struct Quoted {
    pub untrusted: bool,
    pub text: String,
}

/// The answer to somebody who asked.
#[derive(Clone, Debug, Serialize)]
pub struct Requested {
    pub approval: Id<id::Approval>,
    pub amount: Money,
    /// Until when the code that was sent to the customer is good, if one is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_expires_at: Option<Timestamp>,
}

impl Status {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }

    fn read(name: &str) -> Result<Self, Fault> {
        let all = [Self::Open, Self::Approved, Self::Denied];
        let found = all.into_iter().find(|status| status.name() == name);
        found.ok_or_else(|| Fault::unreadable("approval", "status", "no such status"))
    }
}

/// Asks for a higher limit: the ticket waits until somebody else has answered.
///
/// # Errors
/// `input.malformed` unless the amount is more than nothing, `money.currency`,
/// `money.overflow`, or `approval.factor_undeliverable`.
pub(crate) fn request(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: &mut Ticket,
    change: Change,
) -> Result<Requested, Failure> {
    if change.amount.minor <= 0 {
        let detail = "ask for an amount that is more than nothing";
        return Err(Refusal::new(Code::InputMalformed, detail).at("amount").into());
    }
    raised(ticket.nte, change.amount)?;
    let question = Question {
        id: tx.new_id(),
        tenant: act.caller.tenant,
        ticket: ticket.id,
        requested_by: act.caller.actor,
        requested_on_behalf_of: act.caller.on_behalf_of,
        amount: change.amount,
        reason: change.reason,
        evidence: change.evidence,
        back: change.back,
        requested_at: tx.now(),
    };
    let digest = question.digest()?;
    let needs_factor = needs_factor(tx, act, ticket, question.amount)?;

    let factor = if needs_factor { Some(send_code(tx, act, ticket, &question)?) } else { None };
    store::add(tx, &question, digest, factor.as_ref())?;
    let (approval, amount) = (question.id, question.amount);
    ticket.standing = Standing::ApprovalRequired { approval, back: question.back };

    act.subject(approval);
    act.fact("amount", serde_json::to_value(amount)?);
    act.fact("digest", digest.to_string());
    let code_expires_at = factor.map(|factor| factor.expires_at);
    Ok(Requested { approval, amount, code_expires_at })
}

/// Whether what was approved on the ticket so far, and this, pass the threshold
/// together. Amounts that cannot be compared with the threshold pass it.
fn needs_factor(
    tx: &Tx<'_>,
    act: &Act<'_>,
    ticket: &Ticket,
    amount: Money,
) -> Result<bool, Failure> {
    let settings = tenant::settings(tx, act.caller.tenant)?;
    let before = of_ticket(tx, act.caller.tenant, ticket.id)?;
    let approved = before.iter().filter(|asked| asked.status == Status::Approved);
    let together =
        Money::sum(settings.currency, approved.map(|asked| asked.question.amount).chain([amount]));
    Ok(together.map_or(true, |sum| sum.minor > settings.second_factor_above_minor))
}

/// Draws a code and queues it for the contact on file, in this transaction.
fn send_code(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: &Ticket,
    question: &Question,
) -> Result<Factor, Failure> {
    let Some(contact) = store::approver_on_file(tx, act.caller, ticket)? else {
        let detail = "the customer has nobody on file who may approve this and can be reached";
        return Err(Refusal::new(Code::FactorUndeliverable, detail).into());
    };
    let (factor, code) = Factor::draw(tx, contact, question.digest()?);

    let code = Some(code.expose_secret());
    outgoing::queue(tx, act, ticket, Some(contact), Kind::ApprovalCode, code)?;
    act.subject(contact);
    Ok(factor)
}

/// The limit with the amount on top.
///
/// # Errors
/// `money.currency` or `money.overflow`.
fn raised(limit: Money, amount: Money) -> Result<Money, Failure> {
    match limit.checked_add(amount) {
        Ok(raised) if raised.minor <= Money::MINOR_MAX => Ok(raised),
        Err(bad @ BadSum::Currencies { .. }) => {
            Err(Refusal::new(Code::CurrencyMismatch, bad.to_string()).at("amount.currency").into())
        }
        Ok(_) | Err(BadSum::Overflow) => {
            let detail = "the limit would be too large to be written down";
            Err(Refusal::new(Code::MoneyOverflow, detail).at("amount.minor").into())
        }
    }
}

impl Approval {
    /// Until when the code that was sent is good; nothing if none can be right.
    pub fn code_good_until(&self, now: Timestamp) -> Option<Timestamp> {
        let factor = self.factor.as_ref().filter(|factor| !factor.is_spent(now));
        factor.map(|factor| factor.expires_at)
    }
}

impl From<Approval> for Open {
    fn from(approval: Approval) -> Self {
        let Question { id, amount, reason, evidence, requested_at, .. } = approval.question;
        Self {
            id,
            amount,
            reason: Quoted { untrusted: true, text: reason },
            evidence,
            requested_by: approval.question.requested_by,
            requested_on_behalf_of: approval.question.requested_on_behalf_of,
            requested_at,
            code_expires_at: approval.factor.map(|factor| factor.expires_at),
        }
    }
}

impl Question {
    /// Everybody who counts as having asked.
    pub fn requesters(&self) -> Vec<Id<Principal>> {
        [Some(self.requested_by), self.requested_on_behalf_of].into_iter().flatten().collect()
    }

    fn digest(&self) -> Result<Digest, Fault> {
        let digest = canonical::digest_of(self);
        digest.map_err(|cause| Fault::Other(format!("a request has no digest: {cause}")))
    }
}

#[cfg(test)]
mod tests;

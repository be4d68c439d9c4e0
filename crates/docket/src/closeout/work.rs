//! The work on a ticket: time, material and visits, and what they come to.
//!
//! What must stay true:
//!
//! * Nothing that is logged brings the price, with trips and taxes, above the
//!   ticket's limit. It is the price that the invoice will have.
//! * An entry never changes. A wrong one is replaced, and both stay on file.

use crate::{
    db::{Row, Snap, args, statements},
    failure::{Failure, Fault},
    ticket::Ticket,
    visit,
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id, Principal, Technician, Tenant},
    invoice::{self, Draft, LaborEntry, NotPriced, PartEntry, RateCard, Work},
    key::Key,
    money::{BadSum, Currency, Money},
    refusal::{Code, Refusal},
    text::Line,
};
use serde::Serialize;
use std::num::NonZeroU32;

statements! {
    LABOR_OF_TICKET = "labor_of_ticket.sql";
    PART_OF_TICKET = "part_of_ticket.sql";
}

/// Time that somebody worked.
#[derive(Clone, Debug, Serialize)]
pub struct Labor {
    pub id: Id<id::Labor>,
    pub technician: Option<Id<Technician>>,
    pub kind: Key,
    /// Nothing is left of an entry that was taken back.
    pub minutes: u32,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// The card's price of an hour when it was logged.
    pub rate: Money,
    pub logged_by: Id<Principal>,
    pub logged_at: Timestamp,
}

/// Material that somebody used.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    pub id: Id<id::Part>,
    pub description: Line<200>,
    pub number: Option<String>,
    /// Nothing is left of an entry that was taken back.
    pub quantity: u32,
    pub unit_cost: Money,
    pub logged_by: Id<Principal>,
    pub logged_at: Timestamp,
}

/// The time worked on a ticket, in the order it was logged.
///
/// # Errors
/// If the database does not answer or a row cannot be read.
pub(crate) fn labor(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
) -> Result<Vec<Labor>, Fault> {
    snap.all(&LABOR_OF_TICKET, args![tenant, ticket], |row| {
        Ok(Labor {
            id: row.get(0)?,
            technician: row.get(1)?,
            kind: row.parsed(2)?,
            minutes: count(row, 3)?,
            started_at: row.get(4)?,
            ended_at: row.get(5)?,
            rate: Money::new(row.get(6)?, currency(row, 7)?),
            logged_by: row.get(8)?,
            logged_at: row.get(9)?,
        })
    })
}

/// The material used on a ticket, in the order it was logged.
///
/// # Errors
/// If the database does not answer or a row cannot be read.
pub(crate) fn parts(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
) -> Result<Vec<Part>, Fault> {
    snap.all(&PART_OF_TICKET, args![tenant, ticket], |row| {
        Ok(Part {
            id: row.get(0)?,
            description: row.parsed(1)?,
            number: row.get(2)?,
            quantity: count(row, 3)?,
            unit_cost: Money::new(row.get(4)?, currency(row, 5)?),
            logged_by: row.get(6)?,
            logged_at: row.get(7)?,
        })
    })
}

/// Asks ahead for [`of_ticket`].
pub(crate) fn foresee(snap: &Snap<'_>, tenant: Id<Tenant>, ticket: Id<id::Ticket>) {
    visit::foresee_of_ticket(snap, tenant, ticket);
    for statement in [&LABOR_OF_TICKET, &PART_OF_TICKET] {
        snap.foresee(statement, args![tenant, ticket]);
    }
}

/// Everything that was done on a ticket, as the invoice prices it. The limit is
/// the one of now, with every approved change in it. Nothing is attached yet.
///
/// # Errors
/// If the database does not answer or a row cannot be read.
pub(crate) fn of_ticket(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &Ticket,
) -> Result<Work, Failure> {
    foresee(snap, tenant, ticket.id);
    let visits = visit::of_ticket(snap, tenant, ticket.id)?;
    let arrived = visits.iter().filter(|visit| visit.arrived_at.is_some()).count();
    let on_site = visits.iter().map(|visit| visit.minutes_on_site(snap.now()));
    Ok(Work {
        labor: labor(snap, tenant, ticket.id)?.iter().map(Labor::entry).collect(),
        parts: parts(snap, tenant, ticket.id)?.iter().filter_map(Part::entry).collect(),
        trips: u32::try_from(arrived).unwrap_or(u32::MAX),
        on_site_minutes: on_site.fold(0, u32::saturating_add),
        limit: ticket.nte,
        approved: Vec::new(),
        attached: false,
    })
}

/// The work priced by the card, with trips and taxes.
///
/// # Errors
/// `rate_card.rate_unknown`, `money.currency` or `money.overflow`.
pub(crate) fn price(card: &RateCard, work: &Work) -> Result<Draft, Failure> {
    let draft = invoice::price(card, work).map_err(|no| match no {
        NotPriced::NoRate { .. } => Refusal::new(Code::RateUnknown, no.to_string()).at("kind"),
        NotPriced::BadSum(BadSum::Currencies { .. }) => {
            Refusal::new(Code::CurrencyMismatch, no.to_string())
        }
        NotPriced::BadSum(BadSum::Overflow) => Refusal::new(Code::MoneyOverflow, no.to_string()),
        NotPriced::Negative { .. } => Refusal::new(Code::InputMalformed, no.to_string()),
    })?;
    if draft.total.minor > Money::MINOR_MAX {
        let detail = "the cost would be too large to be written down";
        return Err(Refusal::new(Code::MoneyOverflow, detail).into());
    }
    Ok(draft)
}

/// What the work comes to by the card, with trips and taxes.
///
/// # Errors
/// See [`price`].
pub(crate) fn cost(card: &RateCard, work: &Work) -> Result<Money, Failure> {
    Ok(price(card, work)?.total)
}

/// What the work comes to with something more, if the limit allows it. What
/// makes it no dearer is always allowed: a correction may come late.
///
/// # Errors
/// `nte.exceeded`, or why there is no price.
pub(crate) fn within_limit(
    card: &RateCard,
    so_far: &Work,
    with: &Work,
    sees_cost: bool,
) -> Result<Money, Failure> {
    let (limit, would_be) = (so_far.limit, cost(card, with)?);
    let over = would_be.checked_sub(limit);
    let over = over.map_err(|bad| Refusal::new(Code::CurrencyMismatch, bad.to_string()))?;
    if over.minor <= 0 {
        return Ok(would_be);
    }
    let is = cost(card, so_far)?;
    if would_be.minor <= is.minor {
        return Ok(would_be);
    }
    let detail = format!("this is {over} more than the limit of {limit} allows");
    let mut refusal = Refusal::new(Code::OverNte, detail)
        .fact("limit", serde_json::to_value(limit)?)
        .fact("over_by", serde_json::to_value(over)?);
    if sees_cost {
        refusal = refusal
            .fact("so_far", serde_json::to_value(is)?)
            .fact("would_be", serde_json::to_value(would_be)?);
    }
    Err(refusal.into())
}

impl Labor {
    /// As the invoice prices it.
    pub fn entry(&self) -> LaborEntry {
        LaborEntry { minutes: self.minutes, kind: self.kind.clone(), rate: Some(self.rate) }
    }
}

impl Part {
    /// As the invoice prices it; nothing, if it was taken back.
    pub fn entry(&self) -> Option<PartEntry> {
        let quantity = NonZeroU32::new(self.quantity)?;
        let description = self.description.clone();
        Some(PartEntry { description, quantity, unit_cost: self.unit_cost })
    }
}

fn count(row: &Row<'_>, at: usize) -> Result<u32, Fault> {
    let count: i64 = row.get(at)?;
    u32::try_from(count).map_err(|cause| Fault::unreadable("a row of work", "count", cause))
}

fn currency(row: &Row<'_>, at: usize) -> Result<Currency, Fault> {
    let text: String = row.get(at)?;
    text.parse().map_err(|cause| Fault::unreadable("a row of work", "currency", cause))
}

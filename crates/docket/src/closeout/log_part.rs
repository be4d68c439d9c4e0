//! Writing down material that was used.

use super::work;
use crate::{
    db::{Tx, args, statements},
    directory::rate_card,
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    ticket::Ticket,
};
use kernel::{
    field::Field,
    id::{self, Id, Part},
    invoice::{PartEntry, Work},
    money::Money,
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

statements! {
    PART_ADD = "part_add.sql";
}

/// Write down material that was used.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogPart {
    pub ticket: Id<id::Ticket>,
    pub description: Line<200>,
    /// The maker's number of the part.
    pub number: Option<Line<80>>,
    /// How many. Zero takes back what it replaces.
    pub quantity: u32,
    /// What one of them cost us, in the currency of the ticket.
    pub unit_cost: Money,
    /// The entry that was wrong and that this one stands for.
    pub replaces: Option<Id<Part>>,
}

#[derive(Debug, Serialize)]
pub struct PartLogged {
    pub part: Id<Part>,
    pub nte: Money,
    /// What the ticket comes to by now, with trips and taxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
}

impl OnTicket for LogPart {
    type Done = PartLogged;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        rate_card::foresee_for_account(tx, caller.tenant, ticket.account);
        work::foresee(tx, caller.tenant, ticket.id);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<PartLogged, Failure> {
        self.check(ticket)?;
        let tenant = act.caller.tenant;
        let (_, card) = rate_card::for_account(tx, tenant, ticket.account)?;
        let logged = work::parts(tx, tenant, ticket.id)?;
        self.check_replaced(&logged)?;

        let so_far = work::of_ticket(tx, tenant, ticket)?;
        let kept = logged.iter().filter(|old| Some(old.id) != self.replaces);
        let parts = kept.filter_map(work::Part::entry).chain(self.entry()).collect();
        let with = Work { parts, ..so_far.clone() };
        let sees_cost = Field::Cost.seen_by(act.caller.roles);
        let cost = work::within_limit(&card, &so_far, &with, sees_cost)?;

        let id = self.add(tx, act, ticket)?;
        act.subject(id);
        act.fact("quantity", self.quantity);
        act.fact("cost", serde_json::to_value(cost)?);
        Ok(PartLogged { part: id, nte: ticket.nte, cost: sees_cost.then_some(cost) })
    }
}

impl LogPart {
    fn check(&self, ticket: &Ticket) -> Result<(), Failure> {
        if self.unit_cost.currency != ticket.nte.currency {
            let detail = format!("the ticket is in {}", ticket.nte.currency);
            let refusal = Refusal::new(Code::CurrencyMismatch, detail);
            return Err(refusal.at("unit_cost.currency").into());
        }
        if self.unit_cost.minor < 0 {
            let detail = "a part costs nothing or more";
            return Err(Refusal::new(Code::InputMalformed, detail).at("unit_cost.minor").into());
        }
        if self.quantity == 0 && self.replaces.is_none() {
            let detail = "none was used; zero only takes back another entry";
            return Err(Refusal::new(Code::InputMalformed, detail).at("quantity").into());
        }
        Ok(())
    }

    fn check_replaced(&self, logged: &[work::Part]) -> Result<(), Failure> {
        let Some(id) = self.replaces else { return Ok(()) };
        if logged.iter().any(|old| old.id == id) {
            return Ok(());
        }
        let detail = format!("the ticket has no part `{id}` that still counts");
        Err(Refusal::new(Code::RecordNotFound, detail).at("replaces").into())
    }

    fn entry(&self) -> Option<PartEntry> {
        let quantity = NonZeroU32::new(self.quantity)?;
        let description = self.description.clone();
        Some(PartEntry { description, quantity, unit_cost: self.unit_cost })
    }

    fn add(&self, tx: &mut Tx<'_>, act: &Act<'_>, ticket: &Ticket) -> Result<Id<Part>, Failure> {
        let id = tx.new_id();
        tx.put(
            &PART_ADD,
            args![
                act.caller.tenant,
                id,
                ticket.id,
                self.description.as_str(),
                self.number.as_ref().map(Line::as_str),
                i64::from(self.quantity),
                self.unit_cost.minor,
                self.unit_cost.currency.code(),
                self.replaces,
                act.caller.actor,
                tx.now(),
            ],
        )?;
        Ok(id)
    }
}

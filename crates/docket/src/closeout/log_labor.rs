//! Writing down time that was worked.

use super::work;
use crate::{
    db::{Tx, args, statements},
    directory::rate_card,
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    ticket::Ticket,
};
use jiff::Timestamp;
use kernel::{
    field::Field,
    id::{self, Id, Labor},
    invoice::{LaborEntry, RateCard},
    key::Key,
    money::Money,
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    LABOR_ADD = "labor_add.sql";
}

/// Nobody works more than this without writing it down.
const MINUTES_MAX: u32 = 7 * 24 * 60;

/// Write down time that was worked: from when to when, or how many minutes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogLabor {
    pub ticket: Id<id::Ticket>,
    /// The kind of labor, as the account's rate card calls it.
    pub kind: Key,
    /// How many minutes, if not from when to when. Zero takes back what it replaces.
    pub minutes: Option<u32>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// The entry that was wrong and that this one stands for.
    pub replaces: Option<Id<Labor>>,
}

#[derive(Debug, Serialize)]
pub struct LaborLogged {
    pub labor: Id<Labor>,
    pub minutes: u32,
    pub nte: Money,
    /// What the ticket comes to by now, with trips and taxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
}

impl OnTicket for LogLabor {
    type Done = LaborLogged;

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
    ) -> Result<LaborLogged, Failure> {
        let minutes = self.minutes(tx.now())?;
        let tenant = act.caller.tenant;
        let (_, card) = rate_card::for_account(tx, tenant, ticket.account)?;
        let rate = rate(&card, &self.kind)?;
        let logged = work::labor(tx, tenant, ticket.id)?;
        self.check_replaced(&logged)?;

        let so_far = work::of_ticket(tx, tenant, ticket)?;
        let entry = LaborEntry { minutes, kind: self.kind.clone(), rate: Some(rate) };
        let kept = logged.iter().filter(|old| Some(old.id) != self.replaces);
        let labor = kept.map(work::Labor::entry).chain([entry]).collect();
        let with = kernel::invoice::Work { labor, ..so_far.clone() };
        let sees_cost = Field::Cost.seen_by(act.caller.roles);
        let cost = work::within_limit(&card, &so_far, &with, sees_cost)?;

        let id = self.add(tx, act, ticket, minutes, rate)?;
        act.subject(id);
        act.fact("minutes", minutes);
        act.fact("cost", serde_json::to_value(cost)?);
        let cost = sees_cost.then_some(cost);
        Ok(LaborLogged { labor: id, minutes, nte: ticket.nte, cost })
    }
}

impl LogLabor {
    /// How many minutes are meant; a begun minute counts.
    fn minutes(&self, now: Timestamp) -> Result<u32, Failure> {
        let minutes = match (self.minutes, self.started_at, self.ended_at) {
            (Some(minutes), None, None) => i64::from(minutes),
            (None, Some(from), Some(to)) if from < to && to <= now => {
                from.duration_until(to).as_secs().saturating_add(59).div_euclid(60)
            }
            _ => {
                let detail = "say how many minutes, or from when to when, in the past";
                return Err(Refusal::new(Code::InputMalformed, detail).at("minutes").into());
            }
        };
        let least = if self.replaces.is_some() { 0 } else { 1 };
        match u32::try_from(minutes) {
            Ok(minutes) if (least..=MINUTES_MAX).contains(&minutes) => Ok(minutes),
            _ => {
                let detail = format!("one entry is {least} to {MINUTES_MAX} minutes");
                Err(Refusal::new(Code::InputMalformed, detail).at("minutes").into())
            }
        }
    }

    fn check_replaced(&self, logged: &[work::Labor]) -> Result<(), Failure> {
        let Some(id) = self.replaces else { return Ok(()) };
        if logged.iter().any(|old| old.id == id) {
            return Ok(());
        }
        let detail = format!("the ticket has no labor `{id}` that still counts");
        Err(Refusal::new(Code::RecordNotFound, detail).at("replaces").into())
    }

    fn add(
        &self,
        tx: &mut Tx<'_>,
        act: &Act<'_>,
        ticket: &Ticket,
        minutes: u32,
        rate: Money,
    ) -> Result<Id<Labor>, Failure> {
        let id = tx.new_id();
        tx.put(
            &LABOR_ADD,
            args![
                act.caller.tenant,
                id,
                ticket.id,
                ticket.technician,
                self.kind.as_str(),
                i64::from(minutes),
                self.started_at,
                self.ended_at,
                rate.minor,
                rate.currency.code(),
                self.replaces,
                act.caller.actor,
                tx.now(),
            ],
        )?;
        Ok(id)
    }
}

fn rate(card: &RateCard, kind: &Key) -> Result<Money, Failure> {
    let rate = card.labor.get(kind).map(|rate| rate.per_hour);
    rate.ok_or_else(|| {
        let known: Vec<_> = card.labor.keys().map(Key::to_string).collect();
        let detail = "the rate card of the account has no such kind of labor";
        Refusal::new(Code::RateUnknown, detail).at("kind").fact("kinds", known).into()
    })
}

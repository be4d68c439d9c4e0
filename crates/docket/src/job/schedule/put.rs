//! Putting a schedule.

use super::Overlap;
use crate::{
    db::{Tx, args, statements},
    directory::zone,
    door::{Act, Verb},
    failure::{Failure, Fault},
    job::{LATER, NewJob, Terms, claim::micros},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kernel::{
    id::{Id, Tenant},
    job::{KindName, Schedule},
    key::Key,
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::num::{NonZeroU8, NonZeroU16};

statements! {
    SCHEDULE_FIND = "find.sql";
    SCHEDULE_PUT = "put.sql";
}

/// Have a job queued by the calendar, again and again. The name says which
/// schedule is made or changed; put as it stands, nothing changes. Ticks that
/// were missed are done as one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    pub name: Key,
    /// A kind of your own, which begins with `ext.`.
    pub kind: KindName,
    /// Minute, hour, day of month, month and day of week, like `30 6 * * MON-FRI`,
    /// or one of `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly`.
    pub cron: Line<255>,
    /// The IANA time zone whose clocks it goes by; otherwise `UTC`.
    pub zone: Option<Line<64>>,
    /// What every job is handed.
    #[serde(default)]
    pub payload: Map<String, Value>,
    /// The smaller comes first.
    #[serde(default)]
    pub priority: i16,
    /// How often a job is tried before it is dead; otherwise 12 times.
    pub attempts: Option<NonZeroU8>,
    /// How long one attempt may take; otherwise five minutes.
    pub timeout_s: Option<NonZeroU16>,
    /// What a tick does while the job of the one before is not finished.
    #[serde(default)]
    pub overlap: Overlap,
}

#[derive(Debug, Serialize)]
pub struct Scheduled {
    pub name: String,
    pub created: bool,
    pub next_at: Option<Timestamp>,
}

/// What there is of a schedule already.
struct Known {
    cron: String,
    zone: String,
    next_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
}

impl Verb for Put {
    type Done = Scheduled;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Scheduled, Failure> {
        let (tenant, name) = (act.caller.tenant, self.name.as_str());
        let terms = self.terms();
        let job = NewJob::external(&self.kind, terms, &self.payload)?;
        let zone_name = self.zone.as_ref().map_or("UTC", Line::as_str);
        let zone = zone::named(zone_name).map_err(|no| no.at("zone"))?;
        tx.lock("schedule", name);
        let known = find(tx, tenant, name)?;
        let next_at = self.next(tx.now(), zone, zone_name, known.as_ref())?;
        let args = args![
            tenant,
            name,
            self.kind.as_str(),
            self.cron.as_str(),
            zone_name,
            job.payload(),
            terms.priority,
            i64::from(terms.attempts_max),
            micros(terms.timeout),
            self.overlap.name(),
            next_at,
            act.caller.actor,
            tx.now(),
        ];
        tx.put(&SCHEDULE_PUT, args)?;
        tx.ring(LATER);
        act.fact("schedule", name);
        act.fact("kind", self.kind.as_str());
        Ok(Scheduled { name: name.to_owned(), created: known.is_none(), next_at })
    }
}

impl Put {
    fn terms(&self) -> Terms {
        let seconds = |given: NonZeroU16| SignedDuration::from_secs(given.get().into());
        Terms {
            priority: self.priority.into(),
            attempts_max: self.attempts.map_or(Terms::USUAL.attempts_max, |max| max.get().into()),
            timeout: self.timeout_s.map_or(Terms::USUAL.timeout, seconds),
            ..Terms::USUAL
        }
    }

    /// When it ticks next. Put as it stood, it keeps a tick that has come and was
    /// not done yet; and no tick that was done is done again by a clock that is
    /// behind.
    fn next(
        &self,
        now: Timestamp,
        zone: TimeZone,
        zone_name: &str,
        known: Option<&Known>,
    ) -> Result<Option<Timestamp>, Failure> {
        let schedule = Schedule::new(&self.cron, zone, now)
            .map_err(|no| Refusal::new(Code::ScheduleCron, no.to_string()).at("cron"))?;
        let Some(known) = known else { return Ok(schedule.next(now)) };
        if known.cron == self.cron.as_str() && known.zone == zone_name && known.next_at.is_some() {
            return Ok(known.next_at);
        }
        Ok(schedule.next(known.last_at.map_or(now, |last| last.max(now))))
    }
}

fn find(tx: &Tx<'_>, tenant: Id<Tenant>, name: &str) -> Result<Option<Known>, Fault> {
    tx.maybe(&SCHEDULE_FIND, args![tenant, name], |row| {
        let (cron, zone) = (row.get(0)?, row.get(1)?);
        Ok(Known { cron, zone, next_at: row.get(2)?, last_at: row.get(3)? })
    })
}

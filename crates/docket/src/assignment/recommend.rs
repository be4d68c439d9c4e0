//! Who could go: everybody, ranked, or with the reason why not.

use super::fit::{self, Job};
use crate::{
    db::{Snap, args, statements},
    directory::technician::{self, Technician},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    ticket::Ticket,
    visit::{self, Load},
};
use jiff::Timestamp;
use kernel::{
    canonical::{self, Digest},
    hours::{self, Span},
    id::{self, Id, Recommendation, Tenant},
    key::Key,
    refusal::{Code, Refusal},
    window::Window,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::Arc};

statements! {
    RECOMMENDATION_ADD = "recommendation_add.sql";
    RECOMMENDATION_FIND = "recommendation_find.sql";
}

/// Who could go, the best first, and why everybody else could not. The answer
/// is kept, and `assignment.dispatch` can name it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recommend {
    pub ticket: Id<id::Ticket>,
    /// The window to look at, if not the one the ticket is scheduled for.
    pub window: Option<Window>,
}

#[derive(Debug, Serialize)]
struct Recommended {
    recommendation: Id<Recommendation>,
    #[serde(flatten)]
    answer: Answer,
}

/// What is kept. Nobody's name is in it.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    ticket: Id<id::Ticket>,
    window: Window,
    as_of: Timestamp,
    candidates: Vec<Candidate>,
    excluded: Vec<Excluded>,
}

/// Somebody who could go.
#[derive(Debug, Serialize, Deserialize)]
struct Candidate {
    rank: u32,
    technician: Id<id::Technician>,
    why: Why,
}

/// What speaks for a candidate, in the order in which it counts.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Why {
    /// What they have to do on the day of the window; less is better.
    load: Load,
    /// Skills beyond the ones needed. Whoever can do less is sent first, so that
    /// whoever can do more stays free.
    other_skills: usize,
    /// The skills of the work, all of which they have.
    skills: BTreeSet<Key>,
    /// The territory of the site, to which they go; nothing where it has none.
    covers: Option<String>,
}

/// Somebody who could not, and the first reason.
#[derive(Debug, Serialize, Deserialize)]
struct Excluded {
    technician: Id<id::Technician>,
    reason: String,
    detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
}

/// A place in a recommendation; the first is 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rank(pub u32);

impl Look for Recommend {
    fn ticket(&self) -> Option<Id<id::Ticket>> {
        Some(self.ticket)
    }

    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (ticket, _) = sight.the_ticket()?;
        let tenant = sight.caller.tenant;
        let Some(window) = self.window.or(ticket.window) else {
            let detail = "the ticket has no window yet; name one";
            return Err(Refusal::new(Code::WindowMalformed, detail).at("window").into());
        };

        let answer = answer(snap, tenant, ticket, window)?;
        let body = canonical::to_string(&answer)
            .map_err(|cause| Fault::Other(format!("an answer has no canonical form: {cause}")))?;
        let recommendation = named(tenant, &body, snap.now());

        let mut facts = Map::new();
        facts.insert("recommendation".to_owned(), Value::from(recommendation.to_string()));
        facts.insert("candidates".to_owned(), Value::from(answer.candidates.len()));
        facts.insert("excluded".to_owned(), Value::from(answer.excluded.len()));
        let (by, ticket, at) = (sight.caller.actor, ticket.id, snap.now());
        let mut looked = Looked::new(&Recommended { recommendation, answer })?.sensitive(facts);
        looked.keep = Some(Arc::new(move |tx| {
            let (start, end) = (window.start(), window.end());
            let args = args![tenant, recommendation, ticket, start, end, &body, by, at];
            tx.put(&RECOMMENDATION_ADD, args)
        }));
        Ok(looked)
    }
}

fn answer(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    ticket: &Ticket,
    window: Window,
) -> Result<Answer, Failure> {
    technician::foresee_everybody(snap, tenant);
    let job = Job::of(snap, tenant, ticket, window)?;
    let (mut fit, mut excluded) = (Vec::new(), Vec::new());
    let everybody = technician::everybody(snap, tenant)?;
    for technician in &everybody {
        fit::foresee(snap, tenant, technician.id, window);
        visit::foresee_load(snap, tenant, technician.id, day(technician, window)?);
    }
    for technician in everybody {
        match job.unfit(snap, &technician)? {
            None => fit.push((why(snap, &job, &technician)?, technician.id)),
            Some(unfit) => excluded.push(Excluded {
                technician: technician.id,
                reason: unfit.code.name().to_owned(),
                detail: unfit.detail,
                missing: unfit.missing,
            }),
        }
    }
    // Ids break ties, so that the same question has the same answer.
    fit.sort();
    let ranked = (1..).zip(fit);
    let candidates =
        ranked.map(|(rank, (why, technician))| Candidate { rank, technician, why }).collect();
    Ok(Answer { ticket: ticket.id, window, as_of: snap.now(), candidates, excluded })
}

fn why(snap: &Snap<'_>, job: &Job, technician: &Technician) -> Result<Why, Failure> {
    let day = day(technician, job.window)?;
    Ok(Why {
        load: visit::load(snap, job.tenant, technician.id, day)?,
        other_skills: technician.skills.difference(&job.skills).count(),
        skills: job.skills.clone(),
        covers: job.territory.clone(),
    })
}

/// The day of a window, on the clocks of a technician.
fn day(technician: &Technician, window: Window) -> Result<Span, Fault> {
    let zone = technician.time_zone()?;
    let date = zone.to_datetime(window.start()).date();
    hours::day(date, &zone).map_err(|cause| Fault::Other(cause.to_string()))
}

/// A look has no luck to make an id from, and needs none: the id is drawn from
/// what it names, so the same answer at the same moment has the same id.
fn named(tenant: Id<Tenant>, body: &str, now: Timestamp) -> Id<Recommendation> {
    let digest = Digest::of_bytes(format!("{tenant}\n{body}").as_bytes());
    let bits = digest.0.iter().take(10).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    Id::from_parts(u64::try_from(now.as_millisecond()).unwrap_or(0), bits)
}

/// Where a kept answer, for this ticket and window, ranks the technician.
///
/// # Errors
/// `assignment.not_recommended`.
pub(super) fn rank(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<Recommendation>,
    ticket: Id<id::Ticket>,
    window: Window,
    technician: Id<id::Technician>,
) -> Result<Rank, Failure> {
    let args = args![tenant, id, ticket, window.start(), window.end()];
    let kept: Option<Answer> = snap.maybe(&RECOMMENDATION_FIND, args, |row| row.json(0))?;
    let named = kept.into_iter().flat_map(|answer| answer.candidates);
    let mut ranks = named.filter(|one| one.technician == technician).map(|one| Rank(one.rank));
    ranks.next().ok_or_else(|| {
        let detail = format!("`{id}` does not recommend `{technician}` for this window");
        Refusal::new(Code::NotRecommended, detail).at("recommendation").into()
    })
}

//! Delivering: look, have it leave, write down how that ended.
//!
//! Between the second and the third anything may happen, so a letter may leave
//! twice, under the same key. Whatever was written down by somebody else in the
//! meantime stays.

use super::{
    carrier::{Carriers, Letter, NoWay, NotCarried},
    facts,
    next::{self, Next},
    render::{self, Text, Unsaid},
    store::{self, Attempt, Settled, Standing, Waiting},
};
use crate::{
    audit::{Recorded, record::by_docket},
    db::{Committed, Db, Snap, Tx},
    failure::{Failure, Fault},
    job::{
        self, Kind, NewJob,
        work::{Done, Run, Stop},
    },
    message::{self, Direction, Message},
};
use jiff::Timestamp;
use kernel::id::{self, Id, Outgoing, Tenant};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// What became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Went {
    /// It ended like this, and will not be tried again.
    Ended(Standing),
    /// It waits to be tried again.
    Again { at: Timestamp },
    /// It does not wait.
    Elsewhere,
    /// Somebody else has tried it in the meantime.
    Overtaken,
}

/// Delivers one text. The outbox itself counts the attempts and says when the
/// next is due; until then the job is put off, which is no attempt of its own.
pub(crate) static DELIVER: Kind = Kind::new("outgoing.deliver");

#[derive(Debug, Serialize, Deserialize)]
struct Deliver {
    outgoing: Id<Outgoing>,
}

/// Has a text delivered that waits from this transaction on.
pub(super) fn queue(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    outgoing: Id<Outgoing>,
) -> Result<(), Failure> {
    job::enqueue(tx, tenant, NewJob::new(&DELIVER, &Deliver { outgoing })?)?;
    Ok(())
}

/// Does the job. How the text left is written down on its own, because that is
/// so whoever holds the job by then; done again, the job finds that it no longer
/// waits.
pub(crate) async fn deliver(carriers: Carriers, run: Run) -> Result<Done, Stop> {
    let Deliver { outgoing } = run.payload()?;
    match deliver_one(&run.db, &carriers, run.job.tenant, outgoing).await? {
        Went::Ended(standing) => Done::with(&json!({ "standing": standing.name() })),
        Went::Again { at } => Ok(Done::Snooze(at)),
        Went::Elsewhere => Ok(Done::Finished),
        Went::Overtaken => Ok(Done::Snooze(run.db.clock().now())),
    }
}

/// Delivers one text, if it waits and is due. Done twice at once, it may leave twice and
/// is written down once.
///
/// # Errors
/// If the database does not answer.
pub(crate) async fn deliver_one(
    db: &Db,
    carriers: &Carriers,
    tenant: Id<Tenant>,
    id: Id<Outgoing>,
) -> Result<Went, Failure> {
    let looked = db.read(tenant, move |snap| look(snap, tenant, id)).await?;
    let Some(Looked { waiting, text, at }) = looked else { return Ok(Went::Elsewhere) };
    if waiting.next_at > at {
        return Ok(Went::Again { at: waiting.next_at });
    }
    let tried = attempt(&waiting, text, at, carriers).await;
    let (tries_max, done) = (carriers.attempts_max(), Arc::new((waiting, tried)));
    let went = db.write(tenant, move |tx| commit(tx, &done.0, &done.1, tries_max)).await?;
    if went == Went::Ended(Standing::Dead) {
        tracing::warn!(outgoing = %id, "the text `{id}` is dead");
    }
    Ok(went)
}

/// A text that waits, and what it would say now.
struct Looked {
    waiting: Waiting,
    text: Result<Text, Unsaid>,
    at: Timestamp,
}

fn look(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<Outgoing>) -> Result<Option<Looked>, Failure> {
    let Some(waiting) = store::waiting(snap, tenant, id)? else { return Ok(None) };
    let text = match (waiting.receipt, &waiting.words) {
        (None, Some(words)) => {
            let subject = format!("Your service call {}", waiting.ticket);
            Ok(Text { subject, body: words.clone() })
        }
        _ => match facts::gather(snap, &waiting)? {
            Some(facts) => render::render(waiting.kind, &facts),
            None => Err(Unsaid::Unproven),
        },
    };
    Ok(Some(Looked { waiting, text, at: snap.now() }))
}

/// How an attempt went.
enum Tried {
    /// It was not even tried.
    Not(Standing, Option<&'static str>),
    Carried {
        carrier: &'static str,
        letter: Box<Letter>,
        how: Result<(), NotCarried>,
    },
}

async fn attempt(
    waiting: &Waiting,
    text: Result<Text, Unsaid>,
    at: Timestamp,
    carriers: &Carriers,
) -> Tried {
    let text = match text {
        Ok(text) => text,
        Err(Unsaid::Stale(stale)) => return Tried::Not(Standing::Superseded, Some(stale.name())),
        Err(Unsaid::Unproven) => return Tried::Not(Standing::Dead, Some("receipt.unproven")),
    };
    let (to, carrier) = match carriers.way(waiting) {
        Ok(way) => way,
        Err(NoWay::NoAddress) => return Tried::Not(Standing::NoAddress, None),
        Err(NoWay::NoCarrier) => return Tried::Not(Standing::NoCarrier, None),
    };
    let letter = Letter {
        tenant: waiting.tenant,
        id: waiting.id,
        ticket: waiting.ticket,
        contact: waiting.contact,
        receipt: waiting.receipt,
        kind: waiting.kind,
        to,
        subject: text.subject,
        body: text.body,
        queued_at: waiting.queued_at,
        at,
    };
    let how = carrier.carry(&letter).await;
    Tried::Carried { carrier: carrier.name(), letter: Box::new(letter), how }
}

fn commit(tx: &mut Tx<'_>, waiting: &Waiting, tried: &Tried, tries_max: i64) -> Committed<Went> {
    match write_down(tx, waiting, tried, tries_max) {
        Ok(Some((went, recorded))) => Committed::Changed(went, recorded),
        Ok(None) => Committed::Unchanged(Went::Overtaken),
        Err(fault) => Committed::Failed(fault.into()),
    }
}

/// Writes down how it went; nothing, if somebody else has.
fn write_down(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    tried: &Tried,
    tries_max: i64,
) -> Result<Option<(Went, Recorded)>, Fault> {
    let (settled, went) = settled(waiting, tried, tries_max, tx.now(), tx.luck());
    if !store::settle(tx, waiting, &settled)? {
        return Ok(None);
    }
    let mut message = None;
    if let Tried::Carried { carrier, letter, how } = tried {
        let (ended, error) = match how {
            Ok(()) => ("sent", None),
            Err(not) => (not.how.name(), Some(not.code.as_str())),
        };
        let number = settled.attempts;
        store::attempted(tx, waiting, &Attempt { number, carrier, ended, error })?;
        if how.is_ok() {
            message = keep(tx, waiting, letter)?;
        }
    }
    record(tx, waiting, &settled, message).map(|recorded| Some((went, recorded)))
}

/// How things stand from now on.
fn settled<'a>(
    waiting: &Waiting,
    tried: &'a Tried,
    tries_max: i64,
    now: Timestamp,
    luck: u128,
) -> (Settled<'a>, Went) {
    let (carrier, how) = match tried {
        Tried::Not(standing, reason) => {
            return (ended(waiting, *standing, *reason), Went::Ended(*standing));
        }
        Tried::Carried { carrier, how, .. } => (*carrier, how),
    };
    let number = waiting.attempts.saturating_add(1);
    let counted = number.saturating_sub(waiting.forgiven);
    let (standing, reason, at) = match how {
        Ok(()) => (Standing::Delivered, None, now),
        Err(not) => match next::after(not, counted, tries_max, now, luck) {
            Next::Dead => (Standing::Dead, Some(not.code.as_str()), now),
            Next::Again { at } => (Standing::Waiting, Some(not.code.as_str()), at),
        },
    };
    let settled = Settled {
        attempts: number,
        next_at: at,
        carrier: Some(carrier),
        ..ended(waiting, standing, reason)
    };
    let again = standing == Standing::Waiting;
    (settled, if again { Went::Again { at } } else { Went::Ended(standing) })
}

/// How a text stands that no carrier was asked to take.
fn ended<'a>(waiting: &Waiting, standing: Standing, reason: Option<&'a str>) -> Settled<'a> {
    Settled {
        standing,
        reason,
        carrier: None,
        attempts: waiting.attempts,
        next_at: waiting.queued_at,
        forget: standing.needs_no_words(waiting.kind),
    }
}

/// Keeps what was really said as a message of the ticket, unless nobody may
/// read it or it was kept when it was queued.
fn keep(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    letter: &Letter,
) -> Result<Option<Id<id::Message>>, Fault> {
    if waiting.kind.is_secret() || waiting.receipt.is_none() {
        return Ok(None);
    }
    let message = Message {
        ticket: waiting.ticket,
        direction: Direction::Out,
        channel: letter.to.channel(),
        external: None,
        contact: waiting.contact,
        raw: &letter.body,
    };
    message::keep_as(tx, waiting.tenant, None, &message).map(Some)
}

fn record(
    tx: &mut Tx<'_>,
    waiting: &Waiting,
    settled: &Settled<'_>,
    message: Option<Id<id::Message>>,
) -> Result<Recorded, Fault> {
    let mut entry = by_docket(waiting.tenant, tx.new_id(), tx.now(), "outgoing.deliver");
    entry.ticket = Some(waiting.ticket);
    entry.subjects = vec![waiting.id.to_string()];
    entry.subjects.extend(waiting.receipt.map(|receipt| receipt.to_string()));
    entry.subjects.extend(message.map(|message| message.to_string()));
    let mut fact =
        |name: &str, value: serde_json::Value| entry.payload.insert(name.to_owned(), value);
    fact("kind", waiting.kind.name().into());
    fact("standing", settled.standing.name().into());
    fact("attempts", settled.attempts.into());
    if let Some(reason) = settled.reason {
        fact("reason", reason.into());
    }
    if let Some(carrier) = settled.carrier {
        fact("carrier", carrier.into());
    }
    tx.record(&entry)
}

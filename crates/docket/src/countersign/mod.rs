//! Two voices: what one person alone may not do.
//!
//! The first call of such a tool checks everything, changes nothing and leaves
//! an id. A second person makes the same call with that id, and only then is it
//! done:
//!
//! ```text
//!   A  ticket.force_close {reason}                     -> csg_…, waits 30 minutes
//!   B  ticket.force_close {reason, countersign: csg_…} -> closed
//! ```
//!
//! What must stay true:
//!
//! * The second person is nobody who is, or acts for, the first.
//! * Both said the same: the second call differs only in the id.
//! * A voice is about the ticket as it stood; a step of the ticket voids it.
//! * It counts once.
//!
//! A verb checks its own rules first, both times, and calls [`ask_or_confirm`]
//! before it writes. Its input names the id in a field that is not serialised,
//! so that what it hands over is everything else:
//!
//! ```text
//! #[serde(skip_serializing)]
//! pub countersign: Option<Id<Countersign>>,
//! ```

use crate::{
    db::{Tx, args, statements},
    door::Act,
    failure::{Failure, Fault},
    ticket::Ticket,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    canonical::{self, Digest},
    id::{Countersign, Id, Principal},
    refusal::{Code, Refusal},
    role::Role,
};
use serde::Serialize;

statements! {
    COUNTERSIGN_ADD = "add.sql";
    COUNTERSIGN_WAITING = "waiting.sql";
    COUNTERSIGN_CONFIRM = "confirm.sql";
}

/// How long the first voice waits.
const WAITS: SignedDuration = SignedDuration::from_mins(30);

/// Which of the two voices a call was.
pub(crate) enum Voice {
    /// The first: nothing may be done yet.
    First(Asked),
    /// The second: it is done now, and this is who asked for it.
    Second(First),
}

/// The answer to the first voice.
#[derive(Debug, Serialize)]
pub struct Asked {
    pub countersign: Id<Countersign>,
    /// The roles one of which the second person needs.
    pub waits_for: Vec<Role>,
    pub expires_at: Timestamp,
}

/// Who spoke first.
#[derive(Clone, Debug)]
pub(crate) struct First {
    pub by: Id<Principal>,
    pub on_behalf_of: Option<Id<Principal>>,
}

/// What a verb for two people answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Confirmed<T> {
    Asked(Asked),
    Done(T),
}

/// Takes this call as the first voice, or, where it names one, as the second.
///
/// `said` is the input of the call without the id of the first voice.
///
/// # Errors
/// `countersign.unknown`, `countersign.expired` or `approval.second_person`.
pub(crate) fn ask_or_confirm(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: &Ticket,
    countersign: Option<Id<Countersign>>,
    said: &impl Serialize,
) -> Result<Voice, Failure> {
    let input = canonical::to_string(said)
        .map_err(|cause| Fault::Other(format!("an input cannot be digested: {cause}")))?;
    match countersign {
        None => ask(tx, act, ticket, &input).map(Voice::First),
        Some(id) => confirm(tx, act, ticket, id, &input).map(Voice::Second),
    }
}

fn ask(tx: &mut Tx<'_>, act: &mut Act<'_>, ticket: &Ticket, input: &str) -> Result<Asked, Failure> {
    let contract = act.tool.contract();
    let waits_for = act.tool.roles().iter();
    let asked = Asked {
        countersign: tx.new_id(),
        waits_for: waits_for.filter(|r| contract.from_for(*r).contains(ticket.state())).collect(),
        expires_at: tx.now().checked_add(WAITS).unwrap_or(Timestamp::MAX),
    };

    tx.put(
        &COUNTERSIGN_ADD,
        args![
            act.caller.tenant,
            asked.countersign,
            ticket.id,
            ticket.version,
            act.tool.name(),
            Digest::of_bytes(input.as_bytes()).to_string(),
            input,
            act.caller.actor,
            act.caller.on_behalf_of,
            tx.now(),
            asked.expires_at,
        ],
    )?;
    act.subject(asked.countersign);
    act.fact("voice", "first");
    Ok(asked)
}

fn confirm(
    tx: &mut Tx<'_>,
    act: &mut Act<'_>,
    ticket: &Ticket,
    id: Id<Countersign>,
    input: &str,
) -> Result<First, Failure> {
    let digest = Digest::of_bytes(input.as_bytes()).to_string();
    let args = args![act.caller.tenant, id, ticket.id, act.tool.name(), digest];
    let waiting = tx.maybe(&COUNTERSIGN_WAITING, args, |row| {
        let first = First { by: row.get(0)?, on_behalf_of: row.get(1)? };
        Ok((first, row.get::<Timestamp>(2)?, row.get::<bool>(3)?))
    })?;
    let Some((first, expires_at, moved)) = waiting else {
        let detail = format!("nobody waits with `{id}` for a second person to say exactly this");
        return Err(Refusal::new(Code::CountersignUnknown, detail).at("countersign").into());
    };
    if moved || tx.now() >= expires_at {
        let why = if moved { "the ticket has moved on since" } else { "it has waited too long" };
        let detail = format!("`{id}` no longer counts: {why}");
        return Err(Refusal::new(Code::CountersignExpired, detail).at("countersign").into());
    }
    if act.caller.is_any_of(&first.selves()) {
        let detail = "the second person is the first, or acts for them";
        return Err(Refusal::new(Code::SecondPersonNeeded, detail).into());
    }

    tx.put_one(&COUNTERSIGN_CONFIRM, args![act.caller.tenant, id, act.caller.actor, tx.now()])?;
    act.subject(id);
    act.fact("voice", "second");
    act.fact("first_voice", first.by.to_string());
    Ok(first)
}

impl First {
    /// Both names under which the first person counts.
    pub fn selves(&self) -> Vec<Id<Principal>> {
        [Some(self.by), self.on_behalf_of].into_iter().flatten().collect()
    }
}

//! Commands: what changes something.

use super::{Act, Answer, Call, Denied, Door, authorise, idempotency, refuse, tools};
use crate::{
    audit::Recorded,
    db::{Committed, Tx},
    failure::{Failure, Fault},
    identity::Caller,
    ticket::{self, Ticket},
};
use kernel::{
    audit::Outcome,
    canonical::{self, Digest},
    id::{self, Id},
    refusal::{Code, Refusal},
    role::Role,
    state::State,
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// A command about the tenant, as its file in a slice implements it.
pub trait Verb: DeserializeOwned + JsonSchema + Send + 'static {
    /// What happened, as the caller reads it.
    type Done: Serialize;

    /// Gathers, decides and writes. A refusal undoes whatever was written.
    ///
    /// # Errors
    /// A refusal of the verb, or a fault.
    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Self::Done, Failure>;
}

/// A command that makes a ticket.
pub trait NewTicket: DeserializeOwned + JsonSchema + Send + 'static {
    type Done: Serialize;

    /// # Errors
    /// See [`Verb::run`].
    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<(Ticket, Self::Done), Failure>;
}

/// A command on a ticket that exists. The door has loaded the ticket, and saves
/// it when the verb is done with it.
pub trait OnTicket: DeserializeOwned + JsonSchema + Send + 'static {
    type Done: Serialize;

    /// What has to be found out before the transaction, because it is slow.
    const BEFORE: Before = Before::Nothing;

    fn ticket(&self) -> Id<id::Ticket>;

    /// # Errors
    /// See [`Verb::run`].
    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Self::Done, Failure>;
}

/// Slow work that a verb needs done before its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    Nothing,
    /// Read the bytes of all evidence of the ticket again and compare digests.
    Reread,
}

/// What stays of a refused command besides its entry.
pub type Aftermath = Box<dyn FnOnce(&mut Tx<'_>) -> Result<(), Fault> + Send>;

type Run<A> = Box<dyn FnOnce(&mut Tx<'_>, &mut Act<'_>) -> Result<A, Failure> + Send>;
type RunOn =
    Box<dyn FnOnce(&mut Tx<'_>, &mut Act<'_>, &mut Ticket) -> Result<Value, Failure> + Send>;

/// A command whose input has been read, without its types, so that the way
/// through the door is compiled once.
pub enum Command {
    Tenant(Run<Value>),
    NewTicket(Run<(Ticket, Value)>),
    OnTicket { ticket: Id<id::Ticket>, before: Before, run: RunOn },
}

impl Command {
    pub(super) fn verb<V: Verb>(input: &[u8]) -> Result<Self, Failure> {
        let verb: V = super::parse(input)?;
        let run =
            |tx: &mut Tx<'_>, act: &mut Act<'_>| Ok(serde_json::to_value(verb.run(tx, act)?)?);
        Ok(Self::Tenant(Box::new(run)))
    }

    pub(super) fn new_ticket<V: NewTicket>(input: &[u8]) -> Result<Self, Failure> {
        let verb: V = super::parse(input)?;
        let run = |tx: &mut Tx<'_>, act: &mut Act<'_>| {
            let (ticket, done) = verb.run(tx, act)?;
            Ok((ticket, serde_json::to_value(done)?))
        };
        Ok(Self::NewTicket(Box::new(run)))
    }

    pub(super) fn on_ticket<V: OnTicket>(input: &[u8]) -> Result<Self, Failure> {
        let verb: V = super::parse(input)?;
        let ticket = verb.ticket();
        let run = |tx: &mut Tx<'_>, act: &mut Act<'_>, ticket: &mut Ticket| {
            Ok(serde_json::to_value(verb.run(tx, act, ticket)?)?)
        };
        Ok(Self::OnTicket { ticket, before: V::BEFORE, run: Box::new(run) })
    }

    fn ticket(&self) -> Option<Id<id::Ticket>> {
        if let Self::OnTicket { ticket, .. } = self { Some(*ticket) } else { None }
    }
}

/// What a command left behind, for its entry and its answer.
struct Done {
    result: Value,
    role: Role,
    ticket: Option<Ticket>,
    before: Option<State>,
    created: bool,
}

/// A call that is well made: its input read, its key and version there.
struct Admitted {
    command: Command,
    input: Digest,
    key: String,
}

impl Door {
    pub(super) async fn command(&self, caller: &Caller, call: Call) -> Result<Answer, Denied> {
        let admitted = match admit(&call) {
            Ok(admitted) => admitted,
            Err(Failure::Refused(refusal)) => {
                return Err(self.refuse(caller, &call, None, refusal).await);
            }
            Err(Failure::Broke(fault)) => return Err(fault.into()),
        };
        let ticket = admitted.command.ticket();
        let caller = caller.clone();
        let wrote = self.db().write(move |tx| commit(tx, &caller, &call, admitted));
        match wrote.await? {
            Ok(answer) => Ok(answer),
            Err((refusal, entry)) => {
                tracing::debug!(ticket = ?ticket, code = refusal.code.name(), "refused");
                Err(Denied::Refused(refusal, Some(entry)))
            }
        }
    }
}

/// Reads the input and checks what comes with it.
fn admit(call: &Call) -> Result<Admitted, Failure> {
    let command = tools::command(call.tool, &call.input)?;
    let value: Value = super::parse(&call.input)?;
    let input = canonical::digest_of(&value)
        .map_err(|no| Refusal::new(Code::InputMalformed, no.to_string()))?;
    let key = idempotency::key(call)?;
    if command.ticket().is_some() && call.if_match.is_none() {
        let detail = "a command on a ticket names the version it is meant for";
        return Err(Refusal::new(Code::VersionMissing, detail).into());
    }
    Ok(Admitted { command, input, key })
}

type Committing = Committed<Result<Answer, (Box<Refusal>, Id<id::Entry>)>>;

/// One command in its transaction: carried out and recorded, or refused and recorded.
fn commit(tx: &mut Tx<'_>, caller: &Caller, call: &Call, admitted: Admitted) -> Committing {
    let Admitted { command, input, key } = admitted;
    let mut act = Act::new(caller, call.tool, tx.new_id());
    let on = command.ticket();
    let tried = carry_out(tx, call, &mut act, command, input, &key);
    let ended = match tried {
        Ok(Ended::Changed(answer, recorded)) => Ok(Committed::Changed(Ok(answer), recorded)),
        Ok(Ended::Replayed(answer)) => Ok(Committed::Unchanged(Ok(answer))),
        Err(Failure::Refused(refusal)) => refused(tx, call, act, on, refusal),
        Err(Failure::Broke(fault)) => Err(fault),
    };
    ended.unwrap_or_else(|fault| Committed::Failed(fault.into()))
}

fn refused(
    tx: &mut Tx<'_>,
    call: &Call,
    mut act: Act<'_>,
    on: Option<Id<id::Ticket>>,
    refusal: Box<Refusal>,
) -> Result<Committing, Fault> {
    tx.undo()?;
    if let Some(aftermath) = act.aftermath.take() {
        aftermath(tx)?;
    }
    let entry = refuse::entry(act.caller, call, act.entry, tx.now(), on, &refusal);
    let recorded = tx.record(&entry)?;
    Ok(Committed::Changed(Err((refusal, act.entry)), recorded))
}

enum Ended {
    Changed(Answer, Recorded),
    Replayed(Answer),
}

fn carry_out(
    tx: &mut Tx<'_>,
    call: &Call,
    act: &mut Act<'_>,
    command: Command,
    input: Digest,
    key: &str,
) -> Result<Ended, Failure> {
    let mut ticket = match command.ticket() {
        Some(id) => Some(ticket::seen(tx, act.caller, id)?),
        None => None,
    };
    if let Some(answer) = idempotency::replay(tx, act.caller, call.tool, key, input)? {
        return Ok(Ended::Replayed(answer));
    }
    let done = run(tx, call, act, command, &mut ticket)?;
    let recorded = record(tx, call, act, &done, input, key)?;
    let answer = answer(act, done);
    idempotency::remember(tx, act, key, input, &answer)?;
    Ok(Ended::Changed(answer, recorded))
}

fn run(
    tx: &mut Tx<'_>,
    call: &Call,
    act: &mut Act<'_>,
    command: Command,
    ticket: &mut Option<Ticket>,
) -> Result<Done, Failure> {
    match (command, ticket.take()) {
        (Command::OnTicket { run, .. }, Some(mut ticket)) => {
            let claim = ticket::claim(tx, act.caller, &ticket)?;
            fresh(call, &ticket)?;
            act.role = authorise::on_ticket(act.caller, call.tool, &ticket, &claim)?;
            let before = ticket.state();
            let result = run(tx, act, &mut ticket)?;
            ticket::save(tx, act, &mut ticket, before)?;
            Ok(Done {
                result,
                role: act.role,
                ticket: Some(ticket),
                before: Some(before),
                created: false,
            })
        }
        (Command::NewTicket(run), _) => {
            let (ticket, result) = run(tx, act)?;
            Ok(Done { result, role: act.role, ticket: Some(ticket), before: None, created: true })
        }
        (Command::Tenant(run), _) => {
            let result = run(tx, act)?;
            Ok(Done { result, role: act.role, ticket: None, before: None, created: false })
        }
        (Command::OnTicket { .. }, None) => {
            Err(Fault::Other("a ticket was not loaded".into()).into())
        }
    }
}

/// Whether the caller has seen the ticket as it is now.
fn fresh(call: &Call, ticket: &Ticket) -> Result<(), Failure> {
    if call.if_match == Some(ticket.version) {
        return Ok(());
    }
    let detail = format!("the ticket is at version {} by now", ticket.version);
    Err(Refusal::new(Code::TicketStale, detail).version(ticket.version).into())
}

fn record(
    tx: &mut Tx<'_>,
    call: &Call,
    act: &mut Act<'_>,
    done: &Done,
    input: Digest,
    key: &str,
) -> Result<Recorded, Failure> {
    let output = canonical::digest_of(&done.result)
        .map_err(|cause| Fault::Other(format!("an answer cannot be digested: {cause}")))?;
    let mut entry = refuse::blank(act.caller, call, act.entry, tx.now(), Outcome::Committed);
    entry.ticket = done.ticket.as_ref().map(|ticket| ticket.id);
    entry.before = done.before;
    entry.after = done.ticket.as_ref().map(Ticket::state);
    entry.request = Some(Digest::of_bytes(key.as_bytes()));
    entry.input = Some(input);
    entry.output = Some(output);
    entry.subjects = std::mem::take(&mut act.subjects);
    entry.payload = std::mem::take(&mut act.facts);
    Ok(tx.record(&entry)?)
}

fn answer(act: &Act<'_>, done: Done) -> Answer {
    let mut body = json!({ "entry": act.entry, "result": done.result });
    if let Some(ticket) = &done.ticket {
        body["ticket"] = json!({
            "id": ticket.id,
            "version": ticket.version,
            "state": ticket.state(),
            "phase": ticket.phase(),
        });
    }
    Answer {
        body: body.to_string(),
        created: done.created,
        version: done.ticket.map(|ticket| ticket.version),
        replayed: false,
    }
}

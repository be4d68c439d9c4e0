//! Commands: what changes something.

use super::{
    Act, Answer, Before, Call, Command, Denied, Door, authorise, idempotency,
    order::{Beside, Order, ask_ahead},
    refuse, tools,
};
use crate::{
    audit::Recorded,
    db::{Committed, Snap, Turns, Tx},
    evidence::{self, Reread},
    failure::{Failure, Fault},
    identity::Caller,
    packet,
    ticket::{self, Ticket},
};
use kernel::{
    audit::Outcome,
    canonical::{self, Digest},
    id::{self, Id},
    refusal::{Code, Refusal},
    state::State,
};
use serde_json::{Value, json};

/// What stays of a refused command besides its entry.
pub type Aftermath = Box<dyn FnOnce(&mut Tx<'_>) -> Result<(), Fault> + Send>;

/// What a command left behind, for its entry and its answer.
struct Done {
    result: Value,
    ticket: Option<Ticket>,
    before: Option<State>,
    created: bool,
}

impl Done {
    /// The same but for a field of the result.
    fn without(&self, field: &str) -> Self {
        let mut result = self.result.clone();
        result[field] = Value::Null;
        Self { result, ticket: self.ticket.clone(), before: self.before, created: self.created }
    }
}

/// A call that is well made: its input read, its key and version there.
pub(super) struct Admitted {
    pub command: Command,
    pub input: Digest,
    pub key: String,
}

impl Door {
    /// Carries a command out, from the beginning again where another was in its way.
    pub(super) async fn command(&self, caller: &Caller, call: Call) -> Result<Answer, Denied> {
        let mut turns = Turns::default();
        loop {
            match self.command_once(caller, &call, &turns).await {
                Err(Denied::Broke(fault)) if turns.again(&fault).await => {}
                ended => return ended.map_err(Denied::at_last),
            }
        }
    }

    async fn command_once(
        &self,
        caller: &Caller,
        call: &Call,
        turns: &Turns,
    ) -> Result<Answer, Denied> {
        let admitted = match admit(call) {
            Ok(admitted) => admitted,
            Err(Failure::Refused(refusal)) => {
                return Err(self.refuse(caller, call, None, refusal).await);
            }
            Err(Failure::Broke(fault)) => return Err(fault.into()),
        };
        let (before, on) = (admitted.command.before(), admitted.command.ticket());
        let reread = self.prepare(caller, call, before, on).await?;
        let answer = self.carry(caller, call, turns, admitted, reread).await?;
        self.follow_up(caller, call, on).await;
        Ok(answer)
    }

    /// Does the slow work of a call, if it has a chance: whoever will be
    /// refused anyway does not make us read all evidence first.
    pub(super) async fn prepare(
        &self,
        caller: &Caller,
        call: &Call,
        before: Before,
        on: Option<Id<id::Ticket>>,
    ) -> Result<Option<Reread>, Denied> {
        let (Some(ticket), true) = (on, before != Before::Nothing) else { return Ok(None) };
        let (who, what) = (caller.clone(), call.clone());
        let may = self.db().read(caller.tenant, move |snap| may(snap, &who, &what, ticket));
        match may.await {
            Ok(()) => {}
            Err(Failure::Refused(_)) => return Ok(None),
            Err(Failure::Broke(fault)) => return Err(fault.into()),
        }
        if before == Before::Packet {
            let db = self.db().because_of(call.cause());
            packet::make_missing(&db, self.seal(), caller.tenant, ticket).await?;
            return Ok(None);
        }
        Ok(Some(Reread::of(self.db(), self.store(), caller.tenant, ticket).await?))
    }

    /// One command in one transaction.
    ///
    /// # Errors
    /// A refusal, or a fault: [`Fault::Moved`], if it has to be begun again.
    pub(super) async fn carry(
        &self,
        caller: &Caller,
        call: &Call,
        turns: &Turns,
        admitted: Admitted,
        reread: Option<Reread>,
    ) -> Result<Answer, Denied> {
        let ticket = admitted.command.ticket();
        let (tenant, db) = (caller.tenant, self.db().because_of(call.cause()));
        let beside = Beside { reread, keys: self.policy_keys().cloned() };
        let order = Order { caller: caller.clone(), call: call.clone(), admitted, beside };
        let wrote = db.write_once(tenant, turns, order);
        match wrote.await? {
            Went::Answered(answer) => Ok(answer),
            Went::Refused(refusal, entry) => {
                tracing::debug!(ticket = ?ticket, code = refusal.code.name(), "refused");
                Err(Denied::Refused(refusal, Some(entry)))
            }
        }
    }

    /// Makes the packet of a ticket that this command closed. The ticket is
    /// closed by now, so a fault here is logged and not answered: the job, or
    /// whoever asks for the packet first, makes it.
    async fn follow_up(&self, caller: &Caller, call: &Call, on: Option<Id<id::Ticket>>) {
        if !call.tool.to().contains(State::Closed) {
            return;
        }
        let Some(ticket) = on else { return };
        let db = self.db().because_of(call.cause());
        if let Err(fault) = packet::make_missing(&db, self.seal(), caller.tenant, ticket).await
            && !fault.passes()
        {
            let error = kernel::refusal::Chain(&fault).to_string();
            tracing::error!(ticket = ?on, error, "a packet was not made");
        }
    }
}

/// Whether the call would get as far as its verb.
fn may(
    snap: &Snap<'_>,
    caller: &Caller,
    call: &Call,
    ticket: Id<id::Ticket>,
) -> Result<(), Failure> {
    let ticket = ticket::seen(snap, caller, ticket)?;
    let claim = ticket::claim(snap, caller, &ticket)?;
    if call.tool.is_command() {
        fresh(call, &ticket)?;
    }
    authorise::on_ticket(caller, call.tool, &ticket, &claim)?;
    Ok(())
}

/// Reads the input and checks what comes with it.
pub(super) fn admit(call: &Call) -> Result<Admitted, Failure> {
    let command = tools::command(call.tool, &call.input)?;
    super::shape::check(call.tool, &call.input)?;
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

pub(super) enum Went {
    Answered(Answer),
    Refused(Box<Refusal>, Id<id::Entry>),
}

/// One command in its transaction: carried out and recorded, or refused and recorded.
pub(super) fn commit(
    tx: &mut Tx<'_>,
    caller: &Caller,
    call: &Call,
    admitted: Admitted,
    beside: Beside,
) -> Committed<Went> {
    let Admitted { command, input, key } = admitted;
    let mut act = Act::new(caller, call.tool, tx.new_id());
    (act.reread, act.keys) = (beside.reread, beside.keys);
    let on = command.ticket();
    let tried = carry_out(tx, call, &mut act, command, input, &key);
    let ended = match tried {
        Ok(Ended::Changed(answer, recorded)) => {
            Ok(Committed::Changed(Went::Answered(answer), recorded))
        }
        Ok(Ended::Replayed(answer)) => Ok(Committed::Unchanged(Went::Answered(answer))),
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
) -> Result<Committed<Went>, Fault> {
    tx.undo()?;
    if let Some(aftermath) = act.aftermath.take() {
        aftermath(tx)?;
    }
    let mut entry = refuse::entry(act.caller, call, act.entry, tx.now(), on, &refusal);
    // What the verb found out before it refused, such as the call this repeats.
    // Whatever ids it made are undone with the rest and are not named.
    entry.payload = std::mem::take(&mut act.facts);
    entry.policy = act.policy;
    let recorded = tx.record(&entry)?;
    Ok(Committed::Changed(Went::Refused(refusal, act.entry), recorded))
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
    ask_ahead(tx, act.caller, call, &command, key);
    let mut ticket = match command.ticket() {
        Some(id) => Some(ticket::seen_in_turn(tx, act.caller, id)?),
        None => None,
    };
    if let Some(answer) = idempotency::replay(tx, act.caller, call.tool, key, input)? {
        return Ok(Ended::Replayed(answer));
    }
    let done = run(tx, call, act, command, &mut ticket)?;
    if act.unrecorded {
        return Ok(Ended::Changed(answer(act, done), Recorded::by_the_jobs()));
    }
    let recorded = record(tx, call, act, &done, input, key)?;
    let kept = act.once.map(|secret| answer(act, done.without(secret)));
    let answer = answer(act, done);
    idempotency::remember(tx, act, key, input, kept.as_ref().unwrap_or(&answer))?;
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
        (Command::OnTicket { verb, before: prepared, .. }, Some(mut ticket)) => {
            let claim = ticket::claim(tx, act.caller, &ticket)?;
            fresh(call, &ticket)?;
            act.role = authorise::on_ticket(act.caller, call.tool, &ticket, &claim)?;
            verb.ask_ahead(tx, act.caller, &ticket);
            ticket::foresee_save(tx, act, &ticket);
            if !is_prepared(tx, act, prepared, &ticket)? {
                let text = "what was found out before is not about the ticket as it is now";
                return Err(Fault::Moved(text.to_owned()).into());
            }
            let before = ticket.state();
            let result = verb.carry_out(tx, act, &mut ticket)?;
            ticket::save(tx, act, &mut ticket, before)?;
            Ok(Done { result, ticket: Some(ticket), before: Some(before), created: false })
        }
        (Command::NewTicket(verb), _) => {
            let (ticket, result) = verb.carry_out(tx, act)?;
            Ok(Done { result, ticket: Some(ticket), before: None, created: true })
        }
        (Command::Tenant(verb), _) => {
            let result = verb.carry_out(tx, act)?;
            Ok(Done { result, ticket: None, before: None, created: false })
        }
        (Command::OnTicket { .. }, None) => {
            Err(Fault::Other("a ticket was not loaded".into()).into())
        }
    }
}

/// Whether the slow work was done, and on the ticket as it is now.
fn is_prepared(
    tx: &Tx<'_>,
    act: &Act<'_>,
    before: Before,
    ticket: &Ticket,
) -> Result<bool, Failure> {
    let tenant = act.caller.tenant;
    match before {
        Before::Nothing => Ok(true),
        Before::Packet => Ok(packet::missing(tx, tenant, ticket.id)?.is_empty()),
        Before::Reread => {
            let pieces = evidence::of_ticket(tx, tenant, ticket.id)?;
            Ok(act.reread.as_ref().is_some_and(|reread| reread.is_of(&pieces)))
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
    entry.policy = act.policy;
    entry.subjects = std::mem::take(&mut act.subjects);
    entry.payload = std::mem::take(&mut act.facts);
    Ok(tx.record(&entry)?)
}

fn answer(act: &Act<'_>, done: Done) -> Answer {
    let mut body = json!({ "result": done.result });
    if !act.unrecorded {
        body["entry"] = json!(act.entry);
    }
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
        idle: act.idle,
        measured: act.measured.clone(),
    }
}

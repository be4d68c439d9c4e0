//! One call, from its first word to its end: what the people and the agents of
//! the demo do about it. Each step is a call through the door by whoever would
//! take it; Docket decides whether it is taken.

mod office;
mod site;
mod tail;

use super::{
    call::{Course, Incoming},
    cast::{Actor, Cast, No, Reply},
    diary::{Diary, Slot},
    stage::Player,
    town::{Known, Staff, Town, Type},
};
use kernel::{
    id::{self, Id},
    key::Key,
    refusal::{Code, Refusal},
    state::State,
    tool::Tool,
};
use serde_json::{Value, json};

/// One call on its way.
pub struct Play<'a> {
    cast: &'a Cast,
    town: &'a Town,
    diary: &'a Diary,
    player: &'a Player,
    call: &'a Incoming,
    known: Known,
    ticket: Id<id::Ticket>,
    version: i64,
    kind: Option<Key>,
    slot: Option<Slot>,
}

/// How far a call came.
#[derive(Clone, Debug)]
pub enum End {
    /// It is finished: closed or cancelled.
    Finished,
    /// It is the same as one that was there; its words were added to that one.
    Joined(Id<id::Ticket>),
    /// It waits for somebody outside of the demo.
    Waits(Waits),
    /// Something happened that the script does not know. There should be none.
    Lost(String),
}

/// What a call waits for, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    ForAnAnswer,
    ForSomeoneAuthorised,
    ForConfirmation,
    ForApproval,
    ForATechnician,
}

impl Waits {
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ForAnAnswer => "the customer has not answered our questions",
            Self::ForSomeoneAuthorised => "the caller is not on the customer's list",
            Self::ForConfirmation => "the customer has not confirmed an appointment",
            Self::ForApproval => "nobody has decided about more money",
            Self::ForATechnician => "no technician has the skills there",
        }
    }

    /// Whether a ticket that stands there may be waiting for this.
    pub fn fits(self, state: State) -> bool {
        match self {
            Self::ForAnAnswer => state == State::NeedsInfo,
            Self::ForSomeoneAuthorised => matches!(state, State::NeedsInfo | State::Triaged),
            Self::ForConfirmation => state == State::ScheduleProposed,
            Self::ForApproval => state == State::ApprovalRequired,
            Self::ForATechnician => {
                matches!(state, State::ReadyToSchedule | State::ScheduleProposed | State::Scheduled)
            }
        }
    }
}

/// How a call was played: its ticket, if it got one, and its end.
pub struct Played {
    pub ticket: Option<Id<id::Ticket>>,
    pub end: End,
}

/// Plays a call to its end.
pub async fn play(
    cast: &Cast,
    town: &Town,
    diary: &Diary,
    player: &Player,
    call: &Incoming,
) -> Played {
    player.until(call.at).await;
    let (ticket, version) = match office::take_in(cast, town, call).await {
        Ok(office::Taken::New { ticket, version }) => (ticket, version),
        Ok(office::Taken::Known { ticket }) => {
            return Played { ticket: None, end: End::Joined(ticket) };
        }
        Err(no) => return Played { ticket: None, end: lost(no) },
    };
    let known = town.site(&call.place);
    let kind = call.kind.as_ref().map(|kind| kind.key.clone());
    let slot = None;
    let mut play = Play { cast, town, diary, player, call, known, ticket, version, kind, slot };
    let end = play.whole().await.unwrap_or_else(lost);
    Played { ticket: Some(ticket), end }
}

fn lost(no: No) -> End {
    End::Lost(match no {
        No::Refused(refusal) => refusal.to_string(),
        No::Broke(fault) => kernel::refusal::Chain(&fault).to_string(),
    })
}

impl Play<'_> {
    async fn whole(&mut self) -> Result<End, No> {
        self.player.pause(5).await;
        if let Some(end) = self.prepare().await? {
            return Ok(end);
        }
        let mut first = true;
        loop {
            if let Some(end) = self.appoint(first).await? {
                return Ok(end);
            }
            if let Some(end) = self.send(first).await? {
                return Ok(end);
            }
            match self.work(first).await? {
                site::Left::ToComeAgain => first = false,
                site::Left::Waiting => return Ok(End::Waits(Waits::ForApproval)),
                site::Left::Done => return self.close_out().await,
            }
        }
    }

    const fn staff(&self) -> &Staff {
        &self.town.staff
    }

    fn kind(&self) -> Result<&Type, No> {
        let kind = self.kind.as_ref().and_then(|kind| self.town.types.get(kind));
        kind.ok_or_else(|| script("a call without a kind was taken further"))
    }

    /// A command on the ticket. Somebody else may have touched it in between (a
    /// second caller's words were added); then it is read again and tried again.
    async fn act(&mut self, actor: Actor, tool: Tool, input: Value) -> Result<Value, No> {
        for _ in 0..4 {
            match self.once(actor, tool, input.clone()).await {
                Err(No::Refused(refusal)) if refusal.code == Code::TicketStale => {
                    self.look().await?;
                }
                answer => return Ok(answer?.body),
            }
        }
        Err(script("the ticket never stood still"))
    }

    async fn once(&mut self, actor: Actor, tool: Tool, mut input: Value) -> Result<Reply, No> {
        input["ticket"] = json!(self.ticket);
        let reply = self.cast.call(actor, tool, &input, Some(self.version)).await?;
        self.version = reply.version.unwrap_or(self.version);
        Ok(reply)
    }

    /// A command that will be refused, and for which rule.
    async fn refused(
        &mut self,
        actor: Actor,
        tool: Tool,
        input: Value,
        code: Code,
    ) -> Result<Box<Refusal>, No> {
        match self.act(actor, tool, input).await {
            Err(No::Refused(refusal)) if refusal.code == code => Ok(refusal),
            Err(no) => Err(no),
            Ok(_) => Err(script(&format!("`{tool}` should have been refused"))),
        }
    }

    /// A look at the ticket.
    async fn ask(&self, actor: Actor, tool: Tool, mut input: Value) -> Result<Value, No> {
        input["ticket"] = json!(self.ticket);
        Ok(self.cast.call(actor, tool, &input, None).await?.body)
    }

    async fn look(&mut self) -> Result<Value, No> {
        let seen = self.ask(self.staff().dispatcher, Tool::TicketGet, json!({})).await?;
        self.version = seen["version"].as_i64().unwrap_or(self.version);
        Ok(seen)
    }

    async fn state(&mut self) -> Result<State, No> {
        let mut seen = self.look().await?;
        Ok(serde_json::from_value(seen["state"].take())?)
    }
}

/// The script of the demo is wrong; not Docket, and not the file.
pub(super) fn script(what: &str) -> No {
    No::Broke(crate::failure::Fault::Other(what.to_owned()))
}

/// Dollars, as JSON.
pub(super) fn dollars(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "USD" })
}

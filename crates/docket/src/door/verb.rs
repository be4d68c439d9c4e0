//! What the verbs of a slice are to the door.

use super::Act;
use crate::{db::Tx, failure::Failure, identity::Caller, ticket::Ticket};
use kernel::id::{self, Id};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A command about the tenant, as its file in a slice implements it.
pub trait Verb: DeserializeOwned + JsonSchema + Send + 'static {
    /// What happened, as the caller reads it.
    type Done: Serialize;

    /// Asks ahead for what the verb is going to ask ([`Tx::foresee`]), once it
    /// has taken the locks it takes before. Nothing depends on it but time.
    fn foresee(&self, _: &mut Tx<'_>, _: &Caller) {}

    /// Gathers, decides and writes. A refusal undoes whatever was written.
    ///
    /// # Errors
    /// A refusal of the verb, or a fault.
    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Self::Done, Failure>;
}

/// A command that makes a ticket.
pub trait NewTicket: DeserializeOwned + JsonSchema + Send + 'static {
    type Done: Serialize;

    /// See [`Verb::foresee`].
    fn foresee(&self, _: &mut Tx<'_>, _: &Caller) {}

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

    /// See [`Verb::foresee`].
    fn foresee(&self, _: &mut Tx<'_>, _: &Caller, _: &Ticket) {}

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
    /// Make the packets of the ticket's closures that have none yet.
    Packet,
}

/// A command whose input has been read, without its types, so that the way
/// through the door is compiled once.
pub enum Command {
    Tenant(Box<dyn Run<Value>>),
    NewTicket(Box<dyn Run<(Ticket, Value)>>),
    OnTicket { ticket: Id<id::Ticket>, before: Before, verb: Box<dyn RunOn> },
}

/// A command that is about no ticket there is.
pub trait Run<A>: Send {
    fn ask_ahead(&self, tx: &mut Tx<'_>, caller: &Caller);

    /// # Errors
    /// See [`Verb::run`].
    fn carry_out(self: Box<Self>, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<A, Failure>;
}

/// A command on a ticket.
pub trait RunOn: Send {
    fn ask_ahead(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket);

    /// # Errors
    /// See [`Verb::run`].
    fn carry_out(
        self: Box<Self>,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Value, Failure>;
}

impl<V: Verb> Run<Value> for V {
    fn ask_ahead(&self, tx: &mut Tx<'_>, caller: &Caller) {
        self.foresee(tx, caller);
    }

    fn carry_out(self: Box<Self>, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Value, Failure> {
        Ok(serde_json::to_value(self.run(tx, act)?)?)
    }
}

impl<V: NewTicket> Run<(Ticket, Value)> for V {
    fn ask_ahead(&self, tx: &mut Tx<'_>, caller: &Caller) {
        self.foresee(tx, caller);
    }

    fn carry_out(
        self: Box<Self>,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
    ) -> Result<(Ticket, Value), Failure> {
        let (ticket, done) = self.run(tx, act)?;
        Ok((ticket, serde_json::to_value(done)?))
    }
}

impl<V: OnTicket> RunOn for V {
    fn ask_ahead(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        self.foresee(tx, caller, ticket);
    }

    fn carry_out(
        self: Box<Self>,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Value, Failure> {
        Ok(serde_json::to_value(self.run(tx, act, ticket)?)?)
    }
}

/// A command whose input is not read from the call, because no caller may say it.
struct FromWithin<F>(F);

impl<F, A> Run<Value> for FromWithin<F>
where
    F: FnOnce(&mut Tx<'_>, &mut Act<'_>) -> Result<A, Failure> + Send,
    A: Serialize,
{
    fn ask_ahead(&self, _: &mut Tx<'_>, _: &Caller) {}

    fn carry_out(self: Box<Self>, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Value, Failure> {
        Ok(serde_json::to_value((self.0)(tx, act)?)?)
    }
}

impl Command {
    pub(super) fn verb<V: Verb>(input: &[u8]) -> Result<Self, Failure> {
        Ok(Self::Tenant(Box::new(super::parse::<V>(input)?)))
    }

    pub(super) fn new_ticket<V: NewTicket>(input: &[u8]) -> Result<Self, Failure> {
        Ok(Self::NewTicket(Box::new(super::parse::<V>(input)?)))
    }

    pub(super) fn on_ticket<V: OnTicket>(input: &[u8]) -> Result<Self, Failure> {
        let verb: V = super::parse(input)?;
        Ok(Self::OnTicket { ticket: verb.ticket(), before: V::BEFORE, verb: Box::new(verb) })
    }

    pub(super) fn from_within<A: Serialize + 'static>(
        run: impl FnOnce(&mut Tx<'_>, &mut Act<'_>) -> Result<A, Failure> + Send + 'static,
    ) -> Self {
        Self::Tenant(Box::new(FromWithin(run)))
    }

    /// Asks ahead for what is known to be asked before a ticket is loaded.
    pub(super) fn ask_ahead(&self, tx: &mut Tx<'_>, caller: &Caller) {
        match self {
            Self::Tenant(verb) => verb.ask_ahead(tx, caller),
            Self::NewTicket(verb) => verb.ask_ahead(tx, caller),
            Self::OnTicket { .. } => {}
        }
    }

    pub(super) fn ticket(&self) -> Option<Id<id::Ticket>> {
        if let Self::OnTicket { ticket, .. } = self { Some(*ticket) } else { None }
    }

    pub(super) const fn before(&self) -> Before {
        if let Self::OnTicket { before, .. } = self { *before } else { Before::Nothing }
    }
}

//! Adding a message to a ticket: what the customer said, or a note of ours.
//! Nothing leaves the building by this.

use super::{Channel, Ticket};
use crate::{
    db::Tx,
    directory::{recognise, site},
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    message::{self, Delivered, Direction, Message, Sender},
    tenant,
};
use kernel::{
    id::{self, Contact, Id},
    refusal::{Code, Refusal},
    role::Role,
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keep what the customer said, or a note among ourselves. A customer writes
/// for themselves and gives nothing but the text.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMessage {
    pub ticket: Id<id::Ticket>,
    /// The words as they came. They are kept as they are and shown as text that hides nothing.
    #[schemars(length(min = 1, max = 16_000))]
    pub text: String,
    /// How the customer's words reached us, and from where; left out for a note.
    pub received: Option<Received>,
}

/// How the customer's words reached us.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Received {
    pub channel: Channel,
    /// The channel's own id of the message: the same message is kept once.
    pub external: Option<Line<200>>,
    pub from: Sender,
}

#[derive(Debug, Serialize)]
pub struct Added {
    pub message: Id<id::Message>,
    pub direction: Direction,
    /// Whether a contact on file was recognised as the sender.
    pub recognised: bool,
    /// Whether the channel had delivered it before, so that nothing was added.
    pub known: bool,
}

/// Whoever said it, as far as we know.
struct Said {
    direction: Direction,
    channel: Channel,
    contact: Option<Id<Contact>>,
}

impl OnTicket for AddMessage {
    type Done = Added;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        site::foresee(tx, caller.tenant, ticket.site);
        tenant::foresee_settings(tx, caller.tenant);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Added, Failure> {
        check_text(&self.text)?;
        let said = said(tx, act, ticket, self.received.as_ref())?;
        let external = self.received.as_ref().and_then(|received| received.external.as_deref());
        if let Some(external) = external
            && let Some(before) = message::known(tx, act.caller.tenant, said.channel, external)?
        {
            return again(&before, ticket, &said);
        }

        let message = Message {
            ticket: ticket.id,
            direction: said.direction,
            channel: said.channel,
            external,
            contact: said.contact,
            raw: &self.text,
        };
        let message = message::keep(tx, act, &message)?;
        act.fact("direction", said.direction.name());
        Ok(Added {
            message,
            direction: said.direction,
            recognised: said.contact.is_some(),
            known: false,
        })
    }
}

fn check_text(text: &str) -> Result<(), Box<Refusal>> {
    let length = text.chars().count();
    if length > 16_000 {
        let detail = format!("a message has at most 16000 characters, and this one has {length}");
        return Err(Refusal::new(Code::InputMalformed, detail).at("text"));
    }
    if kernel::text::readable(text).is_empty() {
        return Err(Refusal::new(Code::InputMalformed, "a message says something").at("text"));
    }
    Ok(())
}

fn said(
    tx: &Tx<'_>,
    act: &Act<'_>,
    ticket: &Ticket,
    received: Option<&Received>,
) -> Result<Said, Failure> {
    let tenant = act.caller.tenant;
    if act.role == Role::Customer {
        if received.is_some() {
            let detail = "a customer writes for themselves, on the console";
            return Err(Refusal::new(Code::InputMalformed, detail).at("received").into());
        }
        let site = site::find(tx, tenant, ticket.site)?;
        let contact = recognise::signed_in(tx, act, &site)?;
        return Ok(Said { direction: Direction::In, channel: Channel::Console, contact });
    }
    let Some(received) = received else {
        return Ok(Said { direction: Direction::Note, channel: Channel::Console, contact: None });
    };
    let sender = received.from.normal(tx, tenant, "received.from")?;
    let site = site::find(tx, tenant, ticket.site)?;
    // A number in a mail was not called from: only the channel's own counts.
    let reached =
        sender.known(tx, tenant, &site)?.into_iter().find(|known| match received.channel {
            Channel::Phone | Channel::Sms => known.phone,
            Channel::Email => known.email,
            Channel::Web | Channel::Console => false,
        });
    Ok(Said {
        direction: Direction::In,
        channel: received.channel,
        contact: reached.map(|known| known.contact),
    })
}

/// The channel delivered it before: the same answer, and nothing new.
fn again(before: &Delivered, ticket: &Ticket, said: &Said) -> Result<Added, Failure> {
    if before.ticket != ticket.id {
        let detail = "the channel's id of this message is in use";
        return Err(Refusal::new(Code::RecordTaken, detail).at("received.external").into());
    }
    Ok(Added {
        message: before.message,
        direction: said.direction,
        recognised: said.contact.is_some(),
        known: true,
    })
}

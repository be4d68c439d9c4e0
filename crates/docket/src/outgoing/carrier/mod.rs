//! Carriers: what a text leaves by. Which one takes which text is configured by
//! the kind of address, and never guessed.
//!
//! What must stay true:
//!
//! * An address of a kind for which no carrier is configured is not written to
//!   by another way.
//! * What a carrier says when it fails is a code: no address, no text, nothing
//!   that the other side said.

mod folder;
mod http;
mod private;
mod sms;
mod smtp;
mod webhook;

use super::{Kind, store::Waiting};
use crate::{
    config::{BadConfig, Outbox, Way},
    ticket::Channel,
};
use folder::Folder;
use jiff::{SignedDuration, Timestamp};
use kernel::id::{Contact, Entry, Id, Outgoing, Tenant, Ticket};
use sms::Sms;
use smtp::Smtp;
use std::sync::Arc;
use webhook::Webhook;

/// Everything that texts can leave by. Cheap to clone.
#[derive(Clone)]
pub struct Carriers(Arc<Inner>);

struct Inner {
    email: Option<Arc<Carrier>>,
    phone: Option<Arc<Carrier>>,
    attempts_max: u16,
}

/// One way for a text to leave.
pub(super) enum Carrier {
    Folder(Folder),
    Smtp(Smtp),
    Sms(Sms),
    Webhook(Webhook),
}

/// A text with its address, ready to leave. It is personal, and is not printed.
pub(super) struct Letter {
    pub tenant: Id<Tenant>,
    /// The stable key, by which a second delivery is recognised.
    pub id: Id<Outgoing>,
    pub ticket: Id<Ticket>,
    pub contact: Option<Id<Contact>>,
    /// The entry that says what the letter says.
    pub receipt: Option<Id<Entry>>,
    pub kind: Kind,
    pub to: Address,
    pub subject: String,
    pub body: String,
    pub queued_at: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// Where a letter goes.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Address {
    Email(String),
    Phone(String),
}

/// Why there is no way to send a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoWay {
    /// Nobody knows how to reach whoever it is for.
    NoAddress,
    /// Nothing is configured for an address like theirs.
    NoCarrier,
}

/// A letter that did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotCarried {
    pub how: How,
    /// What went wrong, like `smtp.550`.
    pub code: String,
}

/// Whether trying again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Transient {
        /// How long the other side asked to be left alone.
        retry_after: Option<SignedDuration>,
    },
    Permanent,
}

impl How {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transient { .. } => "transient",
            Self::Permanent => "permanent",
        }
    }
}

impl NotCarried {
    pub fn transient(code: impl Into<String>) -> Self {
        Self { how: How::Transient { retry_after: None }, code: code.into() }
    }

    pub fn permanent(code: impl Into<String>) -> Self {
        Self { how: How::Permanent, code: code.into() }
    }
}

impl Carriers {
    /// Opens what the configuration names, and fetches the secrets.
    ///
    /// # Errors
    /// If a secret is not there, or something that is named cannot be used.
    pub fn open(config: &Outbox) -> Result<Self, BadConfig> {
        let open = |way: Way| Carrier::open(way, config).map(Arc::new);
        let email = config.email.map(open).transpose()?;
        let phone = match &email {
            Some(same) if config.email == config.phone => Some(Arc::clone(same)),
            _ => config.phone.map(open).transpose()?,
        };
        Ok(Self(Arc::new(Inner { email, phone, attempts_max: config.attempts })))
    }

    pub(super) fn attempts_max(&self) -> i64 {
        self.0.attempts_max.into()
    }

    fn to(&self, address: &Address) -> Option<&Carrier> {
        match address {
            Address::Email(_) => self.0.email.as_deref(),
            Address::Phone(_) => self.0.phone.as_deref(),
        }
    }

    /// The address to use and what takes a letter there: of the addresses on
    /// file, the one that is most like the channel of the call and that
    /// something is configured for.
    pub(super) fn way(&self, waiting: &Waiting) -> Result<(Address, &Carrier), NoWay> {
        let email = waiting.email.clone().map(Address::Email);
        let phone = waiting.phone.clone().map(Address::Phone);
        let known = match waiting.channel {
            Channel::Email | Channel::Web => [email, phone],
            Channel::Phone | Channel::Sms | Channel::Console => [phone, email],
        };
        if known.iter().all(Option::is_none) {
            return Err(NoWay::NoAddress);
        }
        let mut ways = known.into_iter().flatten().filter_map(|address| {
            let carrier = self.to(&address)?;
            Some((address, carrier))
        });
        ways.next().ok_or(NoWay::NoCarrier)
    }
}

impl Address {
    /// The channel that a letter to it goes by.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Phone(_) => Channel::Sms,
        }
    }
}

impl Carrier {
    fn open(way: Way, config: &Outbox) -> Result<Self, BadConfig> {
        let none = || BadConfig::wrong(format!("outbox.{way}"), "is named and not there");
        Ok(match way {
            Way::Folder => Self::Folder(Folder::new(config.folder.clone())),
            Way::Smtp => Self::Smtp(Smtp::open(config.smtp.as_ref().ok_or_else(none)?)?),
            Way::Sms => Self::Sms(Sms::open(config.sms.as_ref().ok_or_else(none)?)?),
            Way::Webhook => {
                Self::Webhook(Webhook::open(config.webhook.as_ref().ok_or_else(none)?)?)
            }
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Folder(_) => Way::Folder.name(),
            Self::Smtp(_) => Way::Smtp.name(),
            Self::Sms(_) => Way::Sms.name(),
            Self::Webhook(_) => Way::Webhook.name(),
        }
    }

    /// Has the letter leave. When this answers `Ok`, it has.
    pub async fn carry(&self, letter: &Letter) -> Result<(), NotCarried> {
        match self {
            Self::Folder(folder) => folder.carry(letter).await,
            Self::Smtp(smtp) => smtp.carry(letter).await,
            Self::Sms(sms) => sms.carry(letter).await,
            Self::Webhook(webhook) => webhook.carry(letter).await,
        }
    }
}

#[cfg(test)]
mod tests;

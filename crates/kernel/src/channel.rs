//! Channels: how a call reached us, and what proves on each who is calling.
//!
//! What must stay true:
//!
//! * Nobody's own word says who they are. Only where a call came from counts,
//!   compared with what is on file, or somebody signed in.
//! * What proves more on one channel proves nothing on another: a number that
//!   was typed into a form was not called from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the call reached us.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Phone,
    Email,
    Sms,
    Web,
    /// Somebody signed in made the ticket.
    Console,
}

impl Channel {
    pub const ALL: [Self; 5] = [Self::Phone, Self::Email, Self::Sms, Self::Web, Self::Console];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Web => "web",
            Self::Console => "console",
        }
    }
}

/// What was found about whoever calls, by comparing with what is on file. Each
/// is about a contact who may ask for work at the site; others are nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The number the call came from, or that was given, is theirs.
    pub phone: bool,
    /// The address the message came from, or that was given, is theirs.
    pub email: bool,
    /// They are signed in, and this call is made for them.
    pub signed_in: bool,
    /// A person of ours is signed in and takes the call.
    pub vouched: bool,
}

/// What proves on a channel who is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Called from a number on file.
    Phone,
    /// Written from an address on file.
    Email,
    /// Signed in as a contact on file.
    SignedIn,
    /// One of us, signed in, says so.
    Vouched,
}

impl Proof {
    pub const ALL: [Self; 4] = [Self::Phone, Self::Email, Self::SignedIn, Self::Vouched];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::SignedIn => "signed_in",
            Self::Vouched => "vouched",
        }
    }

    const fn is_in(self, found: Found) -> bool {
        match self {
            Self::Phone => found.phone,
            Self::Email => found.email,
            Self::SignedIn => found.signed_in,
            Self::Vouched => found.vouched,
        }
    }
}

/// The table: what proves identity on a channel, the strongest first. Whoever
/// has one of these is verified and may have work scheduled; whoever has none
/// may only report, and a person decides.
pub const fn proofs(channel: Channel) -> &'static [Proof] {
    match channel {
        Channel::Phone | Channel::Sms => &[Proof::SignedIn, Proof::Phone],
        Channel::Email => &[Proof::SignedIn, Proof::Email],
        Channel::Web => &[Proof::SignedIn],
        Channel::Console => &[Proof::SignedIn, Proof::Vouched],
    }
}

/// How whoever calls is verified, if they are.
pub fn proof(channel: Channel, found: Found) -> Option<Proof> {
    proofs(channel).iter().copied().find(|proof| proof.is_in(found))
}

//! Typed, prefixed, time-ordered identifiers, and the one list of their kinds.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::{borrow::Cow, cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};
use ulid::Ulid;

/// An identifier that remembers what it identifies.
///
/// It is written `tkt_01J8…`: a prefix and a ULID, so ids sort by the time they
/// were made. The prefix is checked on the way in, so an evidence id pasted
/// where a ticket id belongs is refused by the parser instead of becoming a
/// query that quietly finds nothing.
pub struct Id<T> {
    ulid: Ulid,
    of: PhantomData<fn() -> T>,
}

/// What an [`Id`] can identify.
pub trait Identified {
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $prefix:literal;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $kind {}
        impl Identified for $kind { const PREFIX: &'static str = $prefix; })*
        /// Every prefix in use, so that a test can see that no two are alike.
        pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

kinds! {
    /// An organisation that runs Docket.
    Tenant = "ten";
    /// A user, agent or service: whoever can call.
    Principal = "prn";
    /// A customer of the tenant.
    Account = "acc";
    /// A place of an account.
    Site = "sit";
    /// A person of an account or a site.
    Contact = "con";
    /// A piece of equipment at a site.
    Asset = "ast";
    /// Somebody who does the work.
    Technician = "tec";
    /// One customer's problem.
    Ticket = "tkt";
    /// One trip of a technician to a site.
    Visit = "vis";
    /// A window kept open for a customer's answer.
    Hold = "hld";
    /// A question of money that somebody else answers.
    Approval = "apr";
    /// The first of the two voices that a command for two people needs.
    Countersign = "csg";
    /// One piece of evidence on a ticket.
    Evidence = "evd";
    /// An upload of bytes that is not finished.
    Upload = "upl";
    /// A permission to close with a piece of evidence missing.
    Exception = "exc";
    /// Time that somebody worked.
    Labor = "lab";
    /// Material that somebody used.
    Part = "prt";
    /// Prices that hold together.
    RateCard = "rat";
    /// A draft or issued invoice, or a credit note.
    Invoice = "inv";
    /// A signed closeout packet.
    Packet = "pkt";
    /// Something somebody said to us, or we to them.
    Message = "msg";
    /// A message waiting to leave.
    Outgoing = "out";
    /// A kept answer of `assignment.recommend`.
    Recommendation = "rec";
    /// One entry of the audit log.
    Entry = "aud";
    /// A file of records that was taken in.
    Import = "imp";
    /// A piece of work that is done once, and until it is.
    Job = "job";
    /// Permission for one action.
    Policy = "pol";
}

impl<T> Id<T> {
    pub const fn new(ulid: Ulid) -> Self {
        Self { ulid, of: PhantomData }
    }

    /// Makes an id from the time it is made (milliseconds since 1970) and 80
    /// bits of luck. The kernel has neither; whoever calls this does.
    pub const fn from_parts(ms: u64, luck: u128) -> Self {
        Self::new(Ulid::from_parts(ms, luck))
    }
}

impl<T: Identified> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; ulid::ULID_LEN];
        f.write_str(T::PREFIX)?;
        f.write_str("_")?;
        f.write_str(self.ulid.array_to_str(&mut text))
    }
}

impl<T: Identified> FromStr for Id<T> {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let ulid = text
            .strip_prefix(T::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(|rest| rest.parse::<Ulid>().ok())
            .map(Self::new)
            // The decoder reads lower case and overflowing text too. One id has
            // one spelling, or a foreign key and a digest would disagree.
            .filter(|id| id.to_string() == text);
        ulid.ok_or(BadId { expected: T::PREFIX })
    }
}

/// Text that is not an id of the kind asked for. It does not repeat the text:
/// what was pasted by mistake may be a name or a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like `{expected}_01J8Z…`")]
pub struct BadId {
    pub expected: &'static str,
}

// Derives would ask `T: Clone` and so on, which an id does not need.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.ulid == other.ulid
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ulid.cmp(&other.ulid)
    }
}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.ulid.hash(state);
    }
}
impl<T: Identified> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl<T: Identified> serde::Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de, T: Identified> serde::Deserialize<'de> for Id<T> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
impl<T: Identified> JsonSchema for Id<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::PREFIX.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": format!("^{}_[0-7][0-9A-HJKMNP-TV-Z]{{25}}$", T::PREFIX),
        })
    }
}

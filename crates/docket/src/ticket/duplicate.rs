//! Telling that a call is one we already have.
//!
//! Calls about one site are taken in one after the other, so between the
//! question and the answer nobody else can take the same call in. That a
//! channel delivers a message once, whatever the site, the table sees to.

use super::{intake::Intake, seen};
use crate::{
    db::{Row, Snap, Tx, args, statements},
    directory::site,
    door::Act,
    failure::{Failure, Fault},
    message::{self, Normal},
    tenant,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    channel::Channel,
    contact::{Email, Phone},
    id::{self, Asset, Id, Site, Tenant},
    refusal::{Code, Refusal},
    text,
};

statements! {
    RECENT_CALLS = "recent_calls.sql";
}

/// What two calls are compared by.
pub(super) struct Call<'a> {
    site: Id<Site>,
    channel: Channel,
    external: Option<&'a str>,
    incident_type: Option<&'a str>,
    summary: &'a str,
    asset: Option<Id<Asset>>,
    phone: Option<&'a Phone>,
    email: Option<String>,
}

impl<'a> Call<'a> {
    pub(super) fn of(intake: &'a Intake, site: &site::Found, caller: &'a Normal) -> Self {
        Self {
            site: site.id,
            channel: intake.channel,
            external: intake.message.as_deref(),
            incident_type: intake.incident_type.as_ref().map(kernel::key::Key::as_str),
            summary: &intake.summary,
            asset: intake.asset,
            phone: caller.phone.as_ref(),
            email: caller.email.as_ref().map(Email::key),
        }
    }

    /// The same caller about the same thing.
    fn is(&self, other: &Recent) -> bool {
        let same = |one: Option<&str>, other: Option<&str>| one.is_some() && one == other;
        let caller = same(self.phone.map(Phone::as_str), other.phone.as_deref())
            || same(self.email.as_deref(), other.email.as_deref());
        let elsewhere = self.asset.zip(other.asset).is_some_and(|(one, other)| one != other);
        let matter = same(self.incident_type, other.incident_type.as_deref())
            || text::same_words(self.summary, &other.summary);
        caller && matter && !elsewhere
    }
}

struct Recent {
    ticket: Id<id::Ticket>,
    incident_type: Option<String>,
    summary: String,
    asset: Option<Id<Asset>>,
    phone: Option<String>,
    email: Option<String>,
}

/// Has calls about a site taken in one after the other.
pub(super) fn lock(tx: &mut Tx<'_>, site: Id<Site>) {
    tx.lock("site", site);
}

/// Asks ahead for the calls that this one may be one of.
///
/// # Errors
/// If the database does not answer.
pub(super) fn foresee(snap: &Snap<'_>, tenant: Id<Tenant>, site: Id<Site>) -> Result<(), Fault> {
    let since = since(snap, tenant)?;
    snap.foresee(&RECENT_CALLS, args![tenant, site, since]);
    Ok(())
}

/// Whether the call is new, and stays so until it is taken in.
///
/// # Errors
/// `intake.duplicate`, with the ticket there is if the caller may see it.
pub(super) fn check(tx: &mut Tx<'_>, act: &mut Act<'_>, call: &Call<'_>) -> Result<(), Failure> {
    lock(tx, call.site);
    let Some(ticket) = find(tx, act, call)? else { return Ok(()) };
    act.fact("duplicate_of", ticket.to_string());
    let detail = "this call is already here";
    let refusal = Refusal::new(Code::IntakeDuplicate, detail);
    match seen(tx, act.caller, ticket) {
        Ok(ticket) => {
            let refusal = refusal.version(ticket.version);
            Err(refusal.fact("ticket", ticket.id.to_string()).into())
        }
        Err(Failure::Refused(_)) => Err(refusal.into()),
        Err(broke) => Err(broke),
    }
}

fn find(
    snap: &Snap<'_>,
    act: &Act<'_>,
    call: &Call<'_>,
) -> Result<Option<Id<id::Ticket>>, Failure> {
    let tenant = act.caller.tenant;
    if let Some(external) = call.external
        && let Some(before) = message::known(snap, tenant, call.channel, external)?
    {
        return Ok(Some(before.ticket));
    }
    let since = since(snap, tenant)?;
    let recent = snap.all(&RECENT_CALLS, args![tenant, call.site, since], recent)?;
    Ok(recent.into_iter().find(|recent| call.is(recent)).map(|recent| recent.ticket))
}

/// A call before this is another one.
fn since(snap: &Snap<'_>, tenant: Id<Tenant>) -> Result<Timestamp, Fault> {
    let minutes = i64::from(tenant::settings(snap, tenant)?.duplicate_minutes);
    let since = snap.now().checked_sub(SignedDuration::from_mins(minutes));
    Ok(since.unwrap_or(Timestamp::MIN))
}

fn recent(row: &Row<'_>) -> Result<Recent, Fault> {
    Ok(Recent {
        ticket: row.get(0)?,
        incident_type: row.get(1)?,
        summary: row.get(2)?,
        asset: row.get(3)?,
        phone: row.get(4)?,
        email: row.get(5)?,
    })
}

//! Recognising who calls: contacts on file at a site, by where they were reached.

use super::site;
use crate::{
    db::{Snap, args, statements},
    door::Act,
    failure::{Failure, Fault},
};
use kernel::{
    contact::{Email, Phone},
    id::{Contact, Id, Principal, Tenant},
    refusal::{Code, Refusal},
    role::Role,
};

statements! {
    CONTACTS_REACHED = "contacts_reached.sql";
    SITE_CALLED = "site_called.sql";
    SITES_OF_ACCOUNT = "sites_of_account.sql";
}

/// How somebody reached us.
#[derive(Debug, Default)]
pub(crate) struct Reached<'a> {
    pub phone: Option<&'a Phone>,
    pub email: Option<&'a Email>,
    pub principal: Option<Id<Principal>>,
}

/// A contact of the site who was reached that way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub contact: Id<Contact>,
    pub may_request: bool,
    pub phone: bool,
    pub email: bool,
    pub signed_in: bool,
}

/// Every contact of the site, or of all sites of its account, who is reached
/// that way, those of the site first.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn known(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    site: &site::Found,
    reached: &Reached<'_>,
) -> Result<Vec<Known>, Fault> {
    let phone = reached.phone.map(Phone::as_str);
    let email = reached.email.map(Email::key);
    let args = args![tenant, site.account, site.id, phone, email.as_ref(), reached.principal];
    snap.all(&CONTACTS_REACHED, args, |row| {
        Ok(Known {
            contact: row.get(0)?,
            may_request: row.get(1)?,
            phone: row.get(2)?,
            email: row.get(3)?,
            signed_in: row.get(4)?,
        })
    })
}

/// The contact of the site as whom a customer signs in; nobody of ours is one.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn signed_in(
    snap: &Snap<'_>,
    act: &Act<'_>,
    site: &site::Found,
) -> Result<Option<Id<Contact>>, Fault> {
    if act.role != Role::Customer {
        return Ok(None);
    }
    let reached = Reached { principal: Some(act.caller.subject()), ..Reached::default() };
    Ok(known(snap, act.caller.tenant, site, &reached)?.first().map(|known| known.contact))
}

/// The site that the tenant calls by this name.
///
/// # Errors
/// `record.not_found`.
pub(crate) fn site_called(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    reference: &str,
) -> Result<site::Found, Failure> {
    let id = snap.maybe(&SITE_CALLED, args![tenant, reference], |row| row.get(0))?;
    let none = || Refusal::new(Code::RecordNotFound, "there is no site of that name").at("site");
    site::find(snap, tenant, id.ok_or_else(none)?)
}

/// The one site of the account that the tenant calls by this name.
///
/// # Errors
/// `record.not_found`, or `site.ambiguous` if it has several.
pub(crate) fn only_site_of(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    reference: &str,
) -> Result<site::Found, Failure> {
    match snap.all(&SITES_OF_ACCOUNT, args![tenant, reference], |row| row.get(0))?.as_slice() {
        [] => {
            let detail = "there is no site of an account of that name";
            Err(Refusal::new(Code::RecordNotFound, detail).at("site").into())
        }
        [id] => site::find(snap, tenant, *id),
        _ => {
            let detail = "the account of that name has several sites";
            Err(Refusal::new(Code::SiteAmbiguous, detail).at("site").into())
        }
    }
}

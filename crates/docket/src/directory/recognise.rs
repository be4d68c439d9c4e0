//! Recognising who calls: contacts on file at a site, by where they were reached.

use super::site;
use crate::{
    db::{Snap, Value, args, statements},
    door::Act,
    failure::{Failure, Fault},
    identity::Caller,
};
use kernel::{
    contact::{Email, Phone},
    id::{Contact, Id, Principal, Site, Tenant},
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
    snap.all(&CONTACTS_REACHED, &reached.args(tenant, site.id), |row| {
        Ok(Known {
            contact: row.get(0)?,
            may_request: row.get(1)?,
            phone: row.get(2)?,
            email: row.get(3)?,
            signed_in: row.get(4)?,
        })
    })
}

impl<'a> Reached<'a> {
    /// Asks ahead for [`known`].
    pub(crate) fn foresee(&self, snap: &Snap<'_>, tenant: Id<Tenant>, site: Id<Site>) {
        snap.foresee(&CONTACTS_REACHED, &self.args(tenant, site));
    }

    fn args(&self, tenant: Id<Tenant>, site: Id<Site>) -> [Value<'a>; 5] {
        let (phone, email) = (self.phone.map(Phone::as_str), self.email.map(Email::key));
        [tenant.into(), site.into(), phone.into(), email.into(), self.principal.into()]
    }
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
    let reached = as_caller(act.caller);
    Ok(known(snap, act.caller.tenant, site, &reached)?.first().map(|known| known.contact))
}

/// Asks ahead for [`signed_in`].
pub(crate) fn foresee_signed_in(snap: &Snap<'_>, caller: &Caller, site: Id<Site>) {
    if caller.roles.contains(Role::Customer) {
        as_caller(caller).foresee(snap, caller.tenant, site);
    }
}

fn as_caller(caller: &Caller) -> Reached<'static> {
    Reached { principal: Some(caller.subject()), ..Reached::default() }
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
    let found = snap.maybe(&SITE_CALLED, args![tenant, reference], site::found)?;
    let none = || Refusal::new(Code::RecordNotFound, "there is no site of that name").at("site");
    Ok(found.ok_or_else(none)?)
}

/// Asks ahead for [`site_called`].
pub(crate) fn foresee_site_called(snap: &Snap<'_>, tenant: Id<Tenant>, reference: &str) {
    snap.foresee(&SITE_CALLED, args![tenant, reference]);
}

/// Asks ahead for [`only_site_of`].
pub(crate) fn foresee_only_site_of(snap: &Snap<'_>, tenant: Id<Tenant>, reference: &str) {
    snap.foresee(&SITES_OF_ACCOUNT, args![tenant, reference]);
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
    let mut found = snap.all(&SITES_OF_ACCOUNT, args![tenant, reference], site::found)?;
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => {
            let detail = "there is no site of an account of that name";
            Err(Refusal::new(Code::RecordNotFound, detail).at("site").into())
        }
        (Some(_), false) => {
            let detail = "the account of that name has several sites";
            Err(Refusal::new(Code::SiteAmbiguous, detail).at("site").into())
        }
    }
}

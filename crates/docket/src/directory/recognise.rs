//! Recognising who calls: contacts on file at a site, by where they were reached.

use super::site;
use crate::{
    db::{Snap, args, statements},
    failure::Fault,
};
use kernel::{
    contact::{Email, Phone},
    id::{Contact, Id, Principal, Tenant},
};

statements! {
    CONTACTS_REACHED = "contacts_reached.sql";
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

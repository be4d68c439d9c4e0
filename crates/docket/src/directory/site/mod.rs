//! Sites: the places of a customer.

pub mod list;
pub mod put;

use super::record::{self, Named};
use crate::{
    db::{Row, Snap, args, statements},
    door::Act,
    failure::{Failure, Fault},
    identity::Caller,
};
use kernel::{
    id::{self, Account, Asset, Contact, Id, Site, Tenant},
    refusal::{Code, Refusal},
    role::Role,
};
use serde::Serialize;

statements! {
    SITE_FIND = "site_find.sql";
    SITE_NAMED = "named.sql";
    SITE_PAGE = "page.sql";
    SITE_PAGE_OF_CONTACT = "page_of_contact.sql";
    SITE_PLACE = "site_place.sql";
    SITE_PUT = "put.sql";
    SITE_REQUESTED_BY = "site_requested_by.sql";
    CONTACT_BELONGS = "contact_belongs.sql";
    ASSET_BELONGS = "asset_belongs.sql";
}

/// What a command needs to know of a site.
#[derive(Clone, Debug)]
pub struct Found {
    pub id: Id<Site>,
    pub account: Id<Account>,
    /// IANA.
    pub zone: String,
    pub territory: Option<String>,
}

/// Where a site is, for those who may see it.
#[derive(Debug, Serialize)]
pub struct Place {
    pub name: String,
    pub address: String,
    pub zone: String,
    pub territory: Option<String>,
}

/// The site.
///
/// # Errors
/// `record.not_found`, whether there is none or it is another tenant's.
pub(crate) fn find(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<Site>) -> Result<Found, Failure> {
    let found = snap.maybe(&SITE_FIND, args![tenant, id], found)?;
    found.ok_or_else(|| {
        Refusal::new(Code::RecordNotFound, format!("there is no site `{id}`")).at("site").into()
    })
}

/// Asks ahead for [`find`].
pub(crate) fn foresee(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<Site>) {
    snap.foresee(&SITE_FIND, args![tenant, id]);
}

/// Reads `id, account, zone, territory`.
pub(super) fn found(row: &Row<'_>) -> Result<Found, Fault> {
    let (id, account) = (row.get(0)?, row.get(1)?);
    Ok(Found { id, account, zone: row.get(2)?, territory: row.get(3)? })
}

/// Asks ahead for [`named`].
pub(super) fn foresee_named(snap: &Snap<'_>, tenant: Id<Tenant>, which: &Named<Site>) {
    record::foresee_named(snap, &SITE_NAMED, tenant, which);
}

/// The site that is named.
///
/// # Errors
/// `record.not_found`, whether there is none or it is another tenant's.
pub(super) fn named(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    which: &Named<Site>,
) -> Result<Id<Site>, Failure> {
    record::resolve(snap, &SITE_NAMED, tenant, which, "site")
}

/// The site, if the caller may ask for work there. Somebody who is only a
/// customer may where they are a contact who may ask.
///
/// # Errors
/// `record.not_found`, whether there is none or it is not one of theirs.
pub(crate) fn for_request(snap: &Snap<'_>, act: &Act<'_>, id: Id<Site>) -> Result<Found, Failure> {
    let site = find(snap, act.caller.tenant, id)?;
    if act.role == Role::Customer {
        let args = args![act.caller.tenant, act.caller.subject(), site.id];
        if snap.maybe(&SITE_REQUESTED_BY, args, |_| Ok(()))?.is_none() {
            let detail = format!("there is no site `{id}`");
            return Err(Refusal::new(Code::RecordNotFound, detail).at("site").into());
        }
    }
    Ok(site)
}

/// Asks ahead for [`for_request`].
pub(crate) fn foresee_request(snap: &Snap<'_>, caller: &Caller, id: Id<Site>) {
    foresee(snap, caller.tenant, id);
    if caller.roles.contains(Role::Customer) {
        snap.foresee(&SITE_REQUESTED_BY, args![caller.tenant, caller.subject(), id]);
    }
}

/// Asks ahead for [`check_belongings`].
pub(crate) fn foresee_belongings(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    site: Id<Site>,
    contact: Option<Id<Contact>>,
    asset: Option<Id<Asset>>,
) {
    if let Some(id) = contact {
        snap.foresee(&CONTACT_BELONGS, args![tenant, id, site]);
    }
    if let Some(id) = asset {
        snap.foresee(&ASSET_BELONGS, args![tenant, id, site]);
    }
}

/// Whether contact and asset are of this site's account and of this site.
///
/// # Errors
/// `record.not_found`: what does not belong there is not there.
pub(crate) fn check_belongings(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    site: &Found,
    contact: Option<Id<Contact>>,
    asset: Option<Id<Asset>>,
) -> Result<(), Failure> {
    if let Some(id) = contact {
        let args = args![tenant, id, site.id];
        if snap.maybe(&CONTACT_BELONGS, args, |_| Ok(()))?.is_none() {
            let detail = format!("there is no contact `{id}` at this site");
            return Err(Refusal::new(Code::RecordNotFound, detail).at("contact").into());
        }
    }
    if let Some(id) = asset {
        let args = args![tenant, id, site.id];
        if snap.maybe(&ASSET_BELONGS, args, |_| Ok(()))?.is_none() {
            let detail = format!("there is no asset `{id}` at this site");
            return Err(Refusal::new(Code::RecordNotFound, detail).at("asset").into());
        }
    }
    Ok(())
}

/// Asks ahead for [`place`].
pub(crate) fn foresee_place(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<id::Site>) {
    snap.foresee(&SITE_PLACE, args![tenant, id]);
}

/// Where the site of a ticket is.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn place(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<id::Site>) -> Result<Place, Fault> {
    snap.one(&SITE_PLACE, args![tenant, id], |row| {
        Ok(Place {
            name: row.get(0)?,
            address: row.get(1)?,
            zone: row.get(2)?,
            territory: row.get(3)?,
        })
    })
}

#[cfg(test)]
mod tests;

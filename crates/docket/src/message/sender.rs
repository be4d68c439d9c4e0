//! Who sent a message, as the channel reports it.

use crate::{
    db::Snap,
    directory::{
        recognise::{self, Known, Reached},
        site,
    },
    failure::Failure,
    tenant,
};
use kernel::{
    contact::{Email, Phone},
    id::{Id, Tenant},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a call or a message came from.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// The name they gave.
    #[schemars(length(max = 120))]
    pub name: Option<String>,
    /// The number the call came from, as the channel reports it.
    #[schemars(length(max = 64))]
    pub phone: Option<String>,
    /// The address the message came from, as the channel reports it.
    #[schemars(length(max = 254))]
    pub email: Option<String>,
}

/// The same, in the spelling we compare by.
#[derive(Debug)]
pub(crate) struct Normal {
    pub name: Option<String>,
    pub phone: Option<Phone>,
    pub email: Option<Email>,
}

impl Sender {
    /// Reads number and address; `path` is where they stand in the input.
    ///
    /// # Errors
    /// `contact.malformed`, also if there is neither.
    pub(crate) fn normal(
        &self,
        snap: &Snap<'_>,
        tenant: Id<Tenant>,
        path: &str,
    ) -> Result<Normal, Failure> {
        let region = tenant::settings(snap, tenant)?.region;
        let wrong = |field: &str, why: String| {
            Refusal::new(Code::ContactMalformed, why).at(format!("{path}{field}"))
        };
        let phone = self.phone.as_deref().map(|typed| Phone::read(typed, &region));
        let phone = phone.transpose().map_err(|bad| wrong(".phone", bad.to_string()))?;
        let email = self.email.as_deref().map(str::parse::<Email>);
        let email = email.transpose().map_err(|bad| wrong(".email", bad.to_string()))?;
        if phone.is_none() && email.is_none() {
            let detail = "a phone number or an e-mail address is needed".to_owned();
            return Err(wrong("", detail).into());
        }
        let name = self.name.as_deref().map(kernel::text::readable);
        if name.as_ref().is_some_and(|name| name.chars().count() > 120) {
            return Err(wrong(".name", "a name has at most 120 characters".to_owned()).into());
        }
        Ok(Normal { name: name.filter(|name| !name.is_empty()), phone, email })
    }
}

impl Normal {
    /// The contacts of the site who have this number or this address.
    ///
    /// # Errors
    /// If the database does not answer.
    pub(crate) fn known(
        &self,
        snap: &Snap<'_>,
        tenant: Id<Tenant>,
        site: &site::Found,
    ) -> Result<Vec<Known>, Failure> {
        let reached =
            Reached { phone: self.phone.as_ref(), email: self.email.as_ref(), principal: None };
        Ok(recognise::known(snap, tenant, site, &reached)?)
    }
}

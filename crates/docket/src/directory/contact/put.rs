//! Writing a contact down.

use super::{CONTACT_ACCOUNT, CONTACT_NAMED, CONTACT_PUT};
use crate::{
    db::{Tx, args},
    directory::{
        account,
        record::{self, Named},
        site,
    },
    door::{Act, Verb},
    failure::Failure,
    identity::Caller,
    tenant,
};
use kernel::{
    contact::{Email, Phone},
    id::{Account, Contact, Id, Principal, Site, Tenant},
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Add a person of a customer, or change one. What is left out is taken away.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Which contact to change.
    pub id: Option<Id<Contact>>,
    /// Your own key for them; without `id`, the contact that has it is changed.
    pub reference: Option<Line<64>>,
    /// Whose contact it is. A contact stays with their account.
    pub account: Named<Account>,
    /// The one place they speak for; left out, every place of the account.
    pub site: Option<Named<Site>>,
    pub name: Line<200>,
    /// As people write it; without a country code it is one of your region.
    pub phone: Option<Line<64>>,
    pub email: Option<Line<254>>,
    /// Whether they may ask for work.
    pub may_request: bool,
    /// Whether they may agree to its cost.
    pub may_approve: bool,
    /// The user as whom they sign in.
    pub principal: Option<Id<Principal>>,
}

impl Verb for Put {
    type Done = record::Put<Contact>;

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller) {
        let (tenant, reference) = (caller.tenant, self.reference.as_deref());
        record::foresee(tx, &CONTACT_NAMED, tenant, self.id, reference);
        account::foresee_named(tx, tenant, &self.account);
        if let Some(site) = &self.site {
            site::foresee_named(tx, tenant, site);
        }
        tenant::foresee_settings(tx, tenant);
    }

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Self::Done, Failure> {
        let (tenant, reference) = (act.caller.tenant, self.reference.as_deref());
        let put = record::target(tx, &CONTACT_NAMED, tenant, self.id, reference)?;
        let (account, site) = self.place(tx, tenant, &put)?;
        record::check_user(tx, tenant, self.principal)?;
        let (phone, email) = (self.phone(tx, tenant)?, self.email()?);

        let args = args![
            tenant,
            put.id,
            account,
            site,
            self.name.as_str(),
            reference,
            phone.as_ref().map(Phone::as_str),
            email.as_ref().map(Email::as_str),
            self.may_request,
            self.may_approve,
            self.principal,
            tx.now(),
        ];
        tx.put(&CONTACT_PUT, args)?;
        act.subject(put.id);
        act.fact("may_request", self.may_request);
        act.fact("may_approve", self.may_approve);
        Ok(put)
    }
}

impl Put {
    /// Whose contact it is and where, if that holds together.
    fn place(
        &self,
        tx: &Tx<'_>,
        tenant: Id<Tenant>,
        put: &record::Put<Contact>,
    ) -> Result<(Id<Account>, Option<Id<Site>>), Failure> {
        let account = account::named(tx, tenant, &self.account)?;
        let site = self.site.as_ref().map(|site| site::named(tx, tenant, site)).transpose()?;
        if let Some(id) = site
            && site::find(tx, tenant, id)?.account != account
        {
            let detail = "the site is of another account";
            return Err(Refusal::new(Code::RecordConflict, detail).at("site").into());
        }
        let was: Option<Id<Account>> =
            tx.maybe(&CONTACT_ACCOUNT, args![tenant, put.id], |row| row.get(0))?;
        if was.is_some_and(|was| was != account) {
            let detail = "a contact stays with their account";
            return Err(Refusal::new(Code::RecordConflict, detail).at("account").into());
        }
        Ok((account, site))
    }

    fn phone(&self, tx: &Tx<'_>, tenant: Id<Tenant>) -> Result<Option<Phone>, Failure> {
        let Some(typed) = &self.phone else { return Ok(None) };
        let phone = Phone::read(typed, &tenant::settings(tx, tenant)?.region);
        Ok(Some(phone.map_err(|no| malformed("phone", &no))?))
    }

    fn email(&self) -> Result<Option<Email>, Failure> {
        let email = self.email.as_ref().map(|typed| typed.parse());
        Ok(email.transpose().map_err(|no| malformed("email", &no))?)
    }
}

fn malformed(path: &str, no: &dyn std::error::Error) -> Box<Refusal> {
    Refusal::new(Code::ContactMalformed, no.to_string()).at(path)
}

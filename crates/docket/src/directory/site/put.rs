//! Writing a site down.

use super::{SITE_NAMED, SITE_PUT, find};
use crate::{
    db::{Tx, args},
    directory::{
        account,
        location::Location,
        record::{self, Named},
        zone,
    },
    door::{Act, Verb},
    failure::Failure,
    identity::Caller,
};
use kernel::{
    id::{Account, Id, Site},
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// Add a place of a customer, or change one. What is left out is taken away,
/// except for the access code, which nobody can read back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Which site to change.
    pub id: Option<Id<Site>>,
    /// Your own key for it; without `id`, the site that has it is changed.
    pub reference: Option<Line<64>>,
    /// Whose it is. A site stays with its account.
    pub account: Named<Account>,
    pub name: Line<200>,
    pub address: Line<400>,
    /// Which of your territories it lies in.
    pub territory: Option<Line<64>>,
    /// IANA time zone, like `America/New_York`.
    pub zone: Line<64>,
    pub location: Option<Location>,
    /// How to get in. Left out, it stays as it is; `null` takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schemars(with = "Option<Line<200>>")]
    pub access_code: Option<Option<SecretString>>,
}

/// Tells a field that was left out from one that was said to be nothing.
fn said<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Option<SecretString>>, D::Error> {
    let code = Option::<Line<200>>::deserialize(d)?;
    Ok(Some(code.map(|code| SecretString::from(String::from(code)))))
}

impl Verb for Put {
    type Done = record::Put<Site>;

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller) {
        let (tenant, reference) = (caller.tenant, self.reference.as_deref());
        record::foresee(tx, &SITE_NAMED, tenant, self.id, reference);
        account::foresee_named(tx, tenant, &self.account);
    }

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Self::Done, Failure> {
        let (tenant, reference) = (act.caller.tenant, self.reference.as_deref());
        let put = record::target(tx, &SITE_NAMED, tenant, self.id, reference)?;
        let account = account::named(tx, tenant, &self.account)?;
        zone::named(&self.zone).map_err(|no| no.at("zone"))?;
        if !put.created && find(tx, tenant, put.id)?.account != account {
            let detail = "a site stays with its account";
            return Err(Refusal::new(Code::RecordConflict, detail).at("account").into());
        }

        let code = self.access_code.as_ref();
        let args = args![
            tenant,
            put.id,
            account,
            self.name.as_str(),
            reference,
            self.address.as_str(),
            self.territory.as_deref(),
            self.zone.as_str(),
            self.location.map(|at| at.latitude_e7),
            self.location.map(|at| at.longitude_e7),
            code.and_then(Option::as_ref).map(ExposeSecret::expose_secret),
            code.is_some(),
            tx.now(),
        ];
        tx.put(&SITE_PUT, args)?;
        act.subject(put.id);
        act.fact("access_code_changed", code.is_some());
        Ok(put)
    }
}

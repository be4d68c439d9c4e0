//! Writing an account down.

use super::{ACCOUNT_NAMED, ACCOUNT_PUT};
use crate::{
    db::{Tx, args},
    directory::{
        rate_card,
        record::{self, Named},
    },
    door::{Act, Verb},
    failure::Failure,
    identity::Caller,
};
use kernel::{
    id::{self, Account, Id},
    text::Line,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Add a customer, or change one. What is left out is taken away.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Which account to change.
    pub id: Option<Id<Account>>,
    /// Your own key for it; without `id`, the account that has it is changed.
    pub reference: Option<Line<64>>,
    pub name: Line<200>,
    /// Its own prices, where it has any.
    pub rate_card: Option<Named<id::RateCard>>,
}

impl Verb for Put {
    type Done = record::Put<Account>;

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller) {
        let (tenant, reference) = (caller.tenant, self.reference.as_deref());
        record::foresee(tx, &ACCOUNT_NAMED, tenant, self.id, reference);
    }

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Self::Done, Failure> {
        let (tenant, reference) = (act.caller.tenant, self.reference.as_deref());
        let put = record::target(tx, &ACCOUNT_NAMED, tenant, self.id, reference)?;
        let card = self.rate_card.as_ref();
        let card = card.map(|card| rate_card::named(tx, tenant, card)).transpose()?;

        let args = args![tenant, put.id, self.name.as_str(), reference, card, tx.now()];
        tx.put(&ACCOUNT_PUT, args)?;
        act.subject(put.id);
        Ok(put)
    }
}

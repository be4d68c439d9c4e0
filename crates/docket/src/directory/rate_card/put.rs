//! Writing prices down.

use super::store;
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
    tenant,
};
use kernel::{
    id::{self, Id},
    invoice::{NotPriced, RateCard},
    money::BadSum,
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Add a rate card, or change one. Invoices that were made keep their prices.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Which card to change.
    pub id: Option<Id<id::RateCard>>,
    /// Your own key for it; without `id`, the card that has it is changed.
    pub reference: Option<Line<64>>,
    pub name: Line<100>,
    pub card: RateCard,
    /// Make it the card of every account that has none of its own.
    #[serde(default)]
    pub for_everyone: bool,
}

#[derive(Debug, Serialize)]
pub struct Done {
    pub id: Id<id::RateCard>,
    pub created: bool,
    /// The version that prices work from now on; the same as before if no price changed.
    pub version: i64,
}

impl Verb for Put {
    type Done = Done;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Done, Failure> {
        let tenant = act.caller.tenant;
        let put = store::target(tx, tenant, &self)?;
        self.card.check().map_err(|no| unusable(&no))?;
        let last = store::current(tx, tenant, put.id)?;
        let (version, changed) = match &last {
            Some((version, card)) if *card == self.card => (*version, false),
            Some((version, _)) => (version.saturating_add(1), true),
            None => (1, true),
        };

        store::put(tx, tenant, put.id, &self, version, changed)?;
        if self.for_everyone {
            let mut settings = tenant::settings_to_change(tx, tenant)?;
            settings.rate_card = Some(put.id);
            tenant::save_settings(tx, tenant, &settings)?;
        }
        act.subject(put.id);
        act.fact("version", version);
        act.fact("for_everyone", self.for_everyone);
        Ok(Done { id: put.id, created: put.created, version })
    }
}

fn unusable(no: &NotPriced) -> Box<Refusal> {
    let code = match no {
        NotPriced::BadSum(BadSum::Currencies { .. }) => Code::CurrencyMismatch,
        NotPriced::BadSum(BadSum::Overflow) => Code::MoneyOverflow,
        NotPriced::NoRate { .. } | NotPriced::Negative { .. } => Code::InputMalformed,
    };
    Refusal::new(code, no.to_string()).at("card")
}

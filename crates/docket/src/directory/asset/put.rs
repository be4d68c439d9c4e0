//! Writing a piece of equipment down.

use super::{ASSET_NAMED, ASSET_PUT};
use crate::{
    db::{Tx, args},
    directory::{
        record::{self, Named},
        site,
    },
    door::{Act, Verb},
    failure::Failure,
    identity::Caller,
};
use kernel::{
    id::{Asset, Id, Site},
    text::Line,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Add a piece of equipment, or change one. What is left out is taken away.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Which asset to change.
    pub id: Option<Id<Asset>>,
    /// Your own key for it; without `id`, the asset that has it is changed.
    pub reference: Option<Line<64>>,
    /// Where it is. Once a ticket names it, it stays there.
    pub site: Named<Site>,
    /// What is written on it.
    pub tag: Line<100>,
    /// What it is: a door, a closer, an operator.
    pub kind: Option<Line<100>>,
    pub maker: Option<Line<100>>,
    pub model: Option<Line<100>>,
    pub serial: Option<Line<100>>,
}

impl Verb for Put {
    type Done = record::Put<Asset>;

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller) {
        let (tenant, reference) = (caller.tenant, self.reference.as_deref());
        record::foresee(tx, &ASSET_NAMED, tenant, self.id, reference);
        site::foresee_named(tx, tenant, &self.site);
    }

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Self::Done, Failure> {
        let (tenant, reference) = (act.caller.tenant, self.reference.as_deref());
        let put = record::target(tx, &ASSET_NAMED, tenant, self.id, reference)?;
        let site = site::named(tx, tenant, &self.site)?;

        let args = args![
            tenant,
            put.id,
            site,
            self.tag.as_str(),
            self.kind.as_deref(),
            self.maker.as_deref(),
            self.model.as_deref(),
            self.serial.as_deref(),
            reference,
            tx.now(),
        ];
        record::written(tx.execute(&ASSET_PUT, args))?;
        act.subject(put.id);
        Ok(put)
    }
}

//! Reading the prices.

use super::store;
use crate::{
    db::Snap,
    door::{Look, Looked, Sight},
    failure::Failure,
    page::{self, Limit, Page},
};
use kernel::{
    id::{self, Id},
    invoice::RateCard,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Read the rate cards as they are now, a page at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<id::RateCard>>,
}

#[derive(Debug, Serialize)]
pub(super) struct Seen {
    pub id: Id<id::RateCard>,
    pub name: String,
    pub reference: Option<String>,
    pub version: i64,
    pub card: RateCard,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let after = page::after(self.after);
        let seen = store::page(snap, sight.caller.tenant, &after, self.limit.rows())?;
        Looked::new(&Page::cut(seen, self.limit, |last| last.id))
    }
}

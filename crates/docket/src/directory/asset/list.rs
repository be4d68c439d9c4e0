//! Reading the equipment.

use super::ASSET_PAGE;
use crate::{
    db::{Snap, args},
    door::{Look, Looked, Sight},
    failure::Failure,
    page::{self, Limit, Page},
};
use kernel::id::{Asset, Id, Site};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Read the equipment, a page at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only that of one site.
    pub site: Option<Id<Site>>,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<Asset>>,
}

#[derive(Debug, Serialize)]
struct Seen {
    id: Id<Asset>,
    site: Id<Site>,
    tag: String,
    kind: Option<String>,
    maker: Option<String>,
    model: Option<String>,
    serial: Option<String>,
    reference: Option<String>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let (after, site) = (page::after(self.after), page::after(self.site));
        let args = args![sight.caller.tenant, after, self.limit.rows(), site];
        let seen = snap.all(&ASSET_PAGE, args, |row| {
            Ok(Seen {
                id: row.get(0)?,
                site: row.get(1)?,
                tag: row.get(2)?,
                kind: row.get(3)?,
                maker: row.get(4)?,
                model: row.get(5)?,
                serial: row.get(6)?,
                reference: row.get(7)?,
            })
        })?;
        Looked::new(&Page::cut(seen, self.limit, |last| last.id))
    }
}

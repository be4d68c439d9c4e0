//! Reading the incident types.

use super::{Template, store};
use crate::{
    db::Snap,
    door::{Look, Looked, Sight},
    failure::Failure,
    page::{self, Limit, Page},
};
use kernel::key::Key;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Read the incident types, a page at a time: those in use, or the last version
/// of each.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The last version of every type, whether or not it is in use.
    #[serde(default)]
    pub latest: bool,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Key>,
}

#[derive(Debug, Serialize)]
pub(super) struct Seen {
    pub version: i64,
    /// The version in use, which may be another.
    pub active: Option<i64>,
    pub template: Template,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let after = page::after(self.after);
        let rows = self.limit.rows();
        let seen = store::page(snap, sight.caller.tenant, &after, rows, self.latest)?;
        Looked::new(&Page::cut(seen, self.limit, |last| last.template.name.clone()))
    }
}

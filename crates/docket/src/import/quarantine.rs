//! Reading the rows that were not taken.

use crate::{
    db::{Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::Failure,
    page::{Limit, Page},
};
use kernel::id::{Id, Import};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

statements! {
    IMPORT_BAD_PAGE = "bad_page.sql";
}

/// Read the rows of an import that were not taken, as they stood in the file,
/// with their lines and the reasons, a page at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    pub import: Id<Import>,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<i64>,
}

impl Look for Quarantine {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let after = self.after.unwrap_or(0);
        let args = args![sight.caller.tenant, self.import, after, self.limit.rows()];
        let rows: Vec<(i64, Box<RawValue>)> = snap.all(&IMPORT_BAD_PAGE, args, |row| {
            let body: String = row.get(1)?;
            Ok((row.get(0)?, RawValue::from_string(body)?))
        })?;
        let page = Page::cut(rows, self.limit, |last| last.0);
        let items = page.items.into_iter().map(|(_, body)| body).collect();
        Looked::new(&Page { items, next: page.next })
    }
}

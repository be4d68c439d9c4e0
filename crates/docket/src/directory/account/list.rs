//! Reading the accounts.

use super::ACCOUNT_PAGE;
use crate::{
    db::{Snap, args},
    door::{Look, Looked, Sight},
    failure::Failure,
    page::{self, Limit, Page},
};
use kernel::id::{self, Account, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Read the customers, a page at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<Account>>,
}

#[derive(Debug, Serialize)]
struct Seen {
    id: Id<Account>,
    name: String,
    reference: Option<String>,
    rate_card: Option<Id<id::RateCard>>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let args = args![sight.caller.tenant, page::after(self.after), self.limit.rows()];
        let seen = snap.all(&ACCOUNT_PAGE, args, |row| {
            Ok(Seen {
                id: row.get(0)?,
                name: row.get(1)?,
                reference: row.get(2)?,
                rate_card: row.get(3)?,
            })
        })?;
        Looked::new(&Page::cut(seen, self.limit, |last| last.id))
    }
}

//! Reading the contacts. Whoever reads them leaves an entry.

use super::CONTACT_PAGE;
use crate::{
    db::{Row, Snap, args},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    page::{self, Limit, Page},
};
use kernel::{
    field::Field,
    id::{Account, Contact, Id, Principal, Site},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// Read the people of the customers, a page at a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only those of one account.
    pub account: Option<Id<Account>>,
    /// Only those of one site; who speaks for every site is not among them.
    pub site: Option<Id<Site>>,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<Contact>>,
}

#[derive(Debug, Serialize)]
struct Seen {
    id: Id<Contact>,
    account: Id<Account>,
    site: Option<Id<Site>>,
    reference: Option<String>,
    may_request: bool,
    may_approve: bool,
    principal: Option<Id<Principal>>,
    #[serde(flatten)]
    details: Option<Details>,
}

/// Who they are, for those who may know.
#[derive(Debug, Serialize)]
struct Details {
    name: String,
    phone: Option<String>,
    email: Option<String>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let details = Field::Contact.seen_by(sight.caller.roles);
        let args = args![
            sight.caller.tenant,
            page::after(self.after),
            self.limit.rows(),
            page::after(self.account),
            page::after(self.site),
        ];
        let seen = snap.all(&CONTACT_PAGE, args, |row| seen(row, details))?;

        let page = Page::cut(seen, self.limit, |last| last.id);
        let facts = Map::from_iter([("contacts".to_owned(), page.items.len().into())]);
        Ok(Looked::new(&page)?.sensitive(facts))
    }
}

fn seen(row: &Row<'_>, details: bool) -> Result<Seen, Fault> {
    Ok(Seen {
        id: row.get(0)?,
        account: row.get(1)?,
        site: row.get(2)?,
        reference: row.get(4)?,
        may_request: row.get(7)?,
        may_approve: row.get(8)?,
        principal: row.get(9)?,
        details: if details {
            Some(Details { name: row.get(3)?, phone: row.get(5)?, email: row.get(6)? })
        } else {
            None
        },
    })
}

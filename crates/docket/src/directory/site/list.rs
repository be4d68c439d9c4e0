//! Reading the sites, each as far as the caller may see it.

use super::{SITE_PAGE, SITE_PAGE_OF_CONTACT};
use crate::{
    db::{Row, Snap, args},
    directory::location::Location,
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    page::{self, Limit, Page},
};
use kernel::{
    field::Field,
    id::{Account, Id, Site},
    role::{Role, Roles},
    tool::Tool,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Read the sites, a page at a time. A customer reads their own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only those of one account.
    pub account: Option<Id<Account>>,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<Site>>,
}

/// A site as the caller sees it. The access code is never here.
#[derive(Debug, Serialize)]
struct Seen {
    id: Id<Site>,
    account: Id<Account>,
    name: String,
    reference: Option<String>,
    territory: Option<String>,
    zone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_access_code: Option<bool>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let caller = sight.caller;
        let (after, account) = (page::after(self.after), page::after(self.account));
        let rows = self.limit.rows();

        let seen = if only_a_customer(caller.roles) {
            let args = args![caller.tenant, after, rows, account, caller.subject()];
            snap.all(&SITE_PAGE_OF_CONTACT, args, |row| seen(row, caller.roles))?
        } else {
            let args = args![caller.tenant, after, rows, account];
            snap.all(&SITE_PAGE, args, |row| seen(row, caller.roles))?
        };
        Looked::new(&Page::cut(seen, self.limit, |last| last.id))
    }
}

/// Whether none of the roles but the customer's opens this list.
fn only_a_customer(roles: Roles) -> bool {
    roles.intersection(Tool::SiteList.roles()) == Roles::of(&[Role::Customer])
}

fn seen(row: &Row<'_>, roles: Roles) -> Result<Seen, Fault> {
    let address = Field::Address.seen_by(roles);
    Ok(Seen {
        id: row.get(0)?,
        account: row.get(1)?,
        name: row.get(2)?,
        reference: row.get(3)?,
        address: if address { Some(row.get(4)?) } else { None },
        territory: row.get(5)?,
        zone: row.get(6)?,
        location: if address { Location::of(row.get(7)?, row.get(8)?) } else { None },
        has_access_code: if Field::AccessCode.seen_by(roles) { Some(row.get(9)?) } else { None },
    })
}

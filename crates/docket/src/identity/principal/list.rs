//! Who may call, and what each was given.

use super::{Principal, row};
use crate::{
    db::{Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::Failure,
    identity::Kind,
};
use jiff::Timestamp;
use kernel::{
    id::{self, Id},
    role::Role,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    PRINCIPAL_LIST = "principal_list.sql";
}

const LIMIT_MAX: u16 = 200;

/// List the principals of the tenant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The `next` of the page before.
    pub after: Option<Id<id::Principal>>,
    /// At most 200; 50 if it is not said.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u16>,
}

#[derive(Debug, Serialize)]
pub struct Listed {
    pub principals: Vec<View>,
    /// Where the next page starts, if there is one.
    pub next: Option<Id<id::Principal>>,
}

#[derive(Debug, Serialize)]
pub struct View {
    pub id: Id<id::Principal>,
    pub kind: Kind,
    pub name: String,
    pub roles: Vec<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let limit = usize::from(self.limit.unwrap_or(50).clamp(1, LIMIT_MAX));
        let after = self.after.map_or_else(String::new, |id| id.to_string());

        // One more than asked for says whether there is another page.
        let args = args![sight.caller.tenant, after, limit as i64 + 1];
        let mut principals = snap.all(&PRINCIPAL_LIST, args, row)?;
        let more = principals.len() > limit;
        principals.truncate(limit);

        let next = principals.last().filter(|_| more).map(|last| last.id);
        let principals = principals.into_iter().map(View::from).collect();
        Looked::new(&Listed { principals, next })
    }
}

impl From<Principal> for View {
    fn from(principal: Principal) -> Self {
        Self {
            id: principal.id,
            kind: principal.kind,
            name: principal.name,
            roles: principal.roles.iter().collect(),
            issuer: principal.issuer,
            subject: principal.subject,
            revoked_at: principal.revoked_at,
        }
    }
}

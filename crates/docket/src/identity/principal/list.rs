//! Who may call, and what each was given.

use super::{Principal, row};
use crate::{
    db::{Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::Failure,
    identity::{Kind, key::Thumbprint},
    page::{self, Limit, Page},
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

/// List the principals of the tenant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The `next` of the page before.
    pub after: Option<Id<id::Principal>>,
    #[serde(default)]
    pub limit: Limit,
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
    pub key: Option<Thumbprint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let args = args![sight.caller.tenant, page::after(self.after), self.limit.rows()];
        let principals = snap.all(&PRINCIPAL_LIST, args, |read| row(read).map(View::from))?;
        Looked::new(&Page::cut(principals, self.limit, |last| last.id))
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
            key: principal.key,
            revoked_at: principal.revoked_at,
        }
    }
}

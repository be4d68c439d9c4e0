//! The checklist: what whoever did the work says of it.

use super::gate::{self, template};
use crate::{
    db::{Tx, args, statements},
    door::{Act, OnTicket},
    failure::Failure,
    identity::Caller,
    ticket::Ticket,
};
use kernel::{
    id::{self, Id},
    key::Key,
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

statements! {
    CHECKLIST_SET = "checklist_set.sql";
}

/// Say of checklist items whether they are done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetChecklist {
    pub ticket: Id<id::Ticket>,
    /// The items, as the incident type names them. Others stay as they are.
    pub items: BTreeMap<Key, bool>,
}

#[derive(Debug, Serialize)]
pub struct Set {
    /// The items that still have to be true.
    pub missing: Vec<Key>,
}

impl OnTicket for SetChecklist {
    type Done = Set;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        gate::foresee(tx, caller.tenant, ticket);
    }

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>, ticket: &mut Ticket) -> Result<Set, Failure> {
        let template = template(tx, act.caller.tenant, ticket)?;
        let unknown: Vec<_> =
            self.items.keys().filter(|item| !template.checklist.contains(item)).collect();
        if !unknown.is_empty() || self.items.is_empty() {
            let detail = format!("`{}` asks for other items", template.name);
            let asked = template.checklist.iter().map(ToString::to_string).collect();
            return Err(Refusal::new(Code::ChecklistUnknown, detail)
                .at("items")
                .missing(asked)
                .into());
        }

        let (caller, now) = (act.caller, tx.now());
        for (item, done) in &self.items {
            let item = item.as_str();
            let (by, for_whom) = (caller.actor, caller.on_behalf_of);
            let args = args![caller.tenant, ticket.id, item, *done, by, for_whom, now];
            tx.put(&CHECKLIST_SET, args)?;
            act.fact(item, *done);
        }
        let verdict = gate::judge(tx, caller.tenant, ticket, None)?;
        Ok(Set { missing: verdict.missing_checklist })
    }
}

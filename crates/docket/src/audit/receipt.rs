//! The receipt of one entry: what it takes to see, later and elsewhere, that
//! the log holds it.

use super::{list, log};
use crate::{
    db::Snap,
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    identity::Caller,
};
use kernel::{
    audit::Entry,
    id::{self, Id},
    receipt::Receipt,
    refusal::{Code, Refusal},
    role::Role,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Get the receipt of an audit entry: the entry, its place in the log, the
/// proof, and a signed checkpoint. `docket audit verify --receipt` checks it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prove {
    pub entry: Id<id::Entry>,
}

impl Look for Prove {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let found = list::find(snap, sight.caller.tenant, self.entry)?;
        if !may_see(sight.caller, &found.body)? {
            let detail = format!("no entry `{}`", self.entry);
            return Err(Refusal::new(Code::RecordNotFound, detail).into());
        }

        let Some(receipt) = of(snap, found.entry_no, found.body)? else {
            let detail = format!("the entry `{}` has no place in the log yet", self.entry);
            return Err(Refusal::new(Code::NotSequenced, detail).into());
        };
        Looked::new(&receipt)
    }
}

/// Auditors see every entry of their tenant, everybody else what they did.
fn may_see(caller: &Caller, body: &str) -> Result<bool, Failure> {
    if caller.roles.contains(Role::Auditor) {
        return Ok(true);
    }
    let entry: Entry = serde_json::from_str(body)
        .map_err(|cause| Fault::unreadable("audit_entry", "body", cause))?;
    let by = [entry.actor, entry.on_behalf_of];
    Ok(by.into_iter().flatten().any(|who| caller.is_any_of(&[who])))
}

/// The receipt of an entry, nothing if it is not a leaf yet.
///
/// # Errors
/// If the database does not answer, or its log is not whole.
pub fn of(snap: &Snap<'_>, entry_no: i64, body: String) -> Result<Option<Receipt>, Fault> {
    let Some(index) = log::leaf_of(snap, entry_no)? else { return Ok(None) };
    let Some(stored) = log::shown(snap, index + 1)? else { return Ok(None) };
    let proof = log::Prover::new(snap, stored.size).inclusion(index)?;
    let checkpoint = log::note(snap, &stored)?.to_string();
    Ok(Some(Receipt { entry: body, index, proof, checkpoint }))
}

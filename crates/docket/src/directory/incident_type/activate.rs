//! Putting a version of an incident type to use.

use super::store;
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
};
use kernel::{
    key::Key,
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Use a version of an incident type for new tickets. Those that were triaged
/// stay with the version they have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Activate {
    pub name: Key,
    pub version: i64,
}

#[derive(Debug, Serialize)]
pub struct Activated {
    pub name: Key,
    pub version: i64,
}

impl Verb for Activate {
    type Done = Activated;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Activated, Failure> {
        let Self { name, version } = self;
        let tenant = act.caller.tenant;
        let lacks = store::at(tx, tenant, name.as_str(), version)?.lacks();
        if !lacks.is_empty() {
            let detail = format!("version {version} of the type is not complete");
            let missing = lacks.into_iter().map(str::to_owned).collect();
            return Err(Refusal::new(Code::TypeIncomplete, detail).missing(missing).into());
        }

        store::activate(tx, tenant, name.as_str(), version)?;
        act.fact("type", name.as_str());
        act.fact("version", version);
        Ok(Activated { name, version })
    }
}

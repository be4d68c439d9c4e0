//! Writing a new version of an incident type.

use super::{Template, store};
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

/// Write a new version of an incident type, or the first of a new one. Nothing
/// uses it before `type.activate`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Put(pub Template);

#[derive(Debug, Serialize)]
pub struct Written {
    pub name: Key,
    /// The last version if it already said the same, or else a new one.
    pub version: i64,
    pub created: bool,
    /// What it lacks and cannot be active without.
    pub lacks: Vec<&'static str>,
}

impl Verb for Put {
    type Done = Written;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Written, Failure> {
        let (tenant, template) = (act.caller.tenant, self.0);
        check(&template)?;
        tx.lock("incident type", template.name.as_str());
        let last = store::latest(tx, tenant, template.name.as_str())?;
        let (version, created) = match last {
            Some((version, same)) if same == template => (version, false),
            Some((version, _)) => (version.saturating_add(1), true),
            None => (1, true),
        };

        if created {
            store::add(tx, tenant, &template, version)?;
        }
        act.fact("type", template.name.as_str());
        act.fact("version", version);
        let lacks = template.lacks();
        Ok(Written { name: template.name, version, created, lacks })
    }
}

fn check(template: &Template) -> Result<(), Box<Refusal>> {
    if !template.high_risk_evidence.is_subset(&template.evidence) {
        let detail = "high-risk evidence is some of the evidence";
        return Err(Refusal::new(Code::InputMalformed, detail).at("high_risk_evidence"));
    }
    Ok(())
}

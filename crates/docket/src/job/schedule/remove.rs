//! Taking a schedule away.

use crate::{
    db::{Tx, args, statements},
    door::{Act, Verb},
    failure::Failure,
};
use kernel::{
    key::Key,
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    SCHEDULE_REMOVE = "remove.sql";
}

/// Have a job queued by the calendar no more. What was queued already is done;
/// `job.cancel` cancels it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    pub name: Key,
}

#[derive(Debug, Serialize)]
pub struct Unscheduled {
    pub name: String,
}

impl Verb for Remove {
    type Done = Unscheduled;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Unscheduled, Failure> {
        let name = self.name.to_string();
        tx.lock("schedule", &name);
        if tx.execute(&SCHEDULE_REMOVE, args![act.caller.tenant, &name])? == 0 {
            let detail = "there is no schedule of that name";
            return Err(Refusal::new(Code::RecordNotFound, detail).at("name").into());
        }
        act.fact("schedule", name.as_str());
        Ok(Unscheduled { name })
    }
}

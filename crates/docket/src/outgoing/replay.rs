//! Putting back what is stuck, once what was wrong is put right.

use super::{
    Kind, deliver,
    store::{self, Standing},
};
use crate::{
    db::Tx,
    door::{Act, Verb},
    failure::Failure,
};
use kernel::{
    id::{Id, Outgoing},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Have texts tried again that did not leave. What each says is found out anew,
/// so one that is no longer so is still not sent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Texts that stand as `dead`, `no_carrier` or `no_address`.
    #[schemars(length(min = 1, max = 100))]
    pub outgoing: Vec<Id<Outgoing>>,
}

#[derive(Debug, Serialize)]
pub struct Replayed {
    pub outgoing: Vec<Id<Outgoing>>,
}

/// At most this many are put back at once.
const MOST: usize = 100;

impl Verb for Replay {
    type Done = Replayed;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Replayed, Failure> {
        if !(1..=MOST).contains(&self.outgoing.len()) {
            let detail = format!("name 1 to {MOST} texts");
            return Err(Refusal::new(Code::InputMalformed, detail).at("outgoing").into());
        }
        for (at, id) in self.outgoing.iter().enumerate() {
            let Some((kind, standing)) = store::find(tx, act.caller.tenant, *id)? else {
                let no = Refusal::new(Code::RecordNotFound, format!("no text `{id}`"));
                return Err(no.at(format!("outgoing[{at}]")).into());
            };
            may_go_back(kind, standing).map_err(|no| no.at(format!("outgoing[{at}]")))?;
            store::replay(tx, act.caller.tenant, *id, standing)?;
            deliver::queue(tx, act.caller.tenant, *id)?;
            act.subject(id);
        }
        Ok(Replayed { outgoing: self.outgoing })
    }
}

fn may_go_back(kind: Kind, standing: Standing) -> Result<(), Box<Refusal>> {
    let detail = match standing {
        Standing::NoAddress | Standing::NoCarrier | Standing::Dead if kind.is_secret() => {
            "a secret is forgotten when it does not leave; ask for a new one".to_owned()
        }
        Standing::NoAddress | Standing::NoCarrier | Standing::Dead => return Ok(()),
        Standing::Waiting | Standing::Delivered | Standing::Superseded => {
            format!("the text is not stuck: it is {}", standing.name())
        }
    };
    Err(Refusal::new(Code::OutgoingNotStuck, detail))
}

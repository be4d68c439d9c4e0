//! Going on after a hold.

use crate::{
    db::Tx,
    door::{Act, OnTicket},
    failure::{Failure, Fault},
    ticket::{Standing, Ticket},
};
use jiff::Timestamp;
use kernel::id::{self, Id};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Go on with work that was held.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    pub ticket: Id<id::Ticket>,
}

#[derive(Debug, Serialize)]
pub struct Resumed {
    pub held_since: Timestamp,
    pub resumed_at: Timestamp,
}

impl OnTicket for Resume {
    type Done = Resumed;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        _: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Resumed, Failure> {
        let Standing::OnHold { visit, since, .. } = ticket.standing else {
            return Err(Fault::Other("work was resumed that was not held".into()).into());
        };

        ticket.standing = Standing::InProgress { visit };

        Ok(Resumed { held_since: since, resumed_at: tx.now() })
    }
}

//! Verifying: the proof holds, or the work goes back with reasons.

use crate::{
    closeout::{self, gate},
    db::{Tx, args, statements},
    door::{Act, Before, OnTicket},
    evidence,
    failure::{Failure, Fault},
    identity::Caller,
    message,
    ticket::{Standing, Ticket},
};
use kernel::{
    id::{self, Id},
    key::Key,
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    VERIFICATION_ADD = "add.sql";
}

/// Say whether finished work stands up to a look at its proof.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    pub ticket: Id<id::Ticket>,
    pub outcome: Outcome,
    /// What has to be done again, where it did not stand up.
    #[serde(default)]
    pub reasons: Vec<Line<300>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pass,
    Fail,
}

#[derive(Debug, Serialize)]
pub struct Verified {
    pub outcome: Outcome,
    /// How many pieces of evidence can no longer change from now on.
    pub locked: usize,
    /// The evidence keys that an exception stands in for.
    pub excused: Vec<Key>,
}

impl OnTicket for Verify {
    type Done = Verified;

    const BEFORE: Before = Before::Reread;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller, ticket: &Ticket) {
        gate::foresee(tx, caller.tenant, ticket);
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Verified, Failure> {
        let tenant = act.caller.tenant;
        if act.caller.is_any_of(&closeout::completers(tx, tenant, ticket.id)?) {
            let detail = "whoever completed the work, or acts for them, does not verify it";
            return Err(Refusal::new(Code::OwnWork, detail).into());
        }
        self.write(tx, act, ticket)?;
        match self.outcome {
            Outcome::Pass => pass(tx, act, ticket),
            Outcome::Fail => self.fail(tx, act, ticket),
        }
    }
}

fn pass(tx: &mut Tx<'_>, act: &mut Act<'_>, ticket: &mut Ticket) -> Result<Verified, Failure> {
    let tenant = act.caller.tenant;
    let verdict = gate::pass(tx, tenant, ticket, act.reread.as_ref())?;
    let locked = evidence::lock(tx, tenant, ticket.id)?;
    ticket.standing = Standing::Verified;
    act.fact("outcome", "pass");
    act.fact("locked", locked);
    Ok(Verified { outcome: Outcome::Pass, locked, excused: verdict.excused })
}

impl Verify {
    fn fail(
        &self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Verified, Failure> {
        if self.reasons.is_empty() {
            let detail = "whoever has to do it again wants to know why";
            return Err(Refusal::new(Code::ReasonsMissing, detail).at("reasons").into());
        }
        let Standing::CompletedPendingVerification { visit } = ticket.standing else {
            return Err(Fault::Other("only completed work is verified".to_owned()).into());
        };
        ticket.standing = Standing::InProgress { visit };
        let reasons: Vec<_> = self.reasons.iter().map(Line::as_str).collect();
        message::note(tx, act, ticket.id, &reasons.join("\n"))?;
        act.fact("outcome", "fail");
        act.fact("reasons", self.reasons.len());
        Ok(Verified { outcome: Outcome::Fail, locked: 0, excused: Vec::new() })
    }

    /// Writes down the look. A refusal takes it back with everything else.
    fn write(&self, tx: &mut Tx<'_>, act: &Act<'_>, ticket: &Ticket) -> Result<(), Failure> {
        let args = args![
            act.caller.tenant,
            ticket.id,
            ticket.version,
            self.outcome == Outcome::Pass,
            serde_json::to_string(&self.reasons)?,
            act.caller.actor,
            act.caller.on_behalf_of,
            act.entry,
            tx.now(),
        ];
        tx.put(&VERIFICATION_ADD, args)?;
        Ok(())
    }
}

//! Looks: what reads and changes nothing.

use super::{Act, Answer, Before, Call, Denied, Door, authorise, refuse, tools};
use crate::{
    db::{Committed, Snap, Tx},
    evidence::Reread,
    failure::{Failure, Fault},
    identity::Caller,
    ticket::{self, Claim, Ticket},
};
use kernel::{
    audit::Outcome,
    id::{self, Id},
    role::Role,
    tool::Tool,
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::sync::Arc;

/// A look of the toolset, as its file in a slice implements it.
pub trait Look: DeserializeOwned + JsonSchema + Send + 'static {
    /// The ticket it is about, where it is about one.
    fn ticket(&self) -> Option<Id<id::Ticket>> {
        None
    }

    /// What has to be found out before, because it is slow.
    const BEFORE: Before = Before::Nothing;

    /// # Errors
    /// A refusal of the look, or a fault.
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure>;
}

/// Who looks, and at which ticket.
pub struct Sight<'a> {
    pub caller: &'a Caller,
    pub tool: Tool,
    pub role: Role,
    pub ticket: Option<(&'a Ticket, &'a Claim)>,
    /// What was found when the ticket's evidence was read again, for the looks
    /// that ask for it.
    pub reread: Option<&'a Reread>,
}

impl<'a> Sight<'a> {
    /// The ticket the look is about, which the door has loaded.
    ///
    /// # Errors
    /// A fault, if the look named none.
    pub fn the_ticket(&self) -> Result<(&'a Ticket, &'a Claim), Failure> {
        let missing = || Fault::Other("a look has no ticket".to_owned());
        Ok(self.ticket.ok_or_else(missing)?)
    }
}

/// What was seen.
pub struct Looked {
    pub body: String,
    pub version: Option<i64>,
    /// Facts for an audit entry, where somebody would want to know that this was read.
    pub sensitive: Option<Map<String, Value>>,
    /// What is kept of the look, in the transaction of that entry.
    pub keep: Option<Keep>,
}

/// What is kept of a look.
pub type Keep = Arc<dyn Fn(&mut Tx<'_>) -> Result<(), Fault> + Send + Sync>;

impl Looked {
    /// # Errors
    /// A fault, if the view cannot be written as JSON.
    pub fn new(view: &impl Serialize) -> Result<Self, Failure> {
        Ok(Self::text(serde_json::to_string(view)?))
    }

    /// What was seen, where it is JSON text already.
    pub const fn text(body: String) -> Self {
        Self { body, version: None, sensitive: None, keep: None }
    }

    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    #[must_use]
    pub fn sensitive(mut self, facts: Map<String, Value>) -> Self {
        self.sensitive = Some(facts);
        self
    }
}

/// A look whose input has been read, without its types.
pub struct Glance {
    ticket: Option<Id<id::Ticket>>,
    before: Before,
    #[expect(clippy::type_complexity, reason = "the one place where a look is held")]
    look: Box<dyn Fn(&Snap<'_>, &Sight<'_>) -> Result<Looked, Failure> + Send>,
}

impl Glance {
    pub(super) fn new<L: Look>(input: &[u8]) -> Result<Self, Failure> {
        let ticket = super::parse::<L>(input)?.ticket();
        let input = input.to_vec();
        // Read again each time it is taken, since a look uses up what it was given.
        let look_at =
            move |snap: &Snap<'_>, sight: &Sight<'_>| super::parse::<L>(&input)?.look(snap, sight);
        Ok(Self { ticket, before: L::BEFORE, look: Box::new(look_at) })
    }
}

impl Door {
    pub(super) async fn look(&self, caller: &Caller, call: Call) -> Result<Answer, Denied> {
        let glance = tools::glance(call.tool, &call.input).and_then(|glance| {
            super::shape::check(call.tool, &call.input)?;
            Ok(glance)
        });
        let on = glance.as_ref().ok().and_then(|glance| glance.ticket);
        let before = glance.as_ref().map_or(Before::Nothing, |glance| glance.before);
        let reread = self.prepare(caller, &call, before, on).await?;
        let looked = match glance {
            Ok(glance) => {
                let (who, what) = (caller.clone(), call.clone());
                let see = move |snap: &Snap<'_>| see(snap, &who, &what, &glance, reread.as_ref());
                // What is about one ticket is short.
                match on {
                    Some(_) => self.db().glimpse(caller.tenant, see).await,
                    None => self.db().read(caller.tenant, see).await,
                }
            }
            Err(failure) => Err(failure),
        };
        match looked {
            Ok(looked) if looked.sensitive.is_some() => {
                self.witnessed(caller, call, on, looked).await
            }
            Ok(looked) => Ok(answer(looked)),
            Err(Failure::Refused(refusal)) => Err(self.refuse(caller, &call, on, refusal).await),
            Err(Failure::Broke(fault)) => Err(fault.into()),
        }
    }

    /// Writes down that something sensitive is read, before it is.
    async fn witnessed(
        &self,
        caller: &Caller,
        call: Call,
        on: Option<Id<id::Ticket>>,
        mut looked: Looked,
    ) -> Result<Answer, Denied> {
        let (tenant, caller) = (caller.tenant, caller.clone());
        let (facts, keep) = (looked.sensitive.take().unwrap_or_default(), looked.keep.take());
        let wrote = self.db().write(tenant, move |tx| {
            let mut entry = refuse::blank(&caller, &call, tx.new_id(), tx.now(), Outcome::Read);
            entry.ticket = on;
            entry.payload = facts;
            let kept = keep.map_or(Ok(()), |keep| keep(tx));
            match kept.and_then(|()| tx.record(&entry)) {
                Ok(recorded) => Committed::Changed((), recorded),
                Err(fault) => Committed::Failed(fault.into()),
            }
        });
        wrote.await?;
        Ok(answer(looked))
    }
}

fn see(
    snap: &Snap<'_>,
    caller: &Caller,
    call: &Call,
    glance: &Glance,
    reread: Option<&Reread>,
) -> Result<Looked, Failure> {
    let Some(id) = glance.ticket else {
        let role = Act::first_role(caller, call.tool);
        return (glance.look)(snap, &Sight { caller, tool: call.tool, role, ticket: None, reread });
    };
    let ticket = ticket::seen(snap, caller, id)?;
    let claim = ticket::claim(snap, caller, &ticket)?;
    let role = authorise::on_ticket(caller, call.tool, &ticket, &claim)?;
    let sight = Sight { caller, tool: call.tool, role, ticket: Some((&ticket, &claim)), reread };
    (glance.look)(snap, &sight)
}

fn answer(looked: Looked) -> Answer {
    Answer {
        body: looked.body,
        created: false,
        version: looked.version,
        replayed: false,
        idle: false,
        measured: Vec::new(),
    }
}

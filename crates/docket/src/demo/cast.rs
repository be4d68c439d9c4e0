//! Everybody who acts in the demo, each with a token of their own.
//!
//! Nobody is let in by the demo itself: tokens are issued by Docket's issuer,
//! verified by its gate, and run out after a quarter of an hour of the demo's
//! clock like any other.

use super::tally::Tally;
use crate::{
    app::App,
    door::{Answer, Call, Denied},
    failure::{Failure, Fault},
    identity::{Caller, Issue, Wanted},
    job,
};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use kernel::{
    canonical::Digest,
    id::{Id, Principal},
    refusal::Refusal,
    role::Role,
    tool::Tool,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::sync::Semaphore;

/// How many calls are on their way through the door at once.
const AT_ONCE: usize = 32;

/// Everybody, and the way in.
pub struct Cast {
    pub app: App,
    pub tally: Tally,
    tokens: Mutex<BTreeMap<Actor, (String, Timestamp)>>,
    keys: AtomicU64,
    door: Semaphore,
}

/// Somebody with one role, perhaps for somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor {
    pub principal: Id<Principal>,
    pub role: Role,
    pub on_behalf_of: Option<Id<Principal>>,
}

impl Actor {
    pub const fn new(principal: Id<Principal>, role: Role) -> Self {
        Self { principal, role, on_behalf_of: None }
    }

    /// The same, acting for a person.
    #[must_use]
    pub const fn acting_for(mut self, person: Id<Principal>) -> Self {
        self.on_behalf_of = Some(person);
        self
    }
}

/// What Docket answered.
#[derive(Debug)]
pub struct Reply {
    pub body: Value,
    pub version: Option<i64>,
    pub replayed: bool,
}

/// Docket did not do it.
#[derive(Debug)]
pub enum No {
    Refused(Box<Refusal>),
    Broke(Fault),
}

impl From<Fault> for No {
    fn from(fault: Fault) -> Self {
        Self::Broke(fault)
    }
}

impl From<Failure> for No {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::Refused(refusal),
            Failure::Broke(fault) => Self::Broke(fault),
        }
    }
}

impl From<Denied> for No {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused(refusal, _) => Self::Refused(refusal),
            Denied::Broke(fault) => Self::Broke(fault),
        }
    }
}

impl From<serde_json::Error> for No {
    fn from(cause: serde_json::Error) -> Self {
        Self::Broke(Fault::Other(format!("an answer is not what it should be: {cause}")))
    }
}

impl Cast {
    pub fn new(app: App) -> Self {
        Self {
            app,
            tally: Tally::default(),
            tokens: Mutex::default(),
            keys: AtomicU64::new(0),
            door: Semaphore::new(AT_ONCE),
        }
    }

    /// A key that no call has had.
    pub fn key(&self) -> String {
        format!("demo-{:06}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// Calls a tool, under a new key.
    pub async fn call(
        &self,
        actor: Actor,
        tool: Tool,
        input: &Value,
        version: Option<i64>,
    ) -> Result<Reply, No> {
        let key = tool.is_command().then(|| self.key());
        self.call_again(actor, tool, input, version, key).await
    }

    /// Calls a tool under a key that may have been used.
    pub async fn call_again(
        &self,
        actor: Actor,
        tool: Tool,
        input: &Value,
        version: Option<i64>,
        key: Option<String>,
    ) -> Result<Reply, No> {
        let mut call = Call::new(tool, input.to_string(), "demo");
        call.key = key;
        call.if_match = version;
        let caller = self.caller(actor).await?;
        let _turn = self.turn().await?;
        let began = Instant::now();
        let answer = self.app.door.call(&caller, call).await;
        self.answered(tool, began, answer)
    }

    /// Looks at something, and hands over the bytes of the answer as they are.
    pub async fn text(&self, actor: Actor, tool: Tool, input: &Value) -> Result<String, No> {
        let caller = self.caller(actor).await?;
        let _turn = self.turn().await?;
        let call = Call::new(tool, input.to_string(), "demo");
        match self.app.door.call(&caller, call).await {
            Ok(answer) => Ok(answer.body),
            Err(denied) => Err(denied.into()),
        }
    }

    /// Uploads a picture and says what its digest is.
    pub async fn upload(&self, actor: Actor, bytes: Vec<u8>) -> Result<Digest, No> {
        let caller = self.caller(actor).await?;
        let digest = Digest::of_bytes(&bytes);
        self.tally.uploaded(bytes.len());
        let mut call = Call::new(Tool::EvidenceUpload, "{}", "demo");
        call.key = Some(self.key());
        let _turn = self.turn().await?;
        let began = Instant::now();
        let stream = futures_util::stream::iter([io::Result::Ok(Bytes::from(bytes))]);
        let answer = self.app.door.upload(&caller, call, stream, Some(digest)).await;
        self.answered(Tool::EvidenceUpload, began, answer)?;
        Ok(digest)
    }

    fn answered(
        &self,
        tool: Tool,
        began: Instant,
        answer: Result<Answer, Denied>,
    ) -> Result<Reply, No> {
        match answer {
            Ok(answer) => {
                self.tally.step(tool.name(), began.elapsed());
                let mut body: Value = serde_json::from_str(&answer.body)?;
                Ok(Reply {
                    // A command is answered with its entry and, in that, its result.
                    body: if tool.is_command() { body["result"].take() } else { body },
                    version: answer.version,
                    replayed: answer.replayed,
                })
            }
            Err(denied) => {
                if let Denied::Refused(refusal, _) = &denied {
                    self.tally.refused(refusal);
                }
                Err(denied.into())
            }
        }
    }

    /// Does what is due because time has passed, and delivers what waits to leave.
    pub async fn work_off(&self) -> Result<(), No> {
        let app = &self.app;
        job::work::work_off(&app.db, &app.crew(), &app.working(AT_ONCE)).await?;
        Ok(())
    }

    /// Where texts to customers are delivered.
    pub fn outbox(&self) -> PathBuf {
        self.app.config.data.join("outbox")
    }

    async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, No> {
        let turn = self.door.acquire().await;
        turn.map_err(|_| No::Broke(Fault::Other("the demo has ended".to_owned())))
    }

    /// The caller that the gate makes of the actor's token.
    pub async fn caller(&self, actor: Actor) -> Result<Arc<Caller>, No> {
        let token = self.token(actor).await?;
        Ok(self.app.gate.admit(Some(&token), IpAddr::V4(Ipv4Addr::LOCALHOST)).await?)
    }

    /// A token of the actor that is good for a while yet.
    pub async fn token(&self, actor: Actor) -> Result<String, No> {
        if let Some(token) = self.held(actor) {
            return Ok(token);
        }
        let wanted = Issue {
            principal: actor.principal,
            on_behalf_of: actor.on_behalf_of,
            roles: Wanted::These(vec![actor.role]),
            minutes: 15,
            key: None,
        };
        let issued = self.app.gate.issuer().issue(&self.app.db, &wanted).await?;
        let mut held = self.tokens.lock().expect("nobody panics while holding tokens");
        held.insert(actor, (issued.token.clone(), issued.expires));
        Ok(issued.token)
    }

    /// A token that the actor has and that is good for a while yet.
    fn held(&self, actor: Actor) -> Option<String> {
        let soon = self.app.clock.now() + SignedDuration::from_secs(30);
        let held = self.tokens.lock().expect("nobody panics while holding tokens");
        held.get(&actor).filter(|(_, expires)| *expires > soon).map(|(token, _)| token.clone())
    }
}

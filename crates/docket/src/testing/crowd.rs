//! Several servers on one database, and many who call them at the same moment.

use super::World;
use crate::{
    chance::Counting,
    door::{Answer, Call, Denied, Door},
    identity::Caller,
};
use kernel::{
    clock::Clock,
    id::{Id, Ticket},
    tool::Tool,
};
use serde_json::{Value, json};
use std::sync::{Arc, atomic::Ordering};
use tokio::{sync::Barrier, task::JoinSet};

/// A world with three servers.
pub struct Crowd {
    pub world: Arc<World>,
    doors: Vec<Door>,
}

/// What somebody is about to say.
pub type Saying = (Caller, Call);

impl Crowd {
    pub fn new() -> Self {
        let world = Arc::new(World::new());
        let beside = (1..3).map(|number| world.server(number, world.clock.clone()));
        let doors = std::iter::once(world.door.clone()).chain(beside).collect();
        Self { world, doors }
    }

    pub fn door(&self, number: usize) -> Door {
        self.doors[number % self.doors.len()].clone()
    }

    /// Says everything at the same moment, each to the next server, and hears
    /// the answers in the same order.
    pub async fn at_once(&self, said: Vec<Saying>) -> Vec<Result<Answer, Denied>> {
        let (ready, mut calls) = (Arc::new(Barrier::new(said.len())), JoinSet::new());
        for (number, (caller, call)) in said.into_iter().enumerate() {
            let door = self.door(number);
            let ready = Arc::clone(&ready);
            calls.spawn(async move {
                ready.wait().await;
                (number, door.call(&caller, call).await)
            });
        }
        let mut answers = calls.join_all().await;
        answers.sort_by_key(|(number, _)| *number);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
}

impl World {
    /// Another server on the same database, by its own clock. SQLite has one
    /// writer, so there it is the same one.
    pub fn server(&self, number: u64, clock: Arc<dyn Clock>) -> Door {
        if !super::ground::Ground::is_postgres() {
            return self.door.clone();
        }
        let ids = Arc::new(Counting::after(number * 1_000_000_000));
        super::door(self.ground.open(clock, ids), self.folder.path())
    }

    /// A call under a new idempotency key.
    pub fn saying(&self, caller: &Caller, tool: Tool, input: &Value) -> Saying {
        let mut call = Call::new(tool, input.to_string(), "test");
        call.key = Some(format!("said-{}", self.keys.fetch_add(1, Ordering::Relaxed)));
        (caller.clone(), call)
    }

    /// A call about a ticket as it is now, under a new idempotency key.
    pub fn saying_on(
        &self,
        caller: &Caller,
        tool: Tool,
        ticket: Id<Ticket>,
        mut input: Value,
    ) -> Saying {
        input["ticket"] = json!(ticket);
        let (caller, mut call) = self.saying(caller, tool, &input);
        call.if_match = Some(self.version(ticket));
        (caller, call)
    }
}

/// How each call ended: `done`, or by the code of its refusal.
pub fn ends(answers: &[Result<Answer, Denied>]) -> Vec<&'static str> {
    let end = |answer: &Result<Answer, Denied>| match answer {
        Ok(_) => "done",
        Err(Denied::Refused(refusal, Some(_))) => refusal.code.name(),
        Err(other) => panic!("expected an answer or a refusal with its entry, got {other:?}"),
    };
    answers.iter().map(end).collect()
}

/// How many calls ended like this.
pub fn count(answers: &[Result<Answer, Denied>], end: &str) -> usize {
    ends(answers).into_iter().filter(|one| *one == end).count()
}

//! Tickets at the point where a test wants them.

use super::World;
use crate::{
    door::{Call, Denied},
    identity::Caller,
};
use kernel::{
    id::{Id, Technician, Ticket},
    refusal::Refusal,
    tool::Tool,
};
use rusqlite::{Connection, types::FromSql};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// Monday from nine to eleven at the site, when every technician is on shift.
pub fn window() -> Value {
    json!({ "start": "2026-03-02T14:00:00Z", "end": "2026-03-02T16:00:00Z" })
}

impl World {
    /// Calls a tool on a ticket as it stands now.
    pub async fn on(
        &self,
        caller: &Caller,
        tool: Tool,
        ticket: Id<Ticket>,
        input: Value,
    ) -> Result<Value, Denied> {
        self.on_version(caller, tool, ticket, self.version(ticket), input).await
    }

    /// Calls a tool on a ticket as it stood at a version.
    pub async fn on_version(
        &self,
        caller: &Caller,
        tool: Tool,
        ticket: Id<Ticket>,
        version: i64,
        mut input: Value,
    ) -> Result<Value, Denied> {
        input["ticket"] = json!(ticket);
        let mut call = Call::new(tool, input.to_string(), "test");
        call.key = Some(format!("on-{}", self.keys.fetch_add(1, Ordering::Relaxed)));
        call.if_match = Some(version);
        self.send(caller, call).await.map(|answer| serde_json::from_str(&answer.body).unwrap())
    }

    pub fn version(&self, ticket: Id<Ticket>) -> i64 {
        self.value(&format!("select version from ticket where id = '{ticket}'"))
    }

    /// A value that the database holds.
    pub fn value<T: FromSql>(&self, sql: &str) -> T {
        self.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Changes rows behind the door's back.
    pub fn behind_the_door(&self, sql: &str) {
        self.connection().execute_batch(sql).unwrap();
    }

    fn connection(&self) -> Connection {
        Connection::open(self.folder.path().join("docket.db")).unwrap()
    }

    pub fn state(&self, ticket: Id<Ticket>) -> String {
        self.value(&format!("select state from ticket where id = '{ticket}'"))
    }

    pub async fn new_ticket(&self) -> Id<Ticket> {
        let input =
            json!({ "site": self.site(), "contact": self.contact(), "summary": "front door" });
        let made = self.call(&self.dispatcher(), Tool::TicketCreate, input).await.unwrap();
        made["ticket"]["id"].as_str().unwrap().parse().unwrap()
    }

    /// A ticket of a known type with 500 dollars to spend, in a state that knows
    /// nothing more.
    pub async fn known_ticket(&self, state: &str) -> Id<Ticket> {
        let id = self.new_ticket().await;
        self.behind_the_door(&format!(
            "update ticket
             set state = '{state}', standing = '{{\"is\":\"{state}\"}}', nte_minor = 50000,
                 incident_type = 'door_wont_latch', type_version = 1
             where id = '{id}'"
        ));
        id
    }

    /// A ticket that is scheduled for [`window`].
    pub async fn scheduled(&self) -> Id<Ticket> {
        let id = self.known_ticket("ready_to_schedule").await;
        self.behind_the_door(&format!(
            "update ticket
             set state = 'scheduled', standing = '{{\"is\":\"scheduled\",\"offered\":[]}}',
                 window_start = 1772460000000000, window_end = 1772467200000000
             where id = '{id}'"
        ));
        id
    }

    pub async fn dispatched(&self, technician: Id<Technician>) -> Id<Ticket> {
        let id = self.scheduled().await;
        let input = json!({ "technician": technician });
        self.on(&self.dispatcher(), Tool::AssignmentDispatch, id, input).await.unwrap();
        id
    }

    /// A ticket on which the first technician works.
    pub async fn in_progress(&self) -> Id<Ticket> {
        let id = self.dispatched(self.technician(0)).await;
        self.on(&self.tech_caller(0), Tool::TechCheckIn, id, json!({})).await.unwrap();
        id
    }
}

/// The refusal that a call was answered with.
pub fn refusal<T: std::fmt::Debug>(answer: Result<T, Denied>) -> Box<Refusal> {
    match answer {
        Err(Denied::Refused(refusal, Some(_))) => refusal,
        other => panic!("expected a refusal with its entry, got {other:?}"),
    }
}

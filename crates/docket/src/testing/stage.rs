//! Tickets at the point where a test wants them.

use super::World;
use crate::{
    door::{Call, Denied},
    identity::Caller,
};
use kernel::{
    id::{Id, Technician, Ticket},
    tool::Tool,
};
use serde_json::{Value, json};
use std::{fmt::Debug, str::FromStr, sync::atomic::Ordering};

/// Monday from nine to eleven at the site, when every technician is on shift.
pub fn window() -> Value {
    json!({ "start": "2026-03-02T14:00:00Z", "end": "2026-03-02T16:00:00Z" })
}

impl World {
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
        self.ticket(ticket).unwrap().version
    }

    /// A value that the database holds.
    pub fn value<T: FromStr<Err: Debug>>(&self, sql: &str) -> T {
        self.back().one(sql)
    }

    /// Changes rows behind the door's back.
    pub fn behind_the_door(&self, sql: &str) {
        self.back().run(sql).unwrap();
    }

    pub fn state(&self, ticket: Id<Ticket>) -> &'static str {
        self.ticket(ticket).unwrap().state().name()
    }

    pub async fn new_ticket(&self) -> Id<Ticket> {
        let input =
            json!({ "site": self.site(), "contact": self.contact(), "summary": "front door" });
        let made = self.call(&self.dispatcher(), Tool::TicketCreate, input).await.unwrap();
        made["ticket"]["id"].as_str().unwrap().parse().unwrap()
    }

    /// A door that does not latch, with 500 dollars to spend; `outcome` is where
    /// triage leads it.
    pub async fn triaged(&self, priority: &str, outcome: &str) -> Id<Ticket> {
        let id = self.new_ticket().await;
        let input = json!({
            "outcome": outcome,
            "priority": priority,
            "incident_type": "door_wont_latch",
            "nte": { "minor": 50_000, "currency": "USD" },
            "description": "the latch does not reach the strike",
            "asset": self.asset(),
        });
        self.on(&self.dispatcher(), Tool::TicketTriage, id, input).await.unwrap();
        id
    }

    /// A ticket that is scheduled for [`window`].
    pub async fn scheduled(&self) -> Id<Ticket> {
        self.scheduled_for(window()).await
    }

    pub async fn scheduled_for(&self, window: Value) -> Id<Ticket> {
        let id = self.triaged("urgent", "ready_to_schedule").await;
        let offer = json!({ "windows": [window] });
        self.on(&self.dispatcher(), Tool::SchedulePropose, id, offer).await.unwrap();
        let choice = json!({ "window": window });
        self.on(&self.dispatcher(), Tool::ScheduleConfirm, id, choice).await.unwrap();
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

//! How often a call waits for a database that is elsewhere.

use crate::{
    identity::Caller,
    testing::{World, ground::Ground, stage::window},
};
use kernel::{
    id::{Id, Ticket},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};
use std::{cell::RefCell, fmt::Write};

/// Counts the ways there and back of each call.
struct Counted {
    world: World,
    table: RefCell<String>,
}

impl Counted {
    async fn call(&self, caller: &Caller, tool: Tool, input: Value) -> Value {
        let before = self.world.door.db().ways();
        let answer = self.world.call(caller, tool, input).await.unwrap();
        self.count(caller, tool, before);
        answer
    }

    async fn on(&self, caller: &Caller, tool: Tool, ticket: Id<Ticket>, mut input: Value) {
        input["ticket"] = json!(ticket);
        let said = self.world.saying_on(caller, tool, ticket, input);
        let before = self.world.door.db().ways();
        self.world.send(&said.0, said.1).await.unwrap();
        self.count(caller, tool, before);
    }

    fn count(&self, caller: &Caller, tool: Tool, before: u64) {
        let ways = self.world.door.db().ways() - before;
        let role = caller.roles.iter().next().unwrap();
        writeln!(self.table.borrow_mut(), "{ways} {tool} as {role}").unwrap();
    }
}

#[tokio::test]
async fn a_call_takes_few_ways_to_the_database_and_back() {
    let counted = Counted { world: World::new(), table: RefCell::default() };
    let world = &counted.world;
    let (dispatcher, customer, agent) =
        (world.dispatcher(), world.customer(), world.agent(Role::AgentIntake));

    let asked = json!({
        "site": world.site(), "contact": world.contact(), "asset": world.asset(),
        "summary": "front door",
    });
    let made = counted.call(&dispatcher, Tool::TicketCreate, asked).await;
    let ticket: Id<Ticket> = made["ticket"]["id"].as_str().unwrap().parse().unwrap();
    let asked = json!({ "site": world.site(), "summary": "back door" });
    counted.call(&customer, Tool::TicketCreate, asked).await;
    let mut call = json!({
        "channel": "phone", "site": { "id": world.site() }, "message": "sip-1",
        "caller": { "name": "Ada Requester", "phone": "(202) 555-0173" },
        "incident_type": "door_wont_latch", "summary": "front door",
    });
    counted.call(&agent, Tool::TicketIntake, call.clone()).await;
    call["site"] = json!({ "reference": "main-1" });
    call["message"] = json!("sip-2");
    call["summary"] = json!("another door");
    call["incident_type"] = json!("hardware_replacement");
    counted.call(&agent, Tool::TicketIntake, call).await;

    let triage = json!({
        "outcome": "ready_to_schedule", "incident_type": "door_wont_latch",
        "nte": { "minor": 50_000, "currency": "USD" }, "asset": world.asset(),
        "description": "the latch does not reach the strike",
    });
    counted.on(&dispatcher, Tool::TicketTriage, ticket, triage).await;
    counted.on(&dispatcher, Tool::TicketAddMessage, ticket, json!({ "text": "a note" })).await;
    let offer = json!({ "windows": [window()] });
    counted.on(&dispatcher, Tool::SchedulePropose, ticket, offer).await;
    counted.on(&dispatcher, Tool::ScheduleConfirm, ticket, json!({ "window": window() })).await;
    let read = json!({ "ticket": ticket });
    counted.call(&dispatcher, Tool::AssignmentRecommend, read.clone()).await;
    let dispatch = json!({ "technician": world.technician(0) });
    counted.on(&dispatcher, Tool::AssignmentDispatch, ticket, dispatch).await;
    let technician = world.tech_caller(0);
    counted.on(&technician, Tool::TechCheckIn, ticket, json!({})).await;
    let labor = json!({ "kind": "regular", "minutes": 30 });
    counted.on(&technician, Tool::CloseoutLogLabor, ticket, labor).await;

    counted.call(&dispatcher, Tool::TicketGet, read.clone()).await;
    counted.call(&technician, Tool::TicketGet, read.clone()).await;
    counted.call(&customer, Tool::TicketGet, read.clone()).await;
    counted.call(&technician, Tool::TechJobPacket, read.clone()).await;
    counted.call(&world.qa(), Tool::CloseoutListEvidence, read).await;
    counted.call(&dispatcher, Tool::TicketList, json!({})).await;
    counted.call(&dispatcher, Tool::ScheduleBoard, json!({})).await;

    let admin = world.admin();
    let account = json!({ "reference": "north", "name": "North Shops" });
    counted.call(&admin, Tool::AccountPut, account.clone()).await;
    counted.call(&admin, Tool::AccountPut, account).await;
    let table = counted.table.take();
    if Ground::is_postgres() {
        insta::assert_snapshot!(table, @"
        2 ticket.create as dispatcher
        2 ticket.create as customer
        3 ticket.intake as agent_intake
        4 ticket.intake as agent_intake
        4 ticket.triage as dispatcher
        2 ticket.add_message as dispatcher
        3 schedule.propose as dispatcher
        3 schedule.confirm as dispatcher
        4 assignment.recommend as dispatcher
        3 assignment.dispatch as dispatcher
        3 tech.check_in as technician
        4 closeout.log_labor as technician
        2 ticket.get as dispatcher
        2 ticket.get as technician
        2 ticket.get as customer
        4 tech.job_packet as technician
        2 closeout.list_evidence as qa
        1 ticket.list as dispatcher
        2 schedule.board as dispatcher
        2 account.put as admin
        3 account.put as admin
        ");
    } else {
        assert!(table.lines().all(|line| line.starts_with("0 ")), "it is not elsewhere");
    }
}

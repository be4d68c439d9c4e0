//! What a request causes is found under its correlation id, wherever and
//! whenever it happens.

use crate::{
    door::Call,
    testing::{World, stage::window},
};
use jiff::SignedDuration;
use kernel::{
    id::{Id, Ticket},
    tool::Tool,
};
use serde_json::{Value, json};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// One of the calls of a story.
async fn say(world: &World, correlation: &str, tool: Tool, input: Value) -> Value {
    let ticket = input["ticket"].as_str().map(|id| id.parse::<Id<Ticket>>().unwrap());
    let mut call = Call::new(tool, input.to_string(), "test");
    call.key = Some(format!("{correlation}-{tool}"));
    call.if_match = ticket.and_then(|ticket| world.ticket(ticket)).map(|ticket| ticket.version);
    (call.correlation, call.trace) = (Some(correlation.to_owned()), Some(TRACE.to_owned()));
    let answer = world.send(&world.dispatcher(), call).await.unwrap();
    serde_json::from_str(&answer.body).unwrap()
}

/// The tools of what was written down under a correlation id, in their order.
fn under(world: &World, correlation: &str) -> Vec<String> {
    world.back().column(&format!(
        "select tool from audit_entry where correlation = '{correlation}' order by entry_no"
    ))
}

async fn message(world: &World, correlation: &str) -> Value {
    let call = json!({ "site": world.site(), "contact": world.contact(), "summary": "door" });
    say(world, correlation, Tool::TicketCreate, call).await["ticket"]["id"].clone()
}

#[tokio::test]
async fn one_correlation_id_leads_from_the_message_to_the_delivery_of_the_answer() {
    let world = World::new();
    let ticket = message(&world, "storm-7").await;
    let ask = json!({ "ticket": ticket, "questions": ["Which door is it?"] });
    say(&world, "storm-7", Tool::TicketRequestInfo, ask).await;
    assert_eq!(world.delivered().await.len(), 1);

    let tools = ["ticket.create", "ticket.request_info", "outgoing.deliver"];
    assert_eq!(under(&world, "storm-7"), tools);
    let job = "job_done where kind = 'outgoing.deliver' and correlation = 'storm-7'";
    let trace: String = world.value(&format!("select trace from {job}"));
    assert_eq!(trace, TRACE);
    let entry: String = world.value(
        "select body from audit_entry where tool = 'outgoing.deliver' and correlation = 'storm-7'",
    );
    assert_eq!(serde_json::from_str::<Value>(&entry).unwrap()["trace"], TRACE);
}

#[tokio::test]
async fn what_is_done_much_later_still_belongs_to_the_request_that_asked_for_it() {
    let world = World::new();
    let ticket = world.triaged("urgent", "ready_to_schedule").await;
    let offer = json!({ "windows": [window()] });
    world.on(&world.dispatcher(), Tool::SchedulePropose, ticket, offer).await.unwrap();
    let until = "2026-03-02T09:30:00Z";
    let hold =
        json!({ "ticket": ticket, "window": window(), "until": until, "reason": "ask them" });
    say(&world, "hold-3", Tool::ScheduleHold, hold).await;
    world.clock.advance(SignedDuration::from_mins(31));
    world.work_off().await;
    assert_eq!(world.state(ticket), "schedule_proposed");
    let mut tools = under(&world, "hold-3");
    tools.sort();
    assert_eq!(tools, ["outgoing.deliver", "schedule.hold", "schedule.rollback"]);
}

#[tokio::test]
async fn what_no_request_caused_is_found_under_the_job_that_did_it() {
    let world = World::new();
    message(&world, "late-1").await;
    world.clock.advance(SignedDuration::from_hours(240));
    world.work_off().await;
    let job: String = world.value("select id from job_done where kind = 'clock.check'");
    assert_eq!(under(&world, &job), ["clock.breach", "clock.breach"]);
}

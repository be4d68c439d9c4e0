use super::{good_call, id_of, taken_in};
use crate::testing::{World, code};
use jiff::SignedDuration;
use kernel::{
    id::{self, Id},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

/// A ticket with a call that was refused, a note, a word of the customer, and
/// a confirmed window of which the customer was told.
async fn eventful(world: &World) -> Id<id::Ticket> {
    let ticket = id_of(&taken_in(world, good_call(world)).await);
    let (agent, dispatcher) = (world.agent(Role::AgentScheduling), world.dispatcher());
    let window = json!({ "start": "2026-03-03T14:00:00Z", "end": "2026-03-03T16:00:00Z" });
    let tick = || world.clock.advance(SignedDuration::from_secs(1));
    tick();
    let early = world.on(&agent, Tool::ScheduleConfirm, ticket, json!({ "window": window })).await;
    assert_eq!(code(early), "ticket.state");
    tick();
    let note = json!({ "text": "a difficult customer" });
    world.on(&dispatcher, Tool::TicketAddMessage, ticket, note).await.unwrap();
    tick();
    let word = json!({ "text": "please hurry" });
    world.on(&world.customer(), Tool::TicketAddMessage, ticket, word).await.unwrap();
    tick();
    let offer = json!({ "windows": [window] });
    world.on(&agent, Tool::SchedulePropose, ticket, offer).await.unwrap();
    tick();
    world.on(&agent, Tool::ScheduleConfirm, ticket, json!({ "window": window })).await.unwrap();
    tick();
    world.delivered().await;
    ticket
}

async fn events(
    world: &World,
    caller: &crate::identity::Caller,
    ticket: Id<id::Ticket>,
) -> Vec<Value> {
    let seen = world.on(caller, Tool::TicketTimeline, ticket, json!({})).await.unwrap();
    seen["items"].as_array().unwrap().clone()
}

fn said(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["text"].as_str()).collect()
}

#[tokio::test]
async fn staff_read_every_call_and_every_word_in_order() {
    let world = World::new();
    let ticket = eventful(&world).await;
    let events = events(&world, &world.dispatcher(), ticket).await;
    let calls: Vec<_> = events
        .iter()
        .filter(|event| event["kind"] == "call")
        .map(|event| {
            format!("{} {}", event["tool"].as_str().unwrap(), event["outcome"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        calls,
        [
            "ticket.intake committed",
            "schedule.confirm refused",
            "ticket.add_message committed",
            "ticket.add_message committed",
            "schedule.propose committed",
            "schedule.confirm committed",
            "outgoing.deliver committed",
        ]
    );
    let said = said(&events);
    assert_eq!(said.len(), 4);
    assert_eq!(said[1..3], ["a difficult customer", "please hurry"]);
    let order: Vec<_> =
        events.iter().map(|event| event["at"].as_str().unwrap().to_owned()).collect();
    assert!(order.is_sorted());
}

#[tokio::test]
async fn a_customer_reads_steps_and_their_own_words_and_nothing_internal() {
    let world = World::new();
    let ticket = eventful(&world).await;
    let events = events(&world, &world.customer(), ticket).await;
    let steps: Vec<_> = events.iter().filter(|event| event["kind"] == "step").collect();
    assert_eq!(steps.len(), 3);
    assert_eq!(steps[0]["from"], Value::Null);
    assert_eq!(steps[2]["to"], "scheduled");
    let said = said(&events);
    assert!(said.contains(&"please hurry") && !said.contains(&"a difficult customer"));
    assert!(said.iter().any(|text| text.contains("Tuesday, 3 March 2026, 09:00 to 11:00")));
    for event in &events {
        for internal in ["actor", "refusal", "surface", "on_behalf_of"] {
            assert_eq!(event.get(internal), None);
        }
    }
}

#[tokio::test]
async fn somebody_who_may_not_read_words_reads_that_there_were_some() {
    let world = World::new();
    let ticket = eventful(&world).await;
    let events = events(&world, &world.auditor(), ticket).await;
    assert_eq!(events.iter().filter(|event| event["kind"] == "message").count(), 4);
    assert!(said(&events).is_empty());
}

#[tokio::test]
async fn pages_of_a_timeline_miss_and_double_nothing() {
    let world = World::new();
    let ticket = eventful(&world).await;
    for caller in [world.dispatcher(), world.customer()] {
        let whole = events(&world, &caller, ticket).await;
        let (mut paged, mut after) = (Vec::new(), Value::Null);
        loop {
            let input = json!({ "limit": 2, "after": after });
            let page = world.on(&caller, Tool::TicketTimeline, ticket, input).await.unwrap();
            paged.extend(page["items"].as_array().unwrap().clone());
            after = page["next"].clone();
            if after.is_null() {
                break;
            }
        }
        assert_eq!(paged, whole);
    }
}

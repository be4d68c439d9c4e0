use super::{good_call, id_of, taken_in};
use crate::testing::World;
use jiff::SignedDuration;
use kernel::{
    id::{self, Id},
    role::Role,
    tool::Tool,
};
use proptest::prelude::*;
use serde_json::{Value, json};

async fn clocks(world: &World, ticket: Id<id::Ticket>) -> Value {
    let seen = world.on(&world.dispatcher(), Tool::TicketGet, ticket, json!({})).await.unwrap();
    seen["clocks"].clone()
}

fn after(world: &World, minutes: i64) -> Value {
    json!(world.now() + SignedDuration::from_mins(minutes))
}

#[tokio::test]
async fn a_new_ticket_is_due_by_its_priority() {
    let world = World::new();
    for (priority, minutes) in [("emergency", 60), ("urgent", 240), ("routine", 1_440)] {
        let mut call = good_call(&world);
        call["priority"] = json!(priority);
        call["summary"] = json!(priority);
        call["caller"]["phone"] = json!(format!("+1202555{:04}", 100 + minutes % 97));
        let ticket = id_of(&taken_in(&world, call).await);
        assert_eq!(clocks(&world, ticket).await["response_due"], after(&world, minutes));
    }
}

#[tokio::test]
async fn triage_moves_the_due_time_with_the_priority() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    assert_eq!(clocks(&world, ticket).await["response_due"], after(&world, 1_440));
    let input = json!({ "site": world.site(), "summary": "other" });
    let made = world.call(&world.dispatcher(), Tool::TicketCreate, input).await.unwrap();
    let triage = json!({ "outcome": "triaged", "priority": "emergency" });
    world.on(&world.dispatcher(), Tool::TicketTriage, id_of(&made), triage).await.unwrap();
    assert_eq!(clocks(&world, id_of(&made)).await["response_due"], after(&world, 60));
}

#[tokio::test]
async fn waiting_for_the_customer_is_not_ours_to_lose() {
    let world = World::new();
    let mut call = good_call(&world);
    call.as_object_mut().unwrap().remove("description");
    call["priority"] = json!("emergency");
    let ticket = id_of(&taken_in(&world, call).await);
    let started = world.now();
    assert_eq!(clocks(&world, ticket).await["paused_at"], json!(started));

    world.clock.advance(SignedDuration::from_hours(5));
    assert_eq!(clocks(&world, ticket).await["breached"], false);
    let triage = json!({ "outcome": "ready_to_schedule", "description": "it does not latch" });
    world.on(&world.dispatcher(), Tool::TicketTriage, ticket, triage).await.unwrap();
    let running = clocks(&world, ticket).await;
    assert_eq!(running["paused_at"], Value::Null);
    assert_eq!(running["response_due"], json!(started + SignedDuration::from_hours(6)));

    world.clock.advance(SignedDuration::from_mins(61));
    assert_eq!(clocks(&world, ticket).await["breached"], true);
}

#[tokio::test]
async fn a_promise_that_was_kept_in_time_stays_kept() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    let window = json!({ "start": "2026-03-03T14:00:00Z", "end": "2026-03-03T16:00:00Z" });
    let agent = world.agent(Role::AgentScheduling);
    let offer = json!({ "windows": [window] });
    world.on(&agent, Tool::SchedulePropose, ticket, offer).await.unwrap();
    assert_eq!(clocks(&world, ticket).await["responded_at"], Value::Null);
    world.on(&agent, Tool::ScheduleConfirm, ticket, json!({ "window": window })).await.unwrap();
    assert_eq!(clocks(&world, ticket).await["responded_at"], json!(world.now()));

    let resolution_due: jiff::Timestamp =
        serde_json::from_value(clocks(&world, ticket).await["resolution_due"].clone()).unwrap();
    assert_eq!(clocks(&world, ticket).await["due"], json!(resolution_due));
    world.clock.advance(world.now().duration_until(resolution_due));
    assert_eq!(clocks(&world, ticket).await["breached"], false);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(clocks(&world, ticket).await["breached"], true);
}

#[tokio::test]
async fn nobody_is_waited_for_on_a_cancelled_ticket() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    let cancel = json!({ "reason": "the customer called it off" });
    world.on(&world.dispatcher(), Tool::TicketCancel, ticket, cancel).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(1_000));
    let clocks = clocks(&world, ticket).await;
    assert_eq!(clocks["due"], Value::Null);
    assert_eq!(clocks["breached"], false);
}

#[tokio::test]
async fn waiting_for_others_stops_the_clock_and_waiting_for_us_does_not() {
    let world = World::new();
    for (waiting_for, moved) in [("customer", 2), ("provider", 2), ("us", 0)] {
        let ticket = world.in_progress().await;
        let technician = world.tech_caller(0);
        let due = |world: &World| world.ticket(ticket).unwrap().resolution_due.unwrap();
        let before = due(&world);
        let hold = json!({ "reason": "a part is missing", "waiting_for": waiting_for });
        world.on(&technician, Tool::TechHold, ticket, hold).await.unwrap();
        world.clock.advance(SignedDuration::from_hours(2));
        world.on(&technician, Tool::TechResume, ticket, json!({})).await.unwrap();
        assert_eq!(before.duration_until(due(&world)), SignedDuration::from_hours(moved));
        let cancel = json!({ "reason": "the next one begins anew" });
        world.on(&world.dispatcher(), Tool::TicketCancel, ticket, cancel).await.unwrap();
        world.clock.advance(SignedDuration::from_hours(-2));
    }
}

#[tokio::test]
async fn what_is_reopened_was_not_late_while_it_was_done() {
    let world = World::new();
    let ticket = world.closed().await;
    let due = world.ticket(ticket).unwrap().resolution_due.unwrap();
    world.clock.advance(SignedDuration::from_hours(1_000));
    assert_eq!(clocks(&world, ticket).await["breached"], false);
    world.reopen(ticket).await.unwrap();
    let reopened = world.ticket(ticket).unwrap();
    assert_eq!(reopened.resolved_at, None);
    let moved = due.duration_until(reopened.resolution_due.unwrap());
    assert_eq!(moved, SignedDuration::from_hours(1_000));
}

/// Microseconds around the moment at which a world begins, or nothing.
fn moment() -> impl Strategy<Value = Option<i64>> {
    prop::option::of((-3..4i64).prop_map(|offset| 1_772_442_000_000_000 + offset))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_the_list_finds_breached_is_what_the_ticket_says_is_breached(
        response in moment(), responded in moment(), resolution in moment(),
        resolved in moment(), paused in moment(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let ticket = world.new_ticket().await;
            let sql = |at: Option<i64>| at.map_or_else(|| "null".to_owned(), |at| at.to_string());
            world.behind_the_door(&format!(
                "update ticket set response_due = {}, responded_at = {}, resolution_due = {},
                 resolved_at = {}, paused_at = {}",
                sql(response), sql(responded), sql(resolution), sql(resolved), sql(paused),
            ));
            let breached = world.ticket(ticket).unwrap().breached(world.now());
            let found = json!({ "breached": breached });
            let found = world.call(&world.dispatcher(), Tool::TicketList, found).await.unwrap();
            assert_eq!(found["items"].as_array().unwrap().len(), 1);
            let other = json!({ "breached": !breached });
            let other = world.call(&world.dispatcher(), Tool::TicketList, other).await.unwrap();
            assert_eq!(other["items"].as_array().unwrap().len(), 0);
        });
    }
}

use super::{afternoon, morning, proposed, scheduled};
use crate::{
    testing::{World, code},
    ticket::Standing,
};
use jiff::SignedDuration;
use kernel::{
    id::{self, Id},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

async fn hold(world: &World, ticket: Id<id::Ticket>, window: Value) -> Value {
    let input =
        json!({ "window": window, "until": "2026-03-03T08:00", "reason": "Please confirm." });
    let agent = world.agent(Role::AgentScheduling);
    world.on(&agent, Tool::ScheduleHold, ticket, input).await.unwrap()
}

/// The customer's yes by text message, as this caller wrote it down.
async fn yes(world: &World, by: &crate::identity::Caller, ticket: Id<id::Ticket>) -> Value {
    world.clock.advance(SignedDuration::from_mins(1));
    let input = json!({
        "text": "yes",
        "received": { "channel": "sms", "from": { "phone": "+12025550173" } },
    });
    let added = world.on(by, Tool::TicketAddMessage, ticket, input).await.unwrap();
    json!({ "message": added["result"]["message"] })
}

#[tokio::test]
async fn a_hold_asks_the_customer_and_their_yes_releases_it() {
    let world = World::new();
    let ticket = proposed(&world).await;
    let held = hold(&world, ticket, morning()).await;
    assert_eq!(held["ticket"]["state"], "pending_customer_confirmation");
    assert_eq!(held["result"]["until"], "2026-03-03T13:00:00Z");

    let yes = yes(&world, &world.agent(Role::AgentIntake), ticket).await;
    let agent = world.agent(Role::AgentScheduling);
    let released = world.on(&agent, Tool::ScheduleRelease, ticket, yes).await.unwrap();
    assert_eq!(released["ticket"]["state"], "scheduled");
    assert_eq!(released["result"]["window"], morning());
}

#[tokio::test]
async fn nothing_but_the_customers_answer_since_the_hold_releases_it() {
    let world = World::new();
    let ticket = proposed(&world).await;
    let (agent, dispatcher) = (world.agent(Role::AgentScheduling), world.dispatcher());
    let early = yes(&world, &dispatcher, ticket).await;
    hold(&world, ticket, morning()).await;

    let note =
        world.on(&dispatcher, Tool::TicketAddMessage, ticket, json!({ "text": "yes" })).await;
    let note = json!({ "message": note.unwrap()["result"]["message"] });
    let own = yes(&world, &agent, ticket).await;
    let input = json!({
        "text": "yes",
        "received": { "channel": "sms", "from": { "phone": "+12025550199" } },
    });
    let stranger = world.on(&dispatcher, Tool::TicketAddMessage, ticket, input).await.unwrap();
    let stranger = json!({ "message": stranger["result"]["message"] });
    let none = json!({ "message": "msg_00000000010000000000000001" });
    for message in [early, note, own.clone(), stranger, none] {
        let refused = world.on(&agent, Tool::ScheduleRelease, ticket, message).await;
        assert_eq!(code(refused), "schedule.hold_unconfirmed");
    }
    // What one agent wrote down is good enough for a person.
    assert!(world.on(&dispatcher, Tool::ScheduleRelease, ticket, own).await.is_ok());
}

#[tokio::test]
async fn a_customer_who_is_signed_in_answers_for_themselves() {
    let world = World::new();
    let ticket = proposed(&world).await;
    hold(&world, ticket, morning()).await;
    world.clock.advance(SignedDuration::from_mins(1));
    let yes = json!({ "text": "yes please" });
    let yes = world.on(&world.customer(), Tool::TicketAddMessage, ticket, yes).await.unwrap();
    let yes = json!({ "message": yes["result"]["message"] });
    let agent = world.agent(Role::AgentScheduling);
    assert!(world.on(&agent, Tool::ScheduleRelease, ticket, yes).await.is_ok());
}

#[tokio::test]
async fn a_hold_is_for_a_window_that_was_offered_and_ends_before_it_begins() {
    let world = World::new();
    let ticket = proposed(&world).await;
    let agent = world.agent(Role::AgentScheduling);
    let other = json!({ "start": "2026-03-04T14:00:00Z", "end": "2026-03-04T16:00:00Z" });
    for (window, until, expected) in [
        (other, "2026-03-03T08:00", "schedule.not_offered"),
        (morning(), "2026-03-03T14:00:01Z", "schedule.window"),
        (morning(), "2026-03-02T09:00:00Z", "schedule.past"),
        (morning(), "2026-03-08T02:30", "schedule.clock_gap"),
    ] {
        let input = json!({ "window": window, "until": until, "reason": "x" });
        let refused = world.on(&agent, Tool::ScheduleHold, ticket, input).await;
        assert_eq!(code(refused), expected);
    }
    let last = json!({ "window": morning(), "until": "2026-03-03T14:00:00Z", "reason": "x" });
    assert!(world.on(&agent, Tool::ScheduleHold, ticket, last).await.is_ok());
}

#[tokio::test]
async fn rolling_back_restores_exactly_what_was_held_from() {
    let world = World::new();
    for ticket in [proposed(&world).await, {
        world.clock.advance(SignedDuration::from_hours(3));
        scheduled(&world).await
    }] {
        let before = world.ticket(ticket).unwrap();
        hold(&world, ticket, afternoon()).await;
        let agent = world.agent(Role::AgentScheduling);
        world.on(&agent, Tool::ScheduleRollback, ticket, json!({})).await.unwrap();
        let after = world.ticket(ticket).unwrap();
        assert_eq!((after.standing, after.window), (before.standing, before.window));
    }
}

#[tokio::test]
async fn a_hold_that_has_passed_is_not_released_and_can_be_rolled_back_by_hand() {
    let world = World::new();
    let ticket = proposed(&world).await;
    hold(&world, ticket, morning()).await;
    let yes = yes(&world, &world.dispatcher(), ticket).await;
    // To the second on which it ends.
    let ends: jiff::Timestamp = "2026-03-03T13:00:00Z".parse().unwrap();
    world.clock.advance(world.now().duration_until(ends));
    let dispatcher = world.dispatcher();
    let late = world.on(&dispatcher, Tool::ScheduleRelease, ticket, yes).await;
    assert_eq!(code(late), "schedule.hold_expired");
    assert!(world.on(&dispatcher, Tool::ScheduleRollback, ticket, json!({})).await.is_ok());
}

#[tokio::test]
async fn a_hold_that_nobody_released_rolls_itself_back_once() {
    let world = World::new();
    let ticket = scheduled(&world).await;
    let before = world.ticket(ticket).unwrap();
    hold(&world, ticket, afternoon()).await;
    world.work_off().await;
    assert_ne!(world.ticket(ticket).unwrap().standing, before.standing);

    world.clock.advance(SignedDuration::from_hours(29));
    tokio::join!(world.work_off(), world.work_off());
    let steps = "select count(*) from transition where tool = 'schedule.rollback'";
    assert_eq!(world.value::<i64>(steps), 1);
    let after = world.ticket(ticket).unwrap();
    assert_eq!((&after.standing, after.window), (&before.standing, before.window));
    assert!(matches!(after.standing, Standing::Scheduled { .. }));

    let seen =
        world.on(&world.dispatcher(), Tool::TicketTimeline, ticket, json!({})).await.unwrap();
    let last = seen["items"].as_array().unwrap().iter().rfind(|event| event["kind"] == "call");
    let last = last.unwrap();
    assert_eq!(last["tool"], "schedule.rollback");
    assert_eq!(last["surface"], "work");
    assert_eq!(last.get("actor"), None);
}

#[tokio::test]
async fn cancelling_a_held_ticket_ends_its_hold() {
    let world = World::new();
    let ticket = proposed(&world).await;
    hold(&world, ticket, morning()).await;
    let cancel = json!({ "reason": "the customer called it off" });
    world.on(&world.dispatcher(), Tool::TicketCancel, ticket, cancel).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(29));
    world.work_off().await;
    assert!(matches!(world.ticket(ticket).unwrap().standing, Standing::Cancelled { .. }));
}

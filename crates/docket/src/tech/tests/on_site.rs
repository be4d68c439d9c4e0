use crate::{
    identity::Caller,
    testing::{World, code},
};
use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::{role::Role, tool::Tool};
use serde_json::json;

#[tokio::test]
async fn checking_in_says_when_somebody_arrived() {
    let world = World::new();
    let ticket = world.dispatched(world.technician(0)).await;
    world.clock.advance(SignedDuration::from_hours(5));

    let done = world.on(&world.tech_caller(0), Tool::TechCheckIn, ticket, json!({})).await.unwrap();

    assert_eq!(done["ticket"]["state"], "in_progress");
    assert_eq!(done["result"]["arrived_at"], "2026-03-02T14:00:00Z");
    let arrived: i64 = world.value("select arrived_at from visit");
    assert_eq!(arrived, world.now().as_microsecond());
}

#[tokio::test]
async fn a_second_visit_answers_the_call_no_later_and_is_another_trip() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let answered = world.ticket(ticket).unwrap().responded_at;
    assert!(answered.is_some());
    let reason = json!({ "reason": "needs another strike plate" });
    world.on(&world.tech_caller(0), Tool::TechReturnVisit, ticket, reason).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(1));

    let window = json!({ "start": "2026-03-03T14:00:00Z", "end": "2026-03-03T16:00:00Z" });
    let desk = world.dispatcher();
    let offer = json!({ "windows": [window] });
    world.on(&desk, Tool::SchedulePropose, ticket, offer).await.unwrap();
    world.on(&desk, Tool::ScheduleConfirm, ticket, json!({ "window": window })).await.unwrap();
    let input = json!({ "technician": world.technician(1) });
    world.on(&desk, Tool::AssignmentDispatch, ticket, input).await.unwrap();
    world.on(&world.tech_caller(1), Tool::TechCheckIn, ticket, json!({})).await.unwrap();

    assert_eq!(world.ticket(ticket).unwrap().responded_at, answered);
    assert_eq!(world.value::<i64>("select count(*) from visit where arrived_at is not null"), 2);
}

#[tokio::test]
async fn only_the_technician_who_was_sent_works_on_the_ticket() {
    let world = World::new();
    let ticket = world.dispatched(world.technician(0)).await;
    let other = world.tech_caller(1);
    let answer = world.on(&other, Tool::TechCheckIn, ticket, json!({})).await;
    assert_eq!(code(answer), "ticket.not_yours");

    let liaison = world.agent(Role::AgentLiaison);
    let answer = world.on(&liaison, Tool::TechCheckIn, ticket, json!({})).await;
    assert_eq!(code(answer), "ticket.not_yours");
    let for_other = Caller { on_behalf_of: Some(other.actor), ..liaison.clone() };
    let answer = world.on(&for_other, Tool::TechCheckIn, ticket, json!({})).await;
    assert_eq!(code(answer), "ticket.not_yours");

    let for_them = Caller { on_behalf_of: Some(world.tech_caller(0).actor), ..liaison };
    assert!(world.on(&for_them, Tool::TechCheckIn, ticket, json!({})).await.is_ok());
}

#[tokio::test]
async fn of_64_arrivals_one_counts() {
    let world = World::new();
    let ticket = world.dispatched(world.technician(0)).await;
    let (caller, now) = (world.tech_caller(0), world.version(ticket));
    let calls =
        (0..64).map(|_| world.on_version(&caller, Tool::TechCheckIn, ticket, now, json!({})));
    let (won, lost): (Vec<_>, Vec<_>) = join_all(calls).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.into_iter().all(|answer| code(answer) == "ticket.stale"));
}

#[tokio::test]
async fn a_hold_says_whom_it_waits_for_and_the_work_goes_on_where_it_was() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let technician = world.tech_caller(0);
    let input = json!({ "reason": "nobody lets us in", "waiting_for": "customer" });

    let held = world.on(&technician, Tool::TechHold, ticket, input).await.unwrap();
    assert_eq!(held["ticket"]["state"], "on_hold");
    assert_eq!(held["result"], json!({ "since": world.now(), "waiting_for": "customer" }));

    world.clock.advance(SignedDuration::from_mins(40));
    let resumed = world.on(&technician, Tool::TechResume, ticket, json!({})).await.unwrap();
    assert_eq!(resumed["ticket"]["state"], "in_progress");
    assert_eq!(resumed["result"]["held_since"], held["result"]["since"]);
    let pause = "select (to_at - from_at) / 60000000 from pause where waiting_for = 'customer'";
    assert_eq!(world.value::<i64>(pause), 40);
    assert_eq!(world.value::<i64>("select count(*) from visit where ended_at is null"), 1);
}

#[tokio::test]
async fn a_hold_without_a_reason_or_somebody_to_wait_for_is_malformed() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let inputs = [
        json!({ "reason": " ", "waiting_for": "customer" }),
        json!({ "reason": "parts", "waiting_for": "godot" }),
        json!({ "reason": "parts" }),
    ];
    for input in inputs {
        let answer = world.on(&world.tech_caller(0), Tool::TechHold, ticket, input).await;
        assert_eq!(code(answer), "input.malformed");
    }
}

#[tokio::test]
async fn a_return_visit_frees_the_technician_and_asks_for_a_new_window() {
    let world = World::new();
    let ticket = world.in_progress().await;
    world.clock.advance(SignedDuration::from_mins(25));
    let input = json!({ "reason": "needs another strike plate" });

    let done = world.on(&world.tech_caller(0), Tool::TechReturnVisit, ticket, input).await.unwrap();

    assert_eq!(done["ticket"]["state"], "ready_to_schedule");
    let kept = world.ticket(ticket).unwrap();
    assert_eq!((kept.technician, kept.window), (None, None));
    let ended = "select outcome || ': ' || reason from visit where left_at = ended_at";
    assert_eq!(world.value::<String>(ended), "returned: needs another strike plate");
    let told = "select count(*) from outgoing where kind = 'visit_again'";
    assert_eq!(world.value::<i64>(told), 1);
    world.dispatched(world.technician(0)).await;
}

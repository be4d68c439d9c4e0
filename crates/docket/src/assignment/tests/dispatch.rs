use crate::testing::{World, code, refusal, stage::window};
use futures_util::future::join_all;
use kernel::{
    id::{Id, Technician, Ticket},
    tool::Tool,
};
use serde_json::{Value, json};

const DISPATCH: Tool = Tool::AssignmentDispatch;

/// Somebody who can do everything everywhere at any time, but for what is changed.
async fn technician(world: &World, changed: Value) -> Id<Technician> {
    let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let shifts: Vec<_> = week
        .iter()
        .map(|day| json!({ "weekday": day, "from": "00:00:00", "to": "00:00:00" }))
        .collect();
    let mut input = json!({
        "name": "Somebody",
        "active": true,
        "skills": ["doors", "locks", "closers", "automatic_operators", "hardware", "frames", "glass"],
        "territories": ["north"],
        "zone": "America/New_York",
        "shifts": shifts,
    });
    let fields = input.as_object_mut().unwrap();
    fields.extend(changed.as_object().unwrap().clone());
    let put = world.call(&world.admin(), Tool::TechnicianPut, input).await.unwrap();
    put["result"]["id"].as_str().unwrap().parse().unwrap()
}

async fn refused(world: &World, ticket: Id<Ticket>, technician: Id<Technician>) -> &'static str {
    let input = json!({ "technician": technician });
    let answer = code(world.on(&world.dispatcher(), DISPATCH, ticket, input).await);
    assert_eq!(world.state(ticket), "scheduled");
    assert_eq!(world.value::<i64>("select count(*) from visit"), 0);
    answer
}

#[tokio::test]
async fn a_dispatched_technician_has_a_visit_and_the_customer_is_told() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let input = json!({ "technician": world.technician(0) });

    let done = world.on(&world.dispatcher(), DISPATCH, ticket, input).await.unwrap();

    assert_eq!(done["ticket"]["state"], "dispatched");
    assert_eq!(done["result"]["window"], window());
    let visit: String = world.value("select id from visit where ended_at is null");
    assert_eq!(done["result"]["visit"], json!(visit));
    let letters = world.delivered().await;
    let told = letters.iter().find(|letter| letter["kind"] == "technician_dispatched").unwrap();
    let words = "A technician is coming to you: Monday, 2 March 2026, 09:00 to 11:00.";
    assert_eq!(told["body"], words);
}

#[tokio::test]
async fn nobody_is_sent_who_is_not_known_here() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let foreign = world.other().technicians[0];
    assert_eq!(
        refused(&world, ticket, Id::from_parts(9, 9)).await,
        "assignment.technician_unknown"
    );
    assert_eq!(refused(&world, ticket, foreign).await, "assignment.technician_unknown");
}

#[tokio::test]
async fn nobody_is_sent_who_no_longer_works_here() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let gone = technician(&world, json!({ "active": false })).await;
    assert_eq!(refused(&world, ticket, gone).await, "assignment.technician_inactive");
}

#[tokio::test]
async fn nobody_is_sent_who_lacks_a_skill_and_the_answer_names_it() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let input = json!({ "technician": world.technician(2) });
    let no = refusal(world.on(&world.dispatcher(), DISPATCH, ticket, input).await);
    assert_eq!(no.code.name(), "assignment.skill_missing");
    assert!(!no.missing.is_empty());
    assert!(no.missing.contains(&"doors".to_owned()), "{:?}", no.missing);
}

#[tokio::test]
async fn nobody_is_sent_to_a_territory_they_do_not_go_to() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let south = technician(&world, json!({ "territories": ["south"] })).await;
    assert_eq!(refused(&world, ticket, south).await, "assignment.outside_coverage");
}

#[tokio::test]
async fn a_site_without_a_territory_is_covered_by_everybody() {
    let world = World::new();
    let ticket = world.scheduled().await;
    world.behind_the_door("update site set territory = null");
    let south = technician(&world, json!({ "territories": ["south"] })).await;
    let input = json!({ "technician": south });
    assert!(world.on(&world.dispatcher(), DISPATCH, ticket, input).await.is_ok());
}

#[tokio::test]
async fn nobody_is_sent_outside_of_their_shift() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let shift = json!([{ "weekday": "monday", "from": "10:00:00", "to": "18:00:00" }]);
    let late = technician(&world, json!({ "shifts": shift })).await;
    assert_eq!(refused(&world, ticket, late).await, "assignment.outside_shift");
}

#[tokio::test]
async fn nobody_is_sent_while_they_are_away() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let away = json!({
        "technician": world.technician(0),
        "start": "2026-03-02T15:59:00Z",
        "end": "2026-03-02T20:00:00Z",
    });
    world.call(&world.admin(), Tool::TechnicianAbsent, away).await.unwrap();
    assert_eq!(refused(&world, ticket, world.technician(0)).await, "assignment.absent");
}

#[tokio::test]
async fn nobody_is_sent_into_a_window_that_has_ended() {
    let world = World::new();
    let ticket = world.scheduled().await;
    world.clock.advance(jiff::SignedDuration::from_hours(7));
    assert_eq!(refused(&world, ticket, world.technician(0)).await, "schedule.past");
}

#[tokio::test]
async fn work_of_no_known_kind_is_nobodys() {
    let world = World::new();
    let ticket = world.scheduled().await;
    world.behind_the_door("update ticket set incident_type = null, type_version = null");
    assert_eq!(refused(&world, ticket, world.technician(0)).await, "type.unknown");
}

#[tokio::test]
async fn a_technician_is_in_one_place_at_a_time() {
    let world = World::new();
    let (first, second) = (world.scheduled().await, world.scheduled().await);
    let input = json!({ "technician": world.technician(0) });
    world.on(&world.dispatcher(), DISPATCH, first, input.clone()).await.unwrap();

    let again = world.on(&world.dispatcher(), DISPATCH, second, input.clone()).await;
    assert_eq!(code(again), "assignment.double_booked");

    // Windows that only touch do not overlap.
    let after = json!({ "start": "2026-03-02T16:00:00Z", "end": "2026-03-02T17:00:00Z" });
    let third = world.scheduled_for(after).await;
    assert!(world.on(&world.dispatcher(), DISPATCH, third, input).await.is_ok());
}

#[tokio::test]
async fn of_64_dispatches_into_one_window_one_wins() {
    let world = World::new();
    let mut tickets = Vec::new();
    for _ in 0..64 {
        tickets.push(world.scheduled().await);
    }
    let dispatcher = world.dispatcher();
    let input = json!({ "technician": world.technician(0) });
    let calls = tickets.iter().map(|id| world.on(&dispatcher, DISPATCH, *id, input.clone()));

    let (won, lost): (Vec<_>, Vec<_>) = join_all(calls).await.into_iter().partition(Result::is_ok);

    assert_eq!((won.len(), lost.len()), (1, 63));
    assert!(lost.into_iter().all(|answer| code(answer) == "assignment.double_booked"));
    assert_eq!(world.value::<i64>("select count(*) from visit"), 1);
    assert_eq!(world.value::<i64>("select count(*) from ticket where state = 'dispatched'"), 1);
}

#[tokio::test]
async fn two_dispatchers_do_not_both_send_somebody() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let (ada, bob) = (world.dispatcher(), world.other_dispatcher());
    let now = world.version(ticket);
    let (one, two) = (world.technician(0), world.technician(1));
    let calls = [
        world.on_version(&ada, DISPATCH, ticket, now, json!({ "technician": one })),
        world.on_version(&bob, DISPATCH, ticket, now, json!({ "technician": two })),
    ];
    let (won, lost): (Vec<_>, Vec<_>) = join_all(calls).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.into_iter().all(|answer| code(answer) == "ticket.stale"));
}

#[tokio::test]
async fn a_scheduled_ticket_needs_no_bypass_and_no_second_voice() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let bypass = json!({ "rationale": "the door of a pharmacy stands open", "window": window() });
    let input = json!({ "technician": world.technician(0), "bypass": bypass });
    let answer = world.on(&world.dispatcher(), DISPATCH, ticket, input).await;
    assert_eq!(code(answer), "assignment.bypass_denied");

    let voice = Id::<kernel::id::Countersign>::from_parts(1, 1);
    let input = json!({ "technician": world.technician(0), "countersign": voice });
    let answer = world.on(&world.dispatcher(), DISPATCH, ticket, input).await;
    assert_eq!(code(answer), "countersign.unknown");
}

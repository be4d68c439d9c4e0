use super::{morning, proposed, scheduled};
use crate::testing::{World, code};
use jiff::SignedDuration;
use kernel::{role::Role, tool::Tool};
use serde_json::json;

#[tokio::test]
async fn the_board_shows_what_waits_by_what_is_due_and_who_goes_where() {
    let world = World::new();
    let sent = scheduled(&world).await;
    let dispatcher = world.dispatcher();
    let send = json!({ "technician": world.technician(0) });
    world.on(&dispatcher, Tool::AssignmentDispatch, sent, send).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(3));
    let later = proposed(&world).await;
    let emergency = json!({ "site": world.site(), "summary": "cannot lock up" });
    let made = world.call(&dispatcher, Tool::TicketCreate, emergency).await.unwrap();
    let urgent: kernel::id::Id<kernel::id::Ticket> =
        made["ticket"]["id"].as_str().unwrap().parse().unwrap();
    let triage = json!({ "outcome": "triaged", "priority": "emergency" });
    world.on(&dispatcher, Tool::TicketTriage, urgent, triage).await.unwrap();

    let range = json!({ "from": "2026-03-03T00:00", "to": "2026-03-04T00:00" });
    let board = world.call(&dispatcher, Tool::ScheduleBoard, range).await.unwrap();
    let queue: Vec<_> =
        board["queue"]["items"].as_array().unwrap().iter().map(|card| card["id"].clone()).collect();
    assert_eq!(queue, [json!(urgent), json!(later)]);
    let technicians = board["technicians"].as_array().unwrap();
    let first = json!(world.technician(0));
    let row = technicians.iter().find(|row| row["id"] == first).unwrap();
    assert_eq!(row["visits"][0]["ticket"], json!(sent));
    assert_eq!(row["visits"][0]["window"], morning());
    assert_eq!(technicians.iter().filter(|row| row["visits"] != json!([])).count(), 1);

    let card = &board["queue"]["items"][1];
    let enabled = |tool: &str| {
        let actions = card["actions"].as_array().unwrap();
        actions.iter().find(|action| action["tool"] == tool).unwrap()["enabled"].clone()
    };
    assert_eq!(enabled("schedule.confirm"), true);
    assert_eq!(enabled("schedule.release"), false);
}

#[tokio::test]
async fn the_board_shows_at_most_a_month_and_only_forward() {
    let world = World::new();
    for range in [
        json!({ "from": "2026-03-03T00:00:00Z", "to": "2026-03-03T00:00:00Z" }),
        json!({ "to": "2026-05-03T00:00:00Z" }),
    ] {
        let refused = world.call(&world.dispatcher(), Tool::ScheduleBoard, range).await;
        assert_eq!(code(refused), "schedule.window");
    }
}

#[tokio::test]
async fn the_board_is_for_those_who_plan() {
    let world = World::new();
    proposed(&world).await;
    let qa = world.call(&world.qa(), Tool::ScheduleBoard, json!({})).await;
    assert_eq!(code(qa), "role.forbidden");
    let stranger = world.stranger(2, &[Role::Dispatcher]);
    let board = world.call(&stranger, Tool::ScheduleBoard, json!({})).await.unwrap();
    assert_eq!(board["queue"]["items"], json!([]));
}

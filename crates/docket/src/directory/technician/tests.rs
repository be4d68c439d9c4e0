use crate::testing::{World, person, refusal};
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};

fn grace(principal: u64) -> Value {
    json!({
        "name": "Grace",
        "principal": person(principal),
        "active": true,
        "skills": ["doors"],
        "territories": ["north"],
        "zone": "America/New_York",
        "shifts": [{ "weekday": "monday", "from": "22:00:00", "to": "06:00:00" }],
    })
}

#[tokio::test]
async fn two_technicians_do_not_sign_in_as_one() {
    let world = World::new();
    let no = refusal(world.call(&world.admin(), Tool::TechnicianPut, grace(11)).await);
    assert_eq!(no.code.name(), "record.taken");
}

#[tokio::test]
async fn somebody_who_left_is_listed_only_when_asked_for() {
    let world = World::new();
    let mut input = grace(14);
    input["active"] = false.into();
    world.call(&world.admin(), Tool::TechnicianPut, input).await.unwrap();
    let count = |list: Value| list["items"].as_array().unwrap().len();
    let list = world.call(&world.admin(), Tool::TechnicianList, json!({})).await.unwrap();
    assert_eq!(count(list), 3);
    let input = json!({ "inactive_too": true });
    let list = world.call(&world.admin(), Tool::TechnicianList, input).await.unwrap();
    assert_eq!(count(list), 4);
}

#[tokio::test]
async fn an_agent_plans_with_skills_and_hours_and_without_names_and_homes() {
    let world = World::new();
    let agent = world.agent(Role::AgentScheduling);
    let list = world.call(&agent, Tool::TechnicianList, json!({})).await.unwrap();
    let first = &list["items"][0];
    assert_eq!(first["id"], json!(world.technician(0)));
    assert_eq!(first["shifts"].as_array().unwrap().len(), 5);
    for hidden in ["name", "home", "principal"] {
        assert!(first.get(hidden).is_none(), "{hidden}");
    }
    let list = world.call(&world.dispatcher(), Tool::TechnicianList, json!({})).await.unwrap();
    assert_eq!(list["items"][0]["home"]["address"], "0 Depot Rd, Albany, NY");
    let list = world.call(&world.auditor(), Tool::TechnicianList, json!({})).await.unwrap();
    assert!(list["items"][0].get("home").is_none());
}

#[tokio::test]
async fn an_absence_is_noted_changed_and_taken_back() {
    let world = World::new();
    let dispatcher = world.dispatcher();
    let (technician, start) = (world.technician(0), "2026-03-03T00:00:00Z");
    let absences = async || {
        let list = world.call(&dispatcher, Tool::TechnicianList, json!({})).await.unwrap();
        list["items"][0]["absences"].clone()
    };
    for end in ["2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z"] {
        let input = json!({ "technician": technician, "start": start, "end": end });
        world.call(&dispatcher, Tool::TechnicianAbsent, input).await.unwrap();
        assert_eq!(absences().await, json!([{ "start": start, "end": end }]));
    }
    let input = json!({ "technician": technician, "start": start });
    world.call(&dispatcher, Tool::TechnicianAbsent, input.clone()).await.unwrap();
    assert_eq!(absences().await, json!([]));
    let no = refusal(world.call(&dispatcher, Tool::TechnicianAbsent, input).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("record.not_found", Some("start")));
}

#[tokio::test]
async fn an_absence_ends_after_it_starts() {
    let world = World::new();
    let at = "2026-03-03T00:00:00Z";
    let input = json!({ "technician": world.technician(0), "start": at, "end": at });
    let no = refusal(world.call(&world.admin(), Tool::TechnicianAbsent, input).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("schedule.window", Some("end")));
}

#[test]
fn a_place_without_a_territory_is_for_everybody() {
    let world = World::new();
    let technician = world
        .door
        .db()
        .read_waiting(world.tenant, |snap| super::find(snap, world.tenant, world.technician(2)));
    let technician = technician.unwrap();
    assert!(technician.covers(None) && technician.covers(Some("south")));
    assert!(!technician.covers(Some("north")));
    let needed = ["doors", "glass"].map(|skill| skill.parse().unwrap()).into();
    assert_eq!(technician.lacks(&needed), ["doors".parse().unwrap()]);
}

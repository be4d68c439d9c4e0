//! What every tenant starts with, and what it makes of it.

use super::Template;
use crate::testing::{World, code, refusal};
use kernel::{gate::SIGNATURE, sla::Priority, tool::Tool};
use serde_json::{Value, json};

fn seed() -> Vec<Template> {
    serde_json::from_str(include_str!("seed.json")).unwrap()
}

#[test]
fn every_seeded_type_could_be_activated() {
    for template in seed() {
        assert!(template.lacks().is_empty(), "`{}` lacks {:?}", template.name, template.lacks());
        assert!(template.high_risk_evidence.is_subset(&template.evidence), "`{}`", template.name);
        assert_eq!(template.checklist.len(), 5, "`{}`", template.name);
        assert_eq!(template.evidence.len(), 4, "`{}`", template.name);
        assert!(
            template.evidence.iter().any(|key| key.as_str() == SIGNATURE),
            "`{}`",
            template.name
        );
    }
}

#[test]
fn three_of_the_six_seeded_types_are_high_risk() {
    let (risky, other): (Vec<_>, Vec<_>) = seed().into_iter().partition(|t| t.high_risk);
    let names = |types: Vec<Template>| types.iter().map(|t| t.name.to_string()).collect::<Vec<_>>();
    assert_eq!(
        names(risky),
        ["auto_operator_fault", "cannot_secure_entry", "frame_or_glass_damage"]
    );
    assert_eq!(
        names(other),
        ["door_wont_latch", "closer_leaking_or_slamming", "hardware_replacement"]
    );
}

fn roof_leak() -> Value {
    json!({
        "name": "roof_leak",
        "title": "Roof leak",
        "category": "roofs",
        "default_priority": "urgent",
        "duration_minutes": 60,
        "skills": ["roofs"],
        "evidence": ["photo_before_leak", "photo_after_patch"],
    })
}

#[tokio::test]
async fn a_new_tenant_has_the_six_types_in_use() {
    let world = World::new();
    let list = world.call(&world.dispatcher(), Tool::TypeList, json!({})).await.unwrap();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 6);
    assert!(items.iter().all(|item| item["version"] == 1 && item["active"] == 1));
}

#[tokio::test]
async fn a_type_that_lacks_something_cannot_be_used() {
    let world = World::new();
    let admin = world.admin();
    let mut input = roof_leak();
    for (version, field) in ["duration_minutes", "skills", "evidence"].iter().enumerate() {
        let mut lacking = input.clone();
        lacking.as_object_mut().unwrap().remove(*field);
        let put = world.call(&admin, Tool::TypePut, lacking).await.unwrap();
        assert_eq!(put["result"]["lacks"], json!([field]));
        let activate = json!({ "name": "roof_leak", "version": version + 1 });
        let no = refusal(world.call(&admin, Tool::TypeActivate, activate).await);
        assert_eq!(
            (no.code.name(), &no.missing[..]),
            ("type.incomplete", &[(*field).to_owned()][..])
        );
    }
    input["duration_minutes"] = 0.into();
    let put = world.call(&admin, Tool::TypePut, input).await.unwrap();
    assert_eq!(put["result"]["lacks"], json!(["duration_minutes"]));
}

#[tokio::test]
async fn a_new_version_is_used_once_it_is_activated_and_the_old_one_stays() {
    let world = World::new();
    let admin = world.admin();
    let version = |latest: bool| {
        let (world, admin) = (&world, &admin);
        async move {
            let input = json!({ "latest": latest, "after": "hardware_replacement" });
            let list = world.call(admin, Tool::TypeList, input).await.unwrap();
            (list["items"][0]["version"].clone(), list["items"][0]["active"].clone())
        }
    };
    for (title, expected) in [("Roof leak", 1), ("Roof leak", 1), ("Roof leaks", 2)] {
        let mut input = roof_leak();
        input["title"] = title.into();
        let put = world.call(&admin, Tool::TypePut, input).await.unwrap();
        assert_eq!(put["result"]["version"], expected);
    }
    assert_eq!(version(true).await, (json!(2), json!(null)));

    let activate = json!({ "name": "roof_leak", "version": 1 });
    world.call(&admin, Tool::TypeActivate, activate).await.unwrap();
    assert_eq!(version(false).await, (json!(1), json!(1)));
    assert_eq!(version(true).await, (json!(2), json!(1)));
    let activate = json!({ "name": "roof_leak", "version": 2 });
    world.call(&admin, Tool::TypeActivate, activate).await.unwrap();

    let db = world.door.db();
    let (now, template) = db
        .read_waiting(world.tenant, |snap| super::active(snap, world.tenant, "roof_leak"))
        .unwrap();
    assert_eq!((now, &*template.title), (2, "Roof leaks"));
    let then = db
        .read_waiting(world.tenant, |snap| super::at(snap, world.tenant, "roof_leak", 1))
        .unwrap();
    assert_eq!(&*then.title, "Roof leak");
}

#[tokio::test]
async fn a_version_that_was_never_written_cannot_be_used() {
    let world = World::new();
    for input in [
        json!({ "name": "door_wont_latch", "version": 2 }),
        json!({ "name": "roof_leak", "version": 1 }),
    ] {
        assert_eq!(
            code(world.call(&world.admin(), Tool::TypeActivate, input).await),
            "type.unknown"
        );
    }
}

#[tokio::test]
async fn high_risk_evidence_is_some_of_the_evidence() {
    let world = World::new();
    let mut input = roof_leak();
    input["high_risk_evidence"] = json!(["photo_of_something_else"]);
    let no = refusal(world.call(&world.admin(), Tool::TypePut, input).await);
    assert_eq!(
        (no.code.name(), no.path.as_deref()),
        ("input.malformed", Some("high_risk_evidence"))
    );
}

#[test]
fn targets_are_the_types_own_or_the_usual_ones() {
    let mut template: Template = serde_json::from_value(roof_leak()).unwrap();
    assert_eq!(template.response_target(Priority::Urgent), 240);
    template.response_minutes.insert(Priority::Urgent, 30);
    template.resolution_minutes.insert(Priority::Routine, 9_000);
    assert_eq!(template.response_target(Priority::Urgent), 30);
    assert_eq!(template.resolution_target(Priority::Urgent), 240);
    assert_eq!(template.resolution_target(Priority::Routine), 9_000);
}

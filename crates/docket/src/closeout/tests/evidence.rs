use crate::testing::{World, code, finish::photo};
use kernel::{canonical::Digest, role::Role, tool::Tool};
use serde_json::json;

const KEY: &str = "photo_after_latched_alignment";

#[tokio::test]
async fn a_key_is_one_that_the_type_asks_for_or_extra() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let tech = world.tech_caller(0);
    let digest = world.upload(&tech, photo("a door")).await;
    let add = |key: &str| json!({ "key": key, "digest": digest });
    let other = world.on(&tech, Tool::CloseoutAddEvidence, ticket, add("photo_of_lunch")).await;
    assert_eq!(code(other), "evidence.key_unknown");
    for key in [KEY, "extra_hinge"] {
        world.on(&tech, Tool::CloseoutAddEvidence, ticket, add(key)).await.unwrap();
    }
}

#[tokio::test]
async fn bytes_that_nobody_uploaded_are_not_evidence() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let input = json!({ "key": KEY, "digest": Digest::of_bytes(b"a promise") });
    let added = world.on(&world.tech_caller(0), Tool::CloseoutAddEvidence, ticket, input).await;
    assert_eq!(code(added), "evidence.not_held");
}

#[tokio::test]
async fn bytes_of_another_tenant_are_not_there() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let stranger = world.stranger(11, &[Role::Technician]);
    let digest = world.upload(&stranger, photo("their door")).await;
    let input = json!({ "key": KEY, "digest": digest });
    let added = world.on(&world.tech_caller(0), Tool::CloseoutAddEvidence, ticket, input).await;
    assert_eq!(code(added), "evidence.not_held");
}

#[tokio::test]
async fn the_same_bytes_under_the_same_key_are_one_piece() {
    let world = World::new();
    let ticket = world.in_progress().await;
    world.show(ticket, KEY).await;
    world.show(ticket, KEY).await;
    let input = json!({ "ticket": ticket });
    let listed = world.call(&world.qa(), Tool::CloseoutListEvidence, input).await.unwrap();
    assert_eq!(listed["evidence"].as_array().unwrap().len(), 1);
    assert_eq!(listed["evidence"][0]["key"], KEY);
    assert_eq!(listed["evidence"][0]["media_type"], "image/png");
}

#[tokio::test]
async fn evidence_of_somebody_elses_ticket_is_not_added() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let other = world.tech_caller(1);
    let digest = world.upload(&other, photo("a door")).await;
    let input = json!({ "key": KEY, "digest": digest });
    let added = world.on(&other, Tool::CloseoutAddEvidence, ticket, input).await;
    assert_eq!(code(added), "ticket.not_yours");
}

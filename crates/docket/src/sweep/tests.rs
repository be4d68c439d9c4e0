use super::{Swept, once};
use crate::testing::World;
use jiff::SignedDuration;
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};
use std::fs;

fn value(world: &World, sql: &str) -> i64 {
    world.value(sql)
}

/// A ticket whose contact, if there is one, is asked something.
async fn asked(world: &World, contact: Value) {
    let input = json!({ "site": world.site(), "contact": contact, "summary": "door" });
    let made = world.call(&world.dispatcher(), Tool::TicketCreate, input).await.unwrap();
    let ticket = made["ticket"]["id"].as_str().unwrap().parse().unwrap();
    let ask = json!({ "questions": ["Which door is it?"] });
    world.on(&world.dispatcher(), Tool::TicketRequestInfo, ticket, ask).await.unwrap();
}

#[tokio::test]
async fn what_waits_is_delivered_to_the_contact_on_file_once_however_often_it_is_swept() {
    let world = World::new();
    asked(&world, json!(world.contact())).await;
    let carriers = world.carriers();
    let (one, other) = tokio::join!(once(&world.door, &carriers), once(&world.door, &carriers));
    assert_eq!(one.unwrap().texts_delivered + other.unwrap().texts_delivered, 1);
    assert_eq!(once(&world.door, &world.carriers()).await.unwrap(), Swept::default());

    let letters = world.delivered().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0]["phone"], "+12025550173");
    assert!(letters[0]["body"].as_str().unwrap().contains("Which door is it?"));
    let entries = "select count(*) from audit_entry where body like '%outgoing.deliver%'";
    assert_eq!(value(&world, entries), 1);
}

#[tokio::test]
async fn a_text_that_was_written_and_not_marked_is_written_again_over_itself() {
    let world = World::new();
    asked(&world, json!(world.contact())).await;
    once(&world.door, &world.carriers()).await.unwrap();
    world.behind_the_door(
        "update outgoing set ended_at = null, standing = 'waiting', attempts = 0;
         delete from outgoing_attempt",
    );
    assert_eq!(once(&world.door, &world.carriers()).await.unwrap().texts_delivered, 1);
    assert_eq!(world.delivered().await.len(), 1);
}

#[tokio::test]
async fn a_text_to_nobody_we_can_reach_is_said_to_be_one_and_not_tried_for_ever() {
    let world = World::new();
    asked(&world, Value::Null).await;
    assert_eq!(once(&world.door, &world.carriers()).await.unwrap(), Swept::default());
    assert_eq!(value(&world, "select count(*) from outgoing where standing = 'no_address'"), 1);
    assert!(world.delivered().await.is_empty());
}

#[tokio::test]
async fn more_than_one_batch_is_delivered_in_one_sweep() {
    let world = World::new();
    for _ in 0..101 {
        asked(&world, json!(world.contact())).await;
    }
    assert_eq!(once(&world.door, &world.carriers()).await.unwrap().texts_delivered, 101);
    assert_eq!(world.delivered().await.len(), 101);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_keeps_what_waits() {
    let world = World::new();
    fs::write(world.outbox(), "a file is in the way").unwrap();
    asked(&world, json!(world.contact())).await;
    assert_eq!(once(&world.door, &world.carriers()).await.unwrap(), Swept::default());
    fs::remove_file(world.outbox()).unwrap();
    world.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(once(&world.door, &world.carriers()).await.unwrap().texts_delivered, 1);
}

#[tokio::test]
async fn the_text_of_a_secret_is_gone_once_it_has_left() {
    let world = World::new();
    let input = json!({ "site": world.site(), "contact": world.contact(), "summary": "door" });
    let made = world.call(&world.dispatcher(), Tool::TicketCreate, input).await.unwrap();
    let ticket = made["ticket"]["id"].as_str().unwrap().parse().unwrap();
    // Above the threshold of the tenant, so that a code is sent.
    let triage = json!({
        "outcome": "approval_required", "incident_type": "door_wont_latch", "description": "x",
        "nte": { "minor": 200_000, "currency": "USD" },
    });
    world.on(&world.dispatcher(), Tool::TicketTriage, ticket, triage).await.unwrap();
    assert_eq!(value(&world, "select count(*) from outgoing where words is not null"), 1);
    assert_eq!(value(&world, "select count(*) from message where direction = 'out'"), 0);

    once(&world.door, &world.carriers()).await.unwrap();
    assert_eq!(value(&world, "select count(*) from outgoing where words is not null"), 0);
    assert!(world.delivered().await[0]["body"].as_str().unwrap().contains("code"));
}

#[tokio::test]
async fn answers_are_kept_for_two_days_and_then_forgotten() {
    let world = World::new();
    for _ in 0..101 {
        let note = json!({ "site": world.site(), "summary": "door" });
        world.call(&world.dispatcher(), Tool::TicketCreate, note).await.unwrap();
    }
    world.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(once(&world.door, &world.carriers()).await.unwrap().keys_forgotten, 0);
    world.clock.advance(SignedDuration::from_secs(1));
    let customer = world.caller(2, &[Role::Dispatcher]);
    let note = json!({ "site": world.site(), "summary": "window" });
    world.call(&customer, Tool::TicketCreate, note).await.unwrap();
    let forgotten = once(&world.door, &world.carriers()).await.unwrap().keys_forgotten;
    assert!(forgotten >= 101, "{forgotten}");
    assert_eq!(value(&world, "select count(*) from idempotency"), 1);
}

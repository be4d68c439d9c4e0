//! The outbox as an operator reads it and puts things back.

use crate::testing::{World, code, refusal};
use jiff::SignedDuration;
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};
use std::fs;

async fn list(world: &World, input: Value) -> Vec<Value> {
    let seen = world.call(&world.admin(), Tool::OutboxList, input).await.unwrap();
    seen["items"].as_array().unwrap().clone()
}

async fn replay(world: &World, texts: &[&Value]) -> Result<Value, crate::door::Denied> {
    world.call(&world.admin(), Tool::OutboxReplay, json!({ "outgoing": texts })).await
}

/// Texts that were tried as often as may be, because a file was in the way.
async fn give_up(world: &World) {
    fs::write(world.outbox(), "a file is in the way").unwrap();
    for _ in 0..16 {
        world.work_off().await;
        world.clock.advance(SignedDuration::from_mins(1));
    }
    fs::remove_file(world.outbox()).unwrap();
}

#[tokio::test]
async fn what_is_dead_is_listed_with_its_attempts_and_put_back() {
    let world = World::new();
    world.scheduled().await;
    give_up(&world).await;

    let dead = list(&world, json!({ "standing": "dead" })).await;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["reason"], "folder.unwritable");
    let attempts = dead[0]["attempts"].as_array().unwrap();
    assert_eq!((attempts.len(), &attempts[15]["ended"]), (16, &json!("transient")));

    replay(&world, &[&dead[0]["id"]]).await.unwrap();

    let waits = list(&world, json!({ "standing": "waiting" })).await;
    assert_eq!((waits.len(), &waits[0]["next_at"]), (1, &json!(world.now())));
    assert_eq!(world.delivered().await.len(), 1);
    let left = list(&world, json!({})).await;
    assert_eq!(left[0]["standing"], "delivered");
    assert_eq!(left[0]["attempts"].as_array().unwrap().len(), 17);
}

#[tokio::test]
async fn what_is_put_back_has_all_its_attempts_again() {
    let world = World::new();
    world.scheduled().await;
    give_up(&world).await;
    let dead = list(&world, json!({ "standing": "dead" })).await;
    replay(&world, &[&dead[0]["id"]]).await.unwrap();
    give_up(&world).await;
    let again = list(&world, json!({ "standing": "dead" })).await;
    assert_eq!(again[0]["attempts"].as_array().unwrap().len(), 32);
}

#[tokio::test]
async fn what_is_put_back_and_no_longer_so_is_still_not_sent() {
    let world = World::new();
    let ticket = world.scheduled().await;
    give_up(&world).await;
    let reason = json!({ "reason": "the customer bought a new door" });
    world.on(&world.dispatcher(), Tool::TicketCancel, ticket, reason).await.unwrap();
    let dead = list(&world, json!({ "standing": "dead" })).await;
    replay(&world, &[&dead[0]["id"]]).await.unwrap();

    let letters = world.delivered().await;
    assert_eq!((letters.len(), &letters[0]["kind"]), (1, &json!("ticket_cancelled")));
    let superseded = list(&world, json!({ "standing": "superseded" })).await;
    assert_eq!(superseded[0]["reason"], "cancelled");
}

#[tokio::test]
async fn only_what_is_stuck_and_no_secret_is_put_back_and_all_of_it_or_nothing() {
    let world = World::new();
    let ticket = world.scheduled().await;
    give_up(&world).await;
    let dead = list(&world, json!({ "standing": "dead" })).await;
    let reason = json!({ "reason": "the customer bought a new door" });
    world.on(&world.dispatcher(), Tool::TicketCancel, ticket, reason).await.unwrap();
    let waits = list(&world, json!({ "standing": "waiting" })).await;

    let no = refusal(replay(&world, &[&dead[0]["id"], &waits[0]["id"]]).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("outbox.not_stuck", Some("outgoing[1]")));
    assert_eq!(
        list(&world, json!({ "standing": "dead" })).await.len(),
        1,
        "nothing of it happened"
    );

    world.behind_the_door("update outgoing set kind = 'approval_code' where standing = 'dead'");
    assert_eq!(code(replay(&world, &[&dead[0]["id"]]).await), "outbox.not_stuck");
    let nobody = json!("out_00000000010000000000000001");
    assert_eq!(code(replay(&world, &[&nobody]).await), "record.not_found");
    assert_eq!(code(replay(&world, &[]).await), "input.malformed");
}

#[tokio::test]
async fn the_outbox_of_another_tenant_is_not_there() {
    let world = World::new();
    world.scheduled().await;
    give_up(&world).await;
    let dead = list(&world, json!({ "standing": "dead" })).await;
    let stranger = world.stranger(1, &[Role::Admin]);
    let seen = world.call(&stranger, Tool::OutboxList, json!({})).await.unwrap();
    assert_eq!(seen["items"], json!([]));
    let put = json!({ "outgoing": [dead[0]["id"]] });
    let put = world.call(&stranger, Tool::OutboxReplay, put).await;
    assert_eq!(code(put), "record.not_found");
}

#[tokio::test]
async fn pages_of_the_outbox_miss_and_double_nothing() {
    let world = World::new();
    let mut tickets = Vec::new();
    for hour in [14, 16, 18] {
        let window = json!({
            "start": format!("2026-03-02T{hour}:00:00Z"), "end": format!("2026-03-02T{}:00:00Z", hour + 1),
        });
        tickets.push(world.scheduled_for(window).await);
    }
    let whole = list(&world, json!({})).await;
    assert_eq!(whole.len(), 3);
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let input = json!({ "limit": 2, "after": after });
        let page = world.call(&world.dispatcher(), Tool::OutboxList, input).await.unwrap();
        paged.extend(page["items"].as_array().unwrap().clone());
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(paged, whole);
    let of_one = list(&world, json!({ "ticket": tickets[1], "standing": "waiting" })).await;
    assert_eq!((of_one.len(), &of_one[0]["ticket"]), (1, &json!(tickets[1])));
    assert!(list(&world, json!({ "ticket": tickets[1], "standing": "dead" })).await.is_empty());
}

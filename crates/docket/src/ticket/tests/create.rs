use crate::{
    door::Call,
    testing::{World, code},
};
use kernel::{role::Role, tool::Tool};
use serde_json::json;

#[tokio::test]
async fn a_ticket_that_was_created_can_be_read() {
    let world = World::new();
    let dispatcher = world.dispatcher();
    let site = world.site();

    let input = json!({ "site": site, "summary": "front door does not latch" });
    let created = world.call(&dispatcher, Tool::TicketCreate, input).await.unwrap();
    assert_eq!(created["ticket"]["state"], "new");

    let input = json!({ "ticket": created["ticket"]["id"] });
    let seen = world.call(&dispatcher, Tool::TicketGet, input).await.unwrap();
    assert_eq!(seen["reported"]["summary"], "front door does not latch");
    assert_eq!(seen["reported"]["untrusted"], true);
}

#[tokio::test]
async fn a_retry_gets_the_same_answer_and_makes_nothing() {
    let world = World::new();
    let dispatcher = world.dispatcher();
    let input = json!({ "site": world.site(), "summary": "front door" }).to_string();
    let call = Call { key: Some("same".into()), ..Call::new(Tool::TicketCreate, input, "test") };

    let first = world.send(&dispatcher, call.clone()).await.unwrap();
    let second = world.send(&dispatcher, call.clone()).await.unwrap();
    assert_eq!(first.body, second.body);
    assert!(second.replayed && !first.replayed);

    let other = json!({ "site": world.site(), "summary": "back door" }).to_string();
    let reused = world.send(&dispatcher, Call { input: other.into(), ..call }).await;
    assert_eq!(code(reused), "idempotency.key_reused");
}

#[tokio::test]
async fn a_command_without_a_key_is_refused() {
    let world = World::new();
    let input = json!({ "site": world.site(), "summary": "front door" }).to_string();
    let call = Call::new(Tool::TicketCreate, input, "test");
    assert_eq!(code(world.send(&world.dispatcher(), call).await), "idempotency.key_missing");
}

#[tokio::test]
async fn somebody_without_the_role_is_refused() {
    let world = World::new();
    let auditor = world.caller(9, &[Role::Auditor]);
    let input = json!({ "site": world.site(), "summary": "front door" });
    assert_eq!(code(world.call(&auditor, Tool::TicketCreate, input).await), "role.forbidden");
}

#[tokio::test]
async fn fields_have_names_and_a_list_of_their_values_is_refused() {
    let world = World::new();
    let input = json!([world.site(), null, null, "front door", null]);
    let refused = world.call(&world.dispatcher(), Tool::TicketCreate, input).await;
    assert_eq!(code(refused), "input.malformed");
}

#[tokio::test]
async fn an_amount_is_an_object_too_and_not_a_list_of_its_parts() {
    let world = World::new();
    let ticket = world.new_ticket().await;
    let input = json!({ "ticket": ticket, "outcome": "triaged", "priority": "urgent", "nte": [100, "USD"] });
    let refused = world.on(&world.dispatcher(), Tool::TicketTriage, ticket, input).await;
    assert_eq!(code(refused), "input.malformed");
}

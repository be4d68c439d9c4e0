use crate::testing::World;
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};

const ON_FILE: &str = "+12025550173";
const NOBODY: &str = "+12025550199";

/// What may be spent on a call of this type from this number, and where it stands.
async fn taken_in(world: &World, kind: &str, phone: &str) -> (Value, Value) {
    let call = json!({
        "channel": "phone",
        "site": { "id": world.site() },
        "caller": { "phone": phone },
        "incident_type": kind,
        "summary": "the front door",
        "description": "It does not do what it should.",
    });
    let taken =
        world.call(&world.agent(Role::AgentIntake), Tool::TicketIntake, call).await.unwrap();
    let which = json!({ "ticket": taken["ticket"]["id"] });
    let seen = world.call(&world.dispatcher(), Tool::TicketGet, which).await.unwrap();
    (seen["state"].clone(), seen["nte"]["minor"].clone())
}

#[tokio::test]
async fn a_call_that_is_ready_begins_with_the_limit_that_its_type_suggests() {
    let world = World::new();
    let taken = taken_in(&world, "door_wont_latch", ON_FILE).await;
    assert_eq!(taken, (json!("ready_to_schedule"), json!(45_000)));
}

#[tokio::test]
async fn nothing_may_be_spent_for_whoever_is_not_verified() {
    let world = World::new();
    let taken = taken_in(&world, "door_wont_latch", NOBODY).await;
    assert_eq!(taken, (json!("needs_info"), json!(0)));
}

#[tokio::test]
async fn a_type_that_asks_for_the_limit_waits_for_the_customer_to_say_it() {
    let world = World::new();
    let taken = taken_in(&world, "hardware_replacement", ON_FILE).await;
    assert_eq!(taken, (json!("needs_info"), json!(0)));
}

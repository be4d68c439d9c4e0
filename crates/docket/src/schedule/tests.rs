mod board;
mod hold;
mod windows;

use crate::testing::World;
use kernel::{
    id::{self, Id},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

/// Tuesday from nine to eleven at the site.
fn morning() -> Value {
    json!({ "start": "2026-03-03T14:00:00Z", "end": "2026-03-03T16:00:00Z" })
}

/// The same day from one to three.
fn afternoon() -> Value {
    json!({ "start": "2026-03-03T18:00:00Z", "end": "2026-03-03T20:00:00Z" })
}

/// A ticket for which work can be planned.
async fn ready(world: &World) -> Id<id::Ticket> {
    let call = json!({
        "channel": "phone",
        "site": { "id": world.site() },
        "caller": { "phone": "+12025550173" },
        "incident_type": "door_wont_latch",
        "summary": "Front door does not latch",
        "description": "It closes all the way and springs open again.",
    });
    let agent = world.agent(Role::AgentIntake);
    let taken = world.call(&agent, Tool::TicketIntake, call).await.unwrap();
    assert_eq!(taken["ticket"]["state"], "ready_to_schedule");
    taken["ticket"]["id"].as_str().unwrap().parse().unwrap()
}

/// A ticket with two windows offered.
async fn proposed(world: &World) -> Id<id::Ticket> {
    let ticket = ready(world).await;
    let offer = json!({ "windows": [morning(), afternoon()] });
    let agent = world.agent(Role::AgentScheduling);
    world.on(&agent, Tool::SchedulePropose, ticket, offer).await.unwrap();
    ticket
}

/// A ticket that is scheduled for the morning.
async fn scheduled(world: &World) -> Id<id::Ticket> {
    let ticket = proposed(world).await;
    let window = json!({ "window": morning() });
    let agent = world.agent(Role::AgentScheduling);
    world.on(&agent, Tool::ScheduleConfirm, ticket, window).await.unwrap();
    ticket
}

mod cancel;
mod clocks;
mod close;
mod create;
mod intake;
mod limit;

mod list;
mod message;
mod timeline;
mod triage;

use crate::testing::World;
use kernel::{
    id::{self, Id},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

/// A call from the number of the one who may ask for work, about a known kind
/// of work, with all that it asks for.
fn good_call(world: &World) -> Value {
    json!({
        "channel": "phone",
        "site": { "id": world.site() },
        "caller": { "name": "Ada Requester", "phone": "(202) 555-0173" },
        "incident_type": "door_wont_latch",
        "summary": "Front door does not latch",
        "description": "It closes all the way and springs open again.",
    })
}

/// Takes a call in and reads the answer.
async fn taken_in(world: &World, input: Value) -> Value {
    world.call(&world.agent(Role::AgentIntake), Tool::TicketIntake, input).await.unwrap()
}

fn id_of(answer: &Value) -> Id<id::Ticket> {
    answer["ticket"]["id"].as_str().unwrap().parse().unwrap()
}

/// One column of text of every row.
fn column(world: &World, sql: &str) -> Vec<String> {
    world.back().column(sql)
}

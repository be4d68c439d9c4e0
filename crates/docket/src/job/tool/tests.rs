mod enqueue;
mod lease;
mod limit;
mod look;
mod put_back;
mod wait;

use crate::{door::Denied, identity::Caller, testing::World};
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};

/// The program that has jobs done.
fn integration(world: &World) -> Caller {
    world.caller(25, &[Role::Integration])
}

/// The program that does them.
fn worker(world: &World) -> Caller {
    world.caller(26, &[Role::Worker])
}

const KIND: &str = "ext.sync_crm";

/// Queues a job, with what is to be said of it beside its kind and payload.
async fn enqueue(world: &World, more: Value) -> Result<Value, Denied> {
    let mut input = json!({ "kind": KIND, "payload": { "customer": "c-1" } });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let queued = world.call(&integration(world), Tool::JobEnqueue, input).await?;
    Ok(queued["result"]["job"].clone())
}

/// What a worker is given.
async fn claim(world: &World, count: u32) -> Vec<Value> {
    let input = json!({ "kinds": [KIND], "count": count, "worker": "w-1" });
    let taken = world.call(&worker(world), Tool::JobClaim, input).await.unwrap();
    taken["result"]["jobs"].as_array().unwrap().clone()
}

/// Queues a job and has a worker take it.
async fn taken(world: &World, more: Value) -> Value {
    enqueue(world, more).await.unwrap();
    claim(world, 1).await.remove(0)
}

/// Says something of a job that was taken.
async fn say(world: &World, tool: Tool, job: &Value, more: Value) -> Result<Value, Denied> {
    say_as(world, &worker(world), tool, job, more).await
}

async fn say_as(
    world: &World,
    caller: &Caller,
    tool: Tool,
    job: &Value,
    more: Value,
) -> Result<Value, Denied> {
    let mut input = json!({ "job": job["job"], "lease": job["lease"] });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Ok(world.call(caller, tool, input).await?["result"].clone())
}

async fn get(world: &World, caller: &Caller, job: &Value) -> Result<Value, Denied> {
    world.call(caller, Tool::JobGet, json!({ "job": job })).await
}

/// How a job stands, as an admin reads it.
async fn state(world: &World, job: &Value) -> String {
    get(world, &world.admin(), job).await.unwrap()["state"].as_str().unwrap().to_owned()
}

/// How many entries of a tool there are.
fn entries(world: &World, tool: &str) -> i64 {
    world.value(&format!("select count(*) from audit_entry where tool = '{tool}'"))
}

//! What is permitted, asked through the door.

mod claim;
mod keys;
mod mint;
mod spend;

use crate::{
    door::Denied,
    identity::{Caller, Ring, key::ring::Index},
    testing::World,
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    audit::Entry,
    canonical::{self, Digest},
    policy::{Grant, Token},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

const KIND: &str = "act.refund";

/// A world with a key for policy tokens.
fn world() -> World {
    let world = World::new();
    ring(&world).begin(world.now()).unwrap();
    world
}

fn ring(world: &World) -> Ring {
    Ring::of_policies(&world.folder.path().join("keys"))
}

fn trusted(world: &World) -> Vec<VerifyingKey> {
    let index: Index = ring(world).index().unwrap();
    index.keys.iter().map(|key| key.public().unwrap()).collect()
}

fn integration(world: &World) -> Caller {
    world.caller(25, &[Role::Integration])
}

fn worker(world: &World) -> Caller {
    world.caller(26, &[Role::Worker])
}

fn payload() -> Value {
    json!({ "cents": 1200, "invoice": "42" })
}

/// What an approver is asked to permit.
fn wanted() -> Value {
    json!({ "project": "billing", "action": KIND, "resource": "invoice/42", "payload": payload() })
}

/// The input with some fields in place of others.
fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn mint(world: &World, more: Value) -> Result<Value, Denied> {
    let minted = world.call(&world.approver(), Tool::PolicyMint, with(wanted(), more)).await?;
    Ok(minted["result"].clone())
}

async fn token(world: &World) -> String {
    mint(world, json!({})).await.unwrap()["token"].as_str().unwrap().to_owned()
}

/// Has the refund queued, with what is to be said of it in place of the usual.
async fn enqueue(world: &World, token: &str, more: Value) -> Result<Value, Denied> {
    enqueue_as(world, &integration(world), token, more).await
}

async fn enqueue_as(
    world: &World,
    caller: &Caller,
    token: &str,
    more: Value,
) -> Result<Value, Denied> {
    let policy = json!({ "token": token, "project": "billing", "resource": "invoice/42" });
    let input = json!({ "kind": KIND, "payload": payload(), "policy": policy });
    let queued = world.call(caller, Tool::JobEnqueue, with(input, more)).await?;
    Ok(queued["result"]["job"].clone())
}

async fn claim(world: &World, count: u32) -> Vec<Value> {
    let input = json!({ "kinds": [KIND], "count": count });
    let taken = world.call(&worker(world), Tool::JobClaim, input).await.unwrap();
    taken["result"]["jobs"].as_array().unwrap().clone()
}

async fn job(world: &World, job: &Value) -> Value {
    world.call(&world.admin(), Tool::JobGet, json!({ "job": job })).await.unwrap()
}

fn entries(world: &World, tool: &str) -> Vec<Entry> {
    let sql = format!("select body from audit_entry where tool = '{tool}' order by id");
    let bodies: Vec<String> = world.back().column(&sql);
    bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

fn jobs(world: &World) -> i64 {
    world.value("select count(*) from job")
}

/// A grant like the one an approver would be answered with, for tokens that no
/// door mints.
fn grant(world: &World, from: Timestamp, life: SignedDuration) -> Grant {
    let person = |number| crate::testing::person(number);
    Grant {
        id: kernel::id::Id::from_parts(9, 9),
        approved_by: person(5),
        tenant: world.tenant,
        project: "billing".parse().unwrap(),
        action: KIND.parse().unwrap(),
        resource: "invoice/42".parse().unwrap(),
        payload: Digest::of_bytes(&canonical::to_vec(&payload()).unwrap()),
        bearer: None,
        not_before: from,
        expires: from + life,
    }
}

fn minted(world: &World, grant: &Grant) -> Token {
    let (_, root) = ring(world).signer().unwrap();
    Token::mint(&root, grant, SigningKey::from_bytes(&[3; 32])).unwrap()
}

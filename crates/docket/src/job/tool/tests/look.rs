//! Reading jobs.

use super::*;
use crate::testing::code;

async fn list(world: &World, input: Value) -> Vec<Value> {
    let seen = world.call(&world.admin(), Tool::JobList, input).await.unwrap();
    seen["items"].as_array().unwrap().clone()
}

/// One job of every phase, in the order of the phases' names, and one of Docket's own.
async fn one_of_each(world: &World) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (phase, tool, more) in [
        ("dead", Tool::JobFail, json!({ "error": "crm.gone", "retry": false })),
        ("succeeded", Tool::JobComplete, json!({})),
    ] {
        let job = taken(world, json!({})).await;
        say(world, tool, &job, more).await.unwrap();
        all.push((phase.to_owned(), job["job"].clone()));
    }
    let cancelled = enqueue(world, json!({})).await.unwrap();
    world.call(&integration(world), Tool::JobCancel, json!({ "job": cancelled })).await.unwrap();
    all.push(("cancelled".to_owned(), cancelled));
    all.push(("running".to_owned(), taken(world, json!({})).await["job"].clone()));
    all.push(("queued".to_owned(), enqueue(world, json!({})).await.unwrap()));
    let later = world.now() + jiff::SignedDuration::from_hours(1);
    all.push(("waiting".to_owned(), enqueue(world, json!({ "due": later })).await.unwrap()));
    all
}

#[tokio::test]
async fn jobs_are_listed_by_how_they_stand_and_by_kind() {
    let world = World::new();
    world.scheduled().await;
    let all = one_of_each(&world).await;
    for (phase, job) in &all {
        let found = list(&world, json!({ "phase": phase, "kind": KIND })).await;
        assert_eq!(found.len(), 1, "{phase}");
        assert_eq!((&found[0]["id"], &found[0]["phase"]), (job, &json!(phase)));
        let found = list(&world, json!({ "phase": phase })).await;
        assert!(found.iter().any(|found| found["id"] == *job));
    }
    assert_eq!(list(&world, json!({ "kind": KIND })).await.len(), all.len());
    let everything = list(&world, json!({})).await;
    assert!(everything.iter().any(|job| job["kind"] == "outgoing.deliver"));
    assert_eq!(list(&world, json!({ "kind": "ext.nothing" })).await, Vec::<Value>::new());
}

#[tokio::test]
async fn pages_of_jobs_miss_and_double_nothing() {
    let world = World::new();
    one_of_each(&world).await;
    let whole = list(&world, json!({})).await;
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let input = json!({ "limit": 2, "after": after });
        let page = world.call(&world.auditor(), Tool::JobList, input).await.unwrap();
        paged.extend(page["items"].as_array().unwrap().clone());
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(paged, whole);
}

#[tokio::test]
async fn what_a_job_is_about_is_for_its_worker_and_what_came_of_it_for_who_queued_it() {
    let world = World::new();
    let job = taken(&world, json!({ "payload": { "secret": "s-1" } })).await;
    say(&world, Tool::JobComplete, &job, json!({ "result": { "secret": "s-2" } })).await.unwrap();
    for (caller, sees) in
        [(world.admin(), true), (integration(&world), true), (world.auditor(), false)]
    {
        let seen = get(&world, &caller, &job["job"]).await.unwrap();
        assert_eq!(seen.get("result").is_some(), sees, "{:?}", caller.roles);
        assert!(!seen.to_string().contains("s-1"), "{seen}");
        assert_eq!(seen["payload_digest"], job["payload_digest"]);
    }
    assert!(!json!(list(&world, json!({})).await).to_string().contains("s-2"));
}

#[tokio::test]
async fn an_integration_sees_and_cancels_its_own_kinds_and_knows_of_no_others() {
    let world = World::new();
    world.scheduled().await;
    let own = list(&world, json!({ "kind": "outgoing.deliver" })).await.remove(0)["id"].clone();
    assert_eq!(code(get(&world, &integration(&world), &own).await), "record.not_found");
    let cancel = json!({ "job": own });
    let no = world.call(&integration(&world), Tool::JobCancel, cancel.clone()).await;
    assert_eq!(code(no), "record.not_found");
    // An admin may know of it, and still not have a customer not told.
    let no = world.call(&world.admin(), Tool::JobCancel, cancel).await;
    assert_eq!(code(no), "job.kind_ours");
}

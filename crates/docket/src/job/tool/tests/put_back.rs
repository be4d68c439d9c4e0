//! Cancelling, and trying again what died.

use super::*;
use crate::testing::{code, refusal};

async fn dead(world: &World) -> Value {
    let job = taken(world, json!({ "attempts": 3 })).await;
    let vain = json!({ "error": "crm.gone", "retry": false });
    say(world, Tool::JobFail, &job, vain).await.unwrap();
    job
}

async fn retry(world: &World, jobs: &[&Value]) -> Result<Value, Denied> {
    world.call(&world.admin(), Tool::JobRetry, json!({ "jobs": jobs })).await
}

#[tokio::test]
async fn a_dead_job_is_tried_again_from_the_beginning_under_a_new_lease() {
    let world = World::new();
    let old = dead(&world).await;
    retry(&world, &[&old["job"]]).await.unwrap();
    assert_eq!(state(&world, &old["job"]).await, "queued");

    let new = claim(&world, 1).await.remove(0);
    assert_eq!((&new["job"], &new["attempt"]), (&old["job"], &json!(1)));
    assert!(new["lease"].as_i64() > old["lease"].as_i64());
    assert_eq!(new["payload"], old["payload"]);
    assert_eq!(code(say(&world, Tool::JobComplete, &old, json!({})).await), "job.lease_lost");
    say(&world, Tool::JobComplete, &new, json!({})).await.unwrap();
    let seen = get(&world, &world.admin(), &old["job"]).await.unwrap();
    assert_eq!(
        seen["attempts"].as_array().unwrap().len(),
        1,
        "what was in vain stays written down"
    );
}

#[tokio::test]
async fn only_what_is_dead_is_tried_again_and_all_of_it_or_nothing() {
    let world = World::new();
    let died = dead(&world).await;
    let waits = enqueue(&world, json!({})).await.unwrap();
    let no = refusal(retry(&world, &[&died["job"], &waits]).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("job.not_dead", Some("jobs")));
    assert_eq!(no.facts["job"], waits);
    assert_eq!(state(&world, &died["job"]).await, "dead", "nothing of it happened");

    let nobody = json!("job_00000000010000000000000001");
    assert_eq!(code(retry(&world, &[&nobody]).await), "record.not_found");
    assert_eq!(code(retry(&world, &[]).await), "input.malformed");
    let many = json!({ "jobs": vec![&nobody; 101] });
    assert_eq!(code(world.call(&world.admin(), Tool::JobRetry, many).await), "input.malformed");
}

#[tokio::test]
async fn a_job_that_waits_is_cancelled_at_once_and_one_that_is_over_stays_as_it_is() {
    let world = World::new();
    let job = enqueue(&world, json!({})).await.unwrap();
    let cancel = json!({ "job": job });
    let done = world.call(&world.admin(), Tool::JobCancel, cancel.clone()).await.unwrap();
    assert_eq!(done["result"], json!({ "job": job, "running": false }));
    assert_eq!(state(&world, &job).await, "cancelled");
    assert!(claim(&world, 1).await.is_empty());
    assert_eq!(code(world.call(&world.admin(), Tool::JobCancel, cancel).await), "job.ended");

    let died = dead(&world).await;
    let cancel = json!({ "job": died["job"] });
    assert_eq!(code(world.call(&world.admin(), Tool::JobCancel, cancel).await), "job.ended");
}

#[tokio::test]
async fn what_waits_for_a_job_that_is_cancelled_is_cancelled_with_it() {
    let world = World::new();
    let first = enqueue(&world, json!({})).await.unwrap();
    let second = enqueue(&world, json!({ "after": [first] })).await.unwrap();
    world.call(&world.admin(), Tool::JobCancel, json!({ "job": first })).await.unwrap();
    assert_eq!(state(&world, &second).await, "cancelled");
    let seen = get(&world, &world.admin(), &second).await.unwrap();
    assert_eq!(seen["error"], "job.unmet");
}

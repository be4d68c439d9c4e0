//! The second time that a token is asked: when the job is handed to a worker.

use super::*;
use crate::testing::code;

/// Whether the job is dead, for this reason, with an entry that says so, and
/// was not handed out.
async fn is_stopped(world: &World, queued: &Value, why: &str) {
    assert!(claim(world, 5).await.is_empty(), "{why}");
    let job = job(world, queued).await;
    assert_eq!((&job["state"], &job["error"]), (&json!("dead"), &json!(why)));
    let entry = entries(world, "job.claim").pop().unwrap();
    assert_eq!(entry.refusal.as_deref(), Some(why));
    assert_eq!(json!(entry.subjects), json!([queued]));
    assert_eq!(entry.actor, Some(worker(world).actor));
}

async fn queued(world: &World) -> Value {
    enqueue(world, &token(world).await, json!({})).await.unwrap()
}

#[tokio::test]
async fn a_job_whose_token_has_expired_never_runs() {
    let world = world();
    let job = queued(&world).await;
    world.clock.advance(SignedDuration::from_mins(5));
    is_stopped(&world, &job, "policy.expired").await;
    let entry = entries(&world, "job.claim").pop().unwrap();
    assert_eq!(entry.policy, entries(&world, "policy.mint")[0].policy);

    // Tried again, it is asked again.
    world.call(&world.admin(), Tool::JobRetry, json!({ "jobs": [job] })).await.unwrap();
    is_stopped(&world, &job, "policy.expired").await;
}

#[tokio::test]
async fn every_attempt_needs_the_token_to_count_still() {
    let world = world();
    let queued = queued(&world).await;
    let taken = claim(&world, 1).await.remove(0);
    let vain = json!({ "job": queued, "lease": taken["lease"], "error": "bank.away" });
    world.call(&worker(&world), Tool::JobFail, vain).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(6));
    world.work_off().await;
    is_stopped(&world, &queued, "policy.expired").await;
}

#[tokio::test]
async fn a_job_whose_token_was_revoked_never_runs() {
    let world = world();
    let minted = mint(&world, json!({})).await.unwrap();
    let job = enqueue(&world, minted["token"].as_str().unwrap(), json!({})).await.unwrap();
    let revoke = json!({ "policy": minted["policy"] });
    let done = world.call(&world.approver(), Tool::PolicyRevoke, revoke).await.unwrap();
    assert_eq!(done["result"]["job"], job);
    is_stopped(&world, &job, "policy.revoked").await;
}

#[tokio::test]
async fn a_job_that_was_changed_behind_the_door_never_runs() {
    for (change, why) in [
        ("update job set payload = '{\"cents\":120000,\"invoice\":\"42\"}'", "policy.elsewhere"),
        ("update policy_use set resource = 'invoice/43'", "policy.elsewhere"),
        ("update policy_use set project = 'growth'", "policy.elsewhere"),
        ("update policy_use set project = 'No Project'", "policy.invalid"),
        ("update policy_use set token = 'pol_00000000010000000000000001'", "policy.invalid"),
        ("update policy_use set sealed = substr(sealed, 1, 300)", "policy.invalid"),
        ("delete from policy_use", "policy.missing"),
    ] {
        let world = world();
        let job = queued(&world).await;
        world.back().tamper(change);
        is_stopped(&world, &job, why).await;
    }
}

#[tokio::test]
async fn an_action_that_was_slipped_in_as_another_kind_never_runs() {
    let world = world();
    let input = json!({ "kind": "ext.refund", "payload": payload() });
    let queued = world.call(&integration(&world), Tool::JobEnqueue, input).await.unwrap();
    world.back().tamper("update job set kind = 'act.refund'");
    is_stopped(&world, &queued["result"]["job"], "policy.missing").await;
}

#[tokio::test]
async fn what_may_not_run_keeps_nothing_else_from_its_turn() {
    let world = world();
    for _ in 0..5 {
        queued(&world).await;
    }
    world.clock.advance(SignedDuration::from_mins(5));
    let good = queued(&world).await;
    let taken = claim(&world, 1).await;
    assert_eq!(taken.iter().map(|job| &job["job"]).collect::<Vec<_>>(), [&good]);
}

#[tokio::test]
async fn an_action_is_cancelled_and_ended_by_those_who_may() {
    let world = world();
    let job = queued(&world).await;
    let taken = claim(&world, 1).await.remove(0);
    let other = world.caller(27, &[Role::Worker]);
    let done = json!({ "job": job, "lease": taken["lease"] });
    assert_eq!(code(world.call(&other, Tool::JobComplete, done.clone()).await), "job.lease_lost");
    let cancel = json!({ "job": job });
    world.call(&integration(&world), Tool::JobCancel, cancel).await.unwrap();
    let ended = world.call(&worker(&world), Tool::JobComplete, done).await.unwrap();
    assert_eq!(ended["result"]["state"], "cancelled");
}

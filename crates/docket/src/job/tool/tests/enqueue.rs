//! Queueing jobs of one's own.

use super::*;
use crate::testing::{code, refusal};
use jiff::SignedDuration;

#[tokio::test]
async fn a_job_is_queued_with_its_entry_and_waits_for_a_worker() {
    let world = World::new();
    let job = enqueue(&world, json!({})).await.unwrap();
    assert_eq!(state(&world, &job).await, "queued");
    let entry: String = world.value("select body from audit_entry where tool = 'job.enqueue'");
    let entry: Value = serde_json::from_str(&entry).unwrap();
    assert_eq!((&entry["subjects"], &entry["payload"]["kind"]), (&json!([job]), &json!(KIND)));
    assert!(!entry.to_string().contains("c-1"), "what a job is about is not in the log");
}

#[tokio::test]
async fn a_kind_of_dockets_own_is_not_queued_from_outside() {
    let world = World::new();
    for kind in ["outgoing.deliver", "hold.expire", "made.up", "external.thing"] {
        for caller in [integration(&world), world.admin()] {
            let input = json!({ "kind": kind, "payload": {} });
            let no = refusal(world.call(&caller, Tool::JobEnqueue, input).await);
            assert_eq!((no.code.name(), no.path.as_deref()), ("job.kind_ours", Some("kind")));
        }
    }
}

#[tokio::test]
async fn a_key_stands_for_one_payload_and_for_one_job() {
    let world = World::new();
    let first = enqueue(&world, json!({ "key": "k" })).await.unwrap();
    assert_eq!(enqueue(&world, json!({ "key": "k" })).await.unwrap(), first);
    let other = enqueue(&world, json!({ "key": "k", "payload": { "customer": "c-2" } })).await;
    assert_eq!(code(other), "job.key_reused");

    let job = claim(&world, 2).await;
    assert_eq!(job.len(), 1);
    say(&world, Tool::JobComplete, &job[0], json!({})).await.unwrap();
    assert_eq!(
        enqueue(&world, json!({ "key": "k" })).await.unwrap(),
        first,
        "even when it is done"
    );
}

#[tokio::test]
async fn a_name_is_done_once_in_each_period() {
    let world = World::new();
    let daily = json!({ "once": { "name": "daily", "seconds": 86_400 } });
    let first = enqueue(&world, daily.clone()).await.unwrap();
    assert_eq!(enqueue(&world, daily.clone()).await.unwrap(), first);
    world.clock.advance(SignedDuration::from_hours(24));
    assert_ne!(enqueue(&world, daily).await.unwrap(), first);
}

#[tokio::test]
async fn a_job_has_its_turn_by_time_by_priority_and_after_others() {
    let world = World::new();
    let later = world.now() + SignedDuration::from_mins(5);
    let due = enqueue(&world, json!({ "due": later })).await.unwrap();
    let slow = enqueue(&world, json!({ "priority": 5 })).await.unwrap();
    let fast = enqueue(&world, json!({ "priority": -5 })).await.unwrap();
    let after = enqueue(&world, json!({ "after": [fast], "priority": -9 })).await.unwrap();

    let jobs = claim(&world, 10).await;
    let ids: Vec<_> = jobs.iter().map(|job| &job["job"]).collect();
    assert_eq!(ids, [&fast, &slow]);
    say(&world, Tool::JobComplete, &jobs[0], json!({})).await.unwrap();
    assert_eq!(claim(&world, 10).await[0]["job"], after);

    world.clock.advance(SignedDuration::from_mins(5));
    world.work_off().await;
    assert_eq!(claim(&world, 10).await[0]["job"], due);
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_place() {
    let world = World::new();
    let nobody = "job_00000000010000000000000001";
    for (more, code, path) in [
        (json!({ "priority": 1001 }), "input.malformed", "priority"),
        (json!({ "attempts": 0 }), "input.malformed", "attempts"),
        (json!({ "timeout_s": 0 }), "input.malformed", "timeout_s"),
        (json!({ "timeout_s": 86_401 }), "input.malformed", "timeout_s"),
        (json!({ "once": { "name": "n", "seconds": 0 } }), "input.malformed", "once.seconds"),
        (json!({ "key": "k", "once": { "name": "n", "seconds": 9 } }), "input.malformed", "once"),
        (json!({ "after": [nobody] }), "record.not_found", "after"),
        (json!({ "payload": { "x": "x".repeat(70_000) } }), "job.payload_too_large", "payload"),
        (json!({ "kind": "Nothing" }), "input.malformed", "kind"),
    ] {
        let no = refusal(enqueue(&world, more).await);
        assert_eq!((no.code.name(), no.path.as_deref()), (code, Some(path)));
    }
    assert_eq!(world.value::<i64>("select count(*) from job where kind like 'ext.%'"), 0);
}

//! Workers of others: taking jobs, going on with them, and ending them.

use super::*;
use crate::testing::code;
use jiff::SignedDuration;

/// Every word that a worker says of a job.
fn words() -> [(Tool, Value); 3] {
    [
        (Tool::JobRenew, json!({ "progress": 50 })),
        (Tool::JobComplete, json!({ "result": { "synced": 1 } })),
        (Tool::JobFail, json!({ "error": "crm.unreachable" })),
    ]
}

#[tokio::test]
async fn a_job_is_taken_renewed_and_completed_with_its_result() {
    let world = World::new();
    let queued = enqueue(&world, json!({})).await.unwrap();
    let job = claim(&world, 5).await.remove(0);
    assert_eq!((&job["job"], &job["payload"]), (&queued, &json!({ "customer": "c-1" })));
    assert_eq!(job["lease_until"], json!(world.now() + SignedDuration::from_mins(1)));
    assert!(claim(&world, 5).await.is_empty(), "nobody else gets it");

    world.clock.advance(SignedDuration::from_secs(50));
    let renewed = say(&world, Tool::JobRenew, &job, json!({ "progress": 40 })).await.unwrap();
    let until = world.now() + SignedDuration::from_mins(1);
    assert_eq!(renewed, json!({ "lease_until": until, "cancel_asked": false }));
    let seen = get(&world, &integration(&world), &queued).await.unwrap();
    assert_eq!((&seen["state"], &seen["progress"]), (&json!("running"), &json!(40)));
    let who = format!("{}/w-1", worker(&world).actor);
    assert_eq!(seen["worker"], json!(who));

    let result = json!({ "result": { "synced": 3 } });
    let ended = say(&world, Tool::JobComplete, &job, result).await.unwrap();
    assert_eq!(ended, json!({ "job": queued, "state": "succeeded" }));
    let seen = get(&world, &integration(&world), &queued).await.unwrap();
    assert_eq!((&seen["state"], &seen["result"]), (&json!("succeeded"), &json!({ "synced": 3 })));
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_is_refused_in_every_word_it_says() {
    let world = World::new();
    let old = taken(&world, json!({})).await;
    // Whoever takes jobs back has not looked for long, and waits to be told first.
    for seconds in [120, 6] {
        world.clock.advance(SignedDuration::from_secs(seconds));
        world.work_off().await;
    }
    let new = claim(&world, 1).await.remove(0);
    assert_eq!((&new["job"], &new["attempt"]), (&old["job"], &json!(2)));

    for (tool, more) in words() {
        assert_eq!(code(say(&world, tool, &old, more).await), "job.lease_lost", "{tool}");
    }
    assert_eq!(state(&world, &old["job"]).await, "running");
    say(&world, Tool::JobComplete, &new, json!({})).await.unwrap();
    for (tool, more) in words() {
        assert_eq!(code(say(&world, tool, &new, more).await), "job.lease_lost", "{tool}");
    }
    assert_eq!(state(&world, &old["job"]).await, "succeeded");
}

#[tokio::test]
async fn a_worker_says_nothing_of_what_another_principal_took() {
    let world = World::new();
    let job = taken(&world, json!({})).await;
    let other = world.caller(27, &[Role::Worker]);
    for (tool, more) in words() {
        let said = say_as(&world, &other, tool, &job, more).await;
        assert_eq!(code(said), "job.lease_lost", "{tool}");
    }
    say(&world, Tool::JobComplete, &job, json!({})).await.unwrap();
}

#[tokio::test]
async fn nothing_of_another_tenant_is_taken_seen_or_ended() {
    let world = World::new();
    let queued = enqueue(&world, json!({})).await.unwrap();
    let stranger = world.stranger(2, &[Role::Worker, Role::Integration]);
    let input = json!({ "kinds": [KIND], "count": 32 });
    let seen = world.call(&stranger, Tool::JobClaim, input).await.unwrap();
    assert_eq!(seen["result"]["jobs"], json!([]));

    let job = claim(&world, 1).await.remove(0);
    for (tool, more) in words() {
        let said = say_as(&world, &stranger, tool, &job, more).await;
        assert_eq!(code(said), "job.lease_lost", "{tool}");
    }
    assert_eq!(code(get(&world, &stranger, &queued).await), "record.not_found");
    let cancel = world.call(&stranger, Tool::JobCancel, json!({ "job": queued })).await;
    assert_eq!(code(cancel), "record.not_found");
    assert_eq!(state(&world, &queued).await, "running");
}

#[tokio::test]
async fn what_docket_does_itself_is_not_taken_and_not_ended_by_a_worker_of_others() {
    let world = World::new();
    let input = json!({ "kinds": [KIND, "outgoing.deliver"] });
    let no = crate::testing::refusal(world.call(&worker(&world), Tool::JobClaim, input).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("job.kind_ours", Some("kinds[1]")));

    // As if it had got hold of one all the same.
    let job = taken(&world, json!({})).await;
    world.behind_the_door("update job set kind = 'outgoing.deliver'");
    for (tool, more) in words() {
        assert_eq!(code(say(&world, tool, &job, more).await), "job.lease_lost", "{tool}");
    }
}

#[tokio::test]
async fn a_cancelled_job_never_succeeds_whatever_its_worker_says() {
    for (tool, more) in &words()[1..] {
        let world = World::new();
        let job = taken(&world, json!({})).await;
        let cancel = json!({ "job": job["job"] });
        let asked = world.call(&integration(&world), Tool::JobCancel, cancel).await.unwrap();
        assert_eq!(asked["result"], json!({ "job": job["job"], "running": true }));
        let renewed = say(&world, Tool::JobRenew, &job, json!({})).await.unwrap();
        assert_eq!(renewed["cancel_asked"], true);

        let ended = say(&world, *tool, &job, more.clone()).await.unwrap();
        assert_eq!(ended, json!({ "job": job["job"], "state": "cancelled" }), "{tool}");
        let seen = get(&world, &world.admin(), &job["job"]).await.unwrap();
        assert_eq!((&seen["state"], &seen["result"]), (&json!("cancelled"), &Value::Null));
    }
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_later_and_dies_when_it_was_tried_as_often_as_it_may_be() {
    let world = World::new();
    let job = taken(&world, json!({ "attempts": 2 })).await;
    let at = world.now() + SignedDuration::from_mins(9);
    let vain = json!({ "error": "crm.unreachable", "not_before": at });
    let ended = say(&world, Tool::JobFail, &job, vain).await.unwrap();
    assert_eq!(ended["state"], "failed");
    assert!(ended["again_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap() >= at);
    assert!(claim(&world, 1).await.is_empty());

    world.clock.advance(SignedDuration::from_hours(1));
    world.work_off().await;
    let job = claim(&world, 1).await.remove(0);
    let ended = say(&world, Tool::JobFail, &job, json!({ "error": "crm.refused" })).await.unwrap();
    assert_eq!(ended, json!({ "job": job["job"], "state": "dead" }));
    let seen = get(&world, &world.admin(), &job["job"]).await.unwrap();
    assert_eq!(seen["error"], "ext.crm.refused");
    let errors: Vec<_> = seen["attempts"].as_array().unwrap().iter().map(|a| &a["error"]).collect();
    assert_eq!(errors, ["ext.crm.unreachable", "ext.crm.refused"]);
}

#[tokio::test]
async fn what_is_of_no_use_is_not_tried_again_and_no_words_are_kept() {
    let world = World::new();
    let job = taken(&world, json!({})).await;
    for words in ["Mrs Ada Lovelace is not at home", "Busy", "", "crm.Ada@example.com"] {
        let no = say(&world, Tool::JobFail, &job, json!({ "error": words })).await;
        let no = crate::testing::refusal(no);
        assert_eq!((no.code.name(), no.path.as_deref()), ("input.malformed", Some("error")));
        assert!(words.is_empty() || !no.detail.contains(words), "{}", no.detail);
    }
    let vain = json!({ "error": "crm.gone", "retry": false });
    let ended = say(&world, Tool::JobFail, &job, vain).await.unwrap();
    assert_eq!(ended["state"], "dead");
}

#[tokio::test]
async fn a_claim_that_took_something_and_every_end_has_an_entry_and_nothing_else_has() {
    let world = World::new();
    assert!(claim(&world, 1).await.is_empty());
    assert_eq!(entries(&world, "job.claim"), 0, "looking in vain is not written down");
    let job = taken(&world, json!({})).await;
    assert_eq!(entries(&world, "job.claim"), 1);
    for _ in 0..3 {
        say(&world, Tool::JobRenew, &job, json!({})).await.unwrap();
    }
    assert_eq!(entries(&world, "job.renew"), 0, "going on is not written down");
    say(&world, Tool::JobComplete, &job, json!({})).await.unwrap();
    assert_eq!(entries(&world, "job.complete"), 1);
    assert_eq!(code(say(&world, Tool::JobRenew, &job, json!({})).await), "job.lease_lost");
    assert_eq!(entries(&world, "job.renew"), 1, "a refusal is");
    let entry: String = world.value("select body from audit_entry where tool = 'job.claim'");
    let entry: Value = serde_json::from_str(&entry).unwrap();
    assert_eq!(entry["subjects"], json!([job["job"]]));
    assert_eq!(entry["actor"], json!(worker(&world).actor));
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_answered_again_with_the_same_jobs() {
    let world = World::new();
    enqueue(&world, json!({})).await.unwrap();
    enqueue(&world, json!({})).await.unwrap();
    let input = json!({ "kinds": [KIND] }).to_string();
    let call = crate::door::Call {
        key: Some("once".to_owned()),
        ..crate::door::Call::new(Tool::JobClaim, input, "test")
    };
    let first = world.send(&worker(&world), call.clone()).await.unwrap();
    let again = world.send(&worker(&world), call).await.unwrap();
    assert!(again.replayed);
    assert_eq!(first.body, again.body);
    assert_eq!(claim(&world, 5).await.len(), 1, "the other one is still there");
}

#[tokio::test]
async fn no_lease_outlives_the_time_of_an_attempt() {
    let world = World::new();
    let began = world.now();
    let job = taken(&world, json!({ "timeout_s": 40 })).await;
    let ends_by = json!(began + SignedDuration::from_secs(40));
    assert_eq!((&job["lease_until"], &job["ends_by"]), (&ends_by, &ends_by));
    world.clock.advance(SignedDuration::from_secs(30));
    let renewed = say(&world, Tool::JobRenew, &job, json!({ "lease_s": 3_600 })).await.unwrap();
    assert_eq!(renewed["lease_until"], ends_by);
}

#[tokio::test]
async fn what_a_claim_cannot_mean_is_refused() {
    let world = World::new();
    for (input, path) in [
        (json!({ "kinds": [] }), "kinds"),
        (json!({ "kinds": vec![KIND; 21] }), "kinds"),
        (json!({ "kinds": [KIND], "count": 0 }), "count"),
        (json!({ "kinds": [KIND], "count": 33 }), "count"),
        (json!({ "kinds": [KIND], "lease_s": 14 }), "lease_s"),
        (json!({ "kinds": [KIND], "lease_s": 3_601 }), "lease_s"),
    ] {
        let no = crate::testing::refusal(world.call(&worker(&world), Tool::JobClaim, input).await);
        assert_eq!((no.code.name(), no.path.as_deref()), ("input.malformed", Some(path)));
    }
}

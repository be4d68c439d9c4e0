//! Claims that wait until there is something.

use super::*;
use crate::{
    chance::SystemChance,
    door::{Answer, Call, Door},
    identity::Caller,
    testing::{code, ground::Ground},
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, join, join_all},
};
use jiff::SignedDuration;
use std::{future::ready, sync::Arc};

/// A claim with time to wait, which is polled until it waits or has ended.
fn claiming<'a>(
    door: &'a Door,
    who: &Caller,
    key: &str,
    wait_s: u32,
) -> BoxFuture<'a, Result<Answer, Denied>> {
    let input = json!({ "kinds": ["ext.other", KIND], "wait_s": wait_s });
    let mut call = Call::new(Tool::JobClaim, input.to_string(), "test");
    call.key = Some(key.to_owned());
    let who = Arc::new(who.clone());
    async move {
        let same = Arc::clone(&who);
        door.call_in_time(&who, call, || ready(Ok(Arc::clone(&same)))).await
    }
    .boxed()
}

/// Does something once so many wait.
async fn once<T>(door: &Door, waiting: usize, then: impl Future<Output = T>) -> T {
    door.waiting().wait_for(|count| *count == waiting).await.unwrap();
    then.await
}

fn jobs(answer: Result<Answer, Denied>) -> Vec<Value> {
    let body: Value = serde_json::from_str(&answer.unwrap().body).unwrap();
    body["result"]["jobs"].as_array().unwrap().clone()
}

#[tokio::test]
async fn whoever_waits_is_given_a_job_as_soon_as_there_is_one() {
    let world = World::new();
    let claim = claiming(&world.door, &worker(&world), "k", 30);
    let (taken, queued) = join(claim, once(&world.door, 1, enqueue(&world, json!({})))).await;
    assert_eq!(jobs(taken)[0]["job"], queued.unwrap());
    assert_eq!(*world.door.waiting().borrow(), 0);
    assert_eq!(entries(&world, "job.claim"), 1, "the one that took something");
}

#[tokio::test]
async fn what_is_there_is_given_at_once() {
    let world = World::new();
    let queued = enqueue(&world, json!({})).await.unwrap();
    let taken = claiming(&world.door, &worker(&world), "k", 30).await;
    assert_eq!(jobs(taken)[0]["job"], queued);
}

#[tokio::test(start_paused = true)]
async fn when_the_time_is_over_there_is_nothing_and_nothing_is_written_down() {
    let world = World::new();
    let begun = tokio::time::Instant::now();
    assert!(jobs(claiming(&world.door, &worker(&world), "k", 30).await).is_empty());
    assert!(begun.elapsed() >= std::time::Duration::from_secs(30));
    assert_eq!((entries(&world, "job.claim"), *world.door.waiting().borrow()), (0, 0));
}

#[tokio::test]
async fn a_job_that_comes_due_and_one_that_is_put_back_wake_too() {
    let world = World::new();
    let due = json!({ "due": world.now() + SignedDuration::from_mins(1), "attempts": 2 });
    enqueue(&world, due).await.unwrap();
    for _ in 0..2 {
        let claim = claiming(&world.door, &worker(&world), &format!("{}", world.now()), 30);
        let later = async {
            world.clock.advance(SignedDuration::from_hours(1));
            world.work_off().await;
        };
        let (taken, ()) = join(claim, once(&world.door, 1, later)).await;
        let job = jobs(taken).remove(0);
        say(&world, Tool::JobFail, &job, json!({ "error": "crm.away" })).await.unwrap();
    }
}

#[tokio::test]
async fn one_job_goes_to_one_of_many_who_wait() {
    let world = World::new();
    let claims =
        join_all((0..8).map(|n| claiming(&world.door, &worker(&world), &format!("{n}"), 1)));
    let (all, queued) = join(claims, once(&world.door, 8, enqueue(&world, json!({})))).await;
    let taken: Vec<_> = all.into_iter().flat_map(jobs).collect();
    assert_eq!(taken.iter().map(|job| &job["job"]).collect::<Vec<_>>(), [&queued.unwrap()]);
}

#[tokio::test]
async fn whoever_hangs_up_costs_nothing_and_takes_nothing() {
    let world = World::new();
    {
        let claim = claiming(&world.door, &worker(&world), "k", 30);
        let mut waiting = world.door.waiting();
        futures_util::pin_mut!(claim);
        let hung_up = async { waiting.wait_for(|count| *count == 1).await.map(drop) };
        tokio::select! {
            _ = &mut claim => panic!("there was nothing to be answered with"),
            heard = hung_up => heard.unwrap(),
        }
    }
    assert_eq!(*world.door.waiting().borrow(), 0);
    let queued = enqueue(&world, json!({})).await.unwrap();
    assert_eq!(claim(&world, 1).await[0]["job"], queued);
}

#[tokio::test]
async fn the_same_claim_said_again_while_it_waits_is_answered_the_same() {
    let world = World::new();
    let claim = |key| claiming(&world.door, &worker(&world), key, 30);
    let (both, queued) =
        join(join(claim("k"), claim("k")), once(&world.door, 2, enqueue(&world, json!({})))).await;
    let (one, other) = (both.0.unwrap(), both.1.unwrap());
    assert_eq!(one.body, other.body);
    assert!(one.replayed != other.replayed);
    let again = claim("k").await.unwrap();
    assert!(again.replayed && again.body == one.body);
    assert_eq!(jobs(Ok(again))[0]["job"], queued.unwrap());
}

#[tokio::test]
async fn a_claim_that_was_answered_elsewhere_while_it_waits_is_answered_the_same() {
    let world = World::new();
    let elsewhere = world.ground.open(world.clock.clone(), Arc::new(SystemChance));
    let elsewhere = crate::testing::door(elsewhere, world.folder.path());
    let there = async {
        let input = json!({ "kind": KIND, "payload": {} }).to_string();
        let mut call = Call::new(Tool::JobEnqueue, input, "test");
        call.key = Some("there".to_owned());
        elsewhere.call(&integration(&world), call).await.unwrap();
        let answer = claiming(&elsewhere, &worker(&world), "k", 30).await.unwrap();
        // Two who share a file do not hear each other.
        world.door.db().bell().ring([KIND.into()]);
        answer
    };
    let claim = claiming(&world.door, &worker(&world), "k", 30);
    let (here, there) = join(claim, once(&world.door, 1, there)).await;
    assert_eq!(here.unwrap().body, there.body);
}

#[tokio::test]
async fn no_principal_has_more_wait_than_it_may_and_others_do_not_suffer() {
    let world = World::new();
    let claim = |who: &Caller, n: usize| claiming(&world.door, who, &format!("{n}"), 30);
    let full = join_all((0..64).map(|n| claim(&worker(&world), n)));
    let other = world.caller(27, &[Role::Worker]);
    let more = async {
        once(&world.door, 64, ready(())).await;
        assert_eq!(code(claim(&worker(&world), 64).await), "request.too_many");
        let leave = once(&world.door, 65, async { world.door.stop_waiting() });
        join(claim(&other, 0), leave).await
    };
    let (all, (others, ())) = join(full, more).await;
    assert!(all.into_iter().chain([others]).all(|answer| jobs(answer).is_empty()));
    assert_eq!(*world.door.waiting().borrow(), 0);
}

#[tokio::test]
async fn who_calls_is_asked_again_before_anything_is_taken() {
    let world = World::new();
    let input = json!({ "kinds": [KIND], "wait_s": 30 }).to_string();
    let mut call = Call::new(Tool::JobClaim, input, "test");
    call.key = Some("k".to_owned());
    let who = Arc::new(worker(&world));
    let gone = || {
        let refusal = kernel::refusal::Refusal::new(
            kernel::refusal::Code::TokenRevoked,
            "the principal is revoked",
        );
        ready(Err(Denied::Refused(refusal, None)))
    };
    let claim = world.door.call_in_time(&who, call, gone);
    let (refused, queued) = join(claim, once(&world.door, 1, enqueue(&world, json!({})))).await;
    assert!(matches!(refused, Err(Denied::Refused(no, _)) if no.code.name() == "token.revoked"));
    assert_eq!(state(&world, &queued.unwrap()).await, "queued");
}

#[tokio::test]
async fn nobody_waits_longer_than_the_schema_says_or_for_what_is_not_theirs() {
    let world = World::new();
    assert_eq!(code(claiming(&world.door, &worker(&world), "k", 31).await), "input.malformed");
    let who = Arc::new(worker(&world));
    let input = json!({ "kinds": ["outgoing.deliver"], "wait_s": 30 }).to_string();
    let mut call = Call::new(Tool::JobClaim, input, "test");
    call.key = Some("ours".to_owned());
    let refused = world.door.call_in_time(&who, call, || ready(Ok(Arc::clone(&who)))).await;
    assert_eq!(code(refused), "job.kind_ours");
    let integration = integration(&world);
    assert_eq!(code(claiming(&world.door, &integration, "r", 30).await), "role.forbidden");
}

#[tokio::test]
async fn a_job_that_another_process_queues_wakes_too() {
    if !Ground::is_postgres() {
        return;
    }
    let world = World::new();
    let elsewhere = world.ground.open(world.clock.clone(), Arc::new(SystemChance));
    let elsewhere = crate::testing::door(elsewhere, world.folder.path());
    let queue = async {
        let input = json!({ "kind": KIND, "payload": {} }).to_string();
        let mut call = Call::new(Tool::JobEnqueue, input, "test");
        call.key = Some("there".to_owned());
        elsewhere.call(&integration(&world), call).await.unwrap()
    };
    let claim = claiming(&world.door, &worker(&world), "k", 30);
    let (taken, _) = join(claim, once(&world.door, 1, queue)).await;
    assert_eq!(jobs(taken).len(), 1);
}

use super::*;
use crate::db::Committed;
use kernel::refusal::Refusal;

#[tokio::test]
async fn a_job_is_there_if_and_only_if_its_cause_was_committed() {
    let yard = Yard::new();
    let tenant = yard.world.tenant;
    let undone = yard.db().write(tenant, move |tx| match enqueue(tx, tenant, dig()) {
        Ok(_) => Committed::<()>::Failed(Fault::Other("the cause failed".to_owned()).into()),
        Err(failure) => Committed::Failed(failure),
    });
    assert!(undone.await.is_err());
    assert_eq!(yard.claim(10).await.len(), 0);
    let job = yard.add(dig()).await;
    assert_eq!(yard.claim_one().await.id, job);
}

#[tokio::test]
async fn the_same_key_and_payload_are_the_same_job() {
    let yard = Yard::new();
    let asked = |depth: i64| NewJob::new(&DIG, &json!({ "depth": depth })).unwrap().key("k-1");
    let first = yard.add(asked(3)).await;
    assert_eq!(yard.add(asked(3)).await, first);
    // Also when the first has ended.
    yard.complete(&yard.claim_one().await).await.unwrap();
    assert_eq!(yard.add(asked(3)).await, first);

    let tenant = yard.world.tenant;
    let other = carry(yard.db(), move |tx| enqueue(tx, tenant, asked(4))).await;
    assert_eq!(code(other), "job.key_reused");
    // A key is its tenant's and its kind's.
    assert_ne!(yard.add_for(yard.world.other_tenant(), asked(4)).await, first);
    let fill = NewJob::new(&FILL, &json!({ "depth": 4 })).unwrap().key("k-1");
    assert_ne!(yard.add(fill).await, first);
}

#[tokio::test]
async fn one_in_a_period_is_one_whatever_it_carries() {
    let yard = Yard::new();
    let hour = SignedDuration::from_hours(1);
    let asked = |n: i64| NewJob::new(&DIG, &json!({ "n": n })).unwrap().once_in(hour, "digest");
    let first = yard.add(asked(1)).await;
    assert_eq!(yard.add(asked(2)).await, first);
    yard.pass(3_599);
    assert_eq!(yard.add(asked(3)).await, first);
    yard.pass(1);
    assert_ne!(yard.add(asked(4)).await, first);
}

#[tokio::test]
async fn a_payload_has_its_limit() {
    let text = "x".repeat(64 * 1024 - 2);
    assert!(NewJob::new(&DIG, &text).is_ok());
    let too_long = NewJob::new(&DIG, &format!("{text}x"));
    assert_eq!(code(too_long), "job.payload_too_large");
    let rounded = NewJob::new(&DIG, &json!({ "n": 9_007_199_254_740_993_i64 }));
    assert_eq!(code(rounded), "input.malformed");
}

#[tokio::test]
async fn many_are_queued_at_once_and_begin_in_their_order() {
    let yard = Yard::new();
    let tenant = yard.world.tenant;
    let jobs: Vec<NewJob> =
        (0..50).map(|n| NewJob::new(&DIG, &json!({ "n": n })).unwrap()).collect();
    let ids = yard.run(move |tx| enqueue_many(tx, tenant, jobs.clone())).await;
    let begun: Vec<Id<Job>> = yard.claim(50).await.into_iter().map(|job| job.id).collect();
    assert_eq!(begun, ids);
}

#[tokio::test]
async fn many_at_once_have_no_keys_and_wait_for_nobody() {
    let yard = Yard::new();
    let (tenant, first) = (yard.world.tenant, yard.add(dig()).await);
    for job in [dig().key("k"), dig().after([first])] {
        let refused = carry(yard.db(), move |tx| enqueue_many(tx, tenant, vec![job.clone()])).await;
        assert!(matches!(refused, Err(Failure::Broke(Fault::Other(_)))));
    }
}

#[tokio::test]
async fn what_is_due_later_waits_for_its_time() {
    let yard = Yard::new();
    let later = yard.add(dig().due_at(yard.later(10))).await;
    assert_eq!(yard.run(|tx| Ok(next_due(tx)?)).await, Some(yard.later(10)));
    assert_eq!((yard.promote().await, yard.claim(10).await.len()), (0, 0));
    yard.pass(10);
    assert_eq!(yard.promote().await, 1);
    assert_eq!(yard.claim_one().await.id, later);
    assert_eq!(yard.run(|tx| Ok(next_due(tx)?)).await, None);
}

#[tokio::test]
async fn whoever_waits_for_a_kind_is_woken_after_the_commit() {
    let yard = Yard::new();
    let ear = yard.db().bell().ear([LATER.into(), DIG.name.into()]);
    yard.add(dig()).await;
    yard.add(dig()).await;
    yard.add(NewJob::new(&FILL, &json!({})).unwrap().due_at(yard.later(10))).await;
    let heard: Vec<_> = ear.heard().await.into_iter().collect();
    assert_eq!(heard, [LATER, DIG.name]);
}

fn code<T: std::fmt::Debug>(answer: Result<T, Failure>) -> &'static str {
    match answer {
        Err(Failure::Refused(refusal)) => {
            let Refusal { code, .. } = *refusal;
            code.name()
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

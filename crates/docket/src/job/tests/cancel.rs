use super::*;
use kernel::job::Phase;

#[tokio::test]
async fn a_job_that_has_not_begun_never_does() {
    let yard = Yard::new();
    let queued = yard.add(dig()).await;
    let waiting = yard.add(dig().due_at(yard.later(10))).await;
    for job in [queued, waiting] {
        assert_eq!(yard.cancel(job).await, Some(Cancelled::AtOnce));
        assert_eq!(yard.phase(job), "cancelled");
        assert_eq!(yard.cancel(job).await, None);
        assert!(!yard.retry(job).await);
    }
    yard.pass(10);
    assert_eq!((yard.promote().await, yard.claim(10).await.len()), (0, 0));
}

#[tokio::test]
async fn a_running_job_is_told_and_cannot_succeed_any_more() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let job = yard.claim_one().await;
    let ear = yard.db().bell().ear([CANCEL.into()]);
    assert_eq!(yard.cancel(id).await, Some(Cancelled::Asked));
    assert!(ear.heard().await.contains(CANCEL));
    assert!(yard.renew(&job).await.unwrap().cancel_asked);
    assert_eq!(yard.complete(&job).await, Ok(Put::Over(Phase::Cancelled)));
    assert_eq!(yard.phase(id), "cancelled");
    assert_eq!(yard.world.value::<String>("select how from job_attempt"), "cancelled");
}

#[tokio::test]
async fn however_a_job_ends_that_was_asked_to_stop_it_ends_as_cancelled() {
    let yard = Yard::new();
    for how in How::ALL {
        let id = yard.add(dig()).await;
        let job = yard.claim_one().await;
        yard.cancel(id).await;
        yard.end(&job, *how).await.unwrap();
        assert_eq!(yard.phase(id), "cancelled", "{how}");
    }
    let id = yard.add(dig()).await;
    yard.claim_one().await;
    yard.cancel(id).await;
    yard.pass(60);
    yard.reap().await;
    assert_eq!(yard.phase(id), "cancelled");
    assert_eq!(yard.claim(10).await.len(), 0);
}

/// Whoever is first is first: either it has succeeded, or it is cancelled.
#[tokio::test]
async fn cancelling_and_completing_at_once_have_one_outcome() {
    let yard = Yard::new();
    for _ in 0..20 {
        let id = yard.add(dig()).await;
        let job = yard.claim_one().await;
        let (cancelled, completed) = tokio::join!(yard.cancel(id), yard.complete(&job));
        let expected = match cancelled {
            None => Phase::Succeeded,
            Some(Cancelled::Asked) => Phase::Cancelled,
            Some(Cancelled::AtOnce) => panic!("it runs"),
        };
        assert_eq!(completed, Ok(Put::Over(expected)));
        assert_eq!(yard.phase(id), expected.name());
    }
}

#[tokio::test]
async fn another_tenants_job_is_not_there() {
    let yard = Yard::new();
    let theirs = yard.add_for(yard.world.other_tenant(), dig()).await;
    assert_eq!(yard.cancel(theirs).await, None);
    assert!(!yard.retry(theirs).await);
    assert_eq!(yard.phase(theirs), "queued");
}

use super::*;
use kernel::job::Phase;

#[tokio::test]
async fn a_job_that_is_done_is_remembered_with_its_result() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let job = yard.claim_one().await;
    assert_eq!(yard.complete(&job).await, Ok(Put::Over(Phase::Succeeded)));
    assert_eq!(yard.count("job"), 0);
    assert_eq!(yard.phase(id), "succeeded");
    assert_eq!(yard.world.value::<String>("select result from job_done"), "{}");
    // What it carried has served its purpose.
    assert_eq!(yard.count("job_done where payload is null"), 1);
    assert_eq!(yard.complete(&job).await, Err(LeaseLost));
}

#[tokio::test]
async fn many_are_done_at_once_and_each_is_told_how_it_went() {
    let yard = Yard::new();
    for _ in 0..3 {
        yard.add(dig()).await;
    }
    let jobs = yard.claim(3).await;
    yard.cancel(jobs[1].id).await;
    let mut given: Vec<_> = jobs.iter().map(|job| (job.held(), None)).collect();
    given[2].0.lease -= 1;
    given.push(given[0].clone());
    let done = yard.run(move |tx| Ok(complete(tx, &given)?)).await;
    assert_eq!(
        done[..3],
        [Ok(Put::Over(Phase::Succeeded)), Ok(Put::Over(Phase::Cancelled)), Err(LeaseLost)],
    );
    assert_eq!(yard.phase(jobs[2].id), "running");
    assert_eq!(yard.count("job_done"), 2);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_changes_nothing() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let dead = yard.claim_one().await;
    yard.pass(60);
    assert_eq!(yard.reap().await, 1);
    let alive = yard.claim_one().await;
    assert!(alive.lease > dead.lease);
    assert_eq!(alive.attempt, 2);

    assert_eq!(yard.complete(&dead).await, Err(LeaseLost));
    assert_eq!(yard.end(&dead, How::Failed).await, Err(LeaseLost));
    assert_eq!(yard.end(&dead, How::Released).await, Err(LeaseLost));
    assert_eq!(yard.renew(&dead).await, None);
    assert_eq!(yard.phase(id), "running");
    assert_eq!(yard.complete(&alive).await, Ok(Put::Over(Phase::Succeeded)));
}

#[tokio::test]
async fn a_lease_that_is_renewed_holds() {
    let yard = Yard::new();
    yard.add(dig()).await;
    let job = yard.claim_one().await;
    for _ in 0..3 {
        yard.pass(40);
        let renewed = yard.renew(&job).await.unwrap();
        assert_eq!(renewed, Renewed { until: yard.later(60), cancel_asked: false });
        assert_eq!(yard.reap().await, 0);
    }
}

#[tokio::test]
async fn no_lease_outlives_the_timeout() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let job = yard.claim_one().await;
    yard.pass(50);
    yard.renew(&job).await.unwrap();
    yard.pass(200);
    // Five minutes from the claim, whatever was asked for.
    assert_eq!(yard.renew(&job).await.unwrap().until, yard.later(50));
    yard.pass(50);
    yard.renew(&job).await.unwrap();
    assert_eq!(yard.reap().await, 1);
    assert_eq!(yard.phase(id), "queued");
    assert_eq!(yard.world.value::<String>("select how from job_attempt"), "timed_out");
    assert_eq!(yard.of::<String>(id, "error"), "job.timed_out");
}

#[tokio::test]
async fn a_job_is_tried_as_often_as_it_may_be_and_then_dies() {
    let yard = Yard::new();
    let id = yard.add(dig().attempts(3)).await;
    for how in [How::Failed, How::Lost, How::Failed] {
        assert_eq!(yard.phase(id), "queued");
        let job = yard.claim_one().await;
        if how == How::Lost {
            yard.pass(60);
            yard.reap().await;
        } else {
            yard.end(&job, how).await.unwrap();
        }
        yard.pass(1);
    }
    assert_eq!(yard.phase(id), "dead");
    let hows: String = yard
        .world
        .value("select string_agg(how, ',') from (select how from job_attempt order by lease) a");
    assert_eq!(hows, "failed,lost,failed");
    // Nothing is done with it by itself.
    assert_eq!((yard.claim(10).await.len(), yard.promote().await, yard.reap().await), (0, 0, 0));
}

#[tokio::test]
async fn who_gives_up_does_not_try_again() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let job = yard.claim_one().await;
    assert_eq!(yard.end(&job, How::GaveUp).await, Ok(Put::Over(Phase::Dead)));
    assert_eq!(yard.phase(id), "dead");
}

#[tokio::test]
async fn a_failed_job_waits_and_not_shorter_than_it_was_told_to() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let job = yard.claim_one().await;
    let until = yard.later(900);
    let ended =
        Ended { error: Some("remote.busy".into()), until: Some(until), ..Ended::by(How::Failed) };
    let held = job.held();
    let put = yard.run(move |tx| Ok(end(tx, held, &ended)?)).await;
    assert_eq!(put, Ok(Put::Again(until)));
    assert_eq!(yard.phase(id), "waiting");
    assert_eq!(yard.of::<String>(id, "error"), "remote.busy");
    yard.pass(899);
    assert_eq!(yard.promote().await, 0);
    yard.pass(1);
    assert_eq!(yard.promote().await, 1);
    assert_eq!(yard.claim_one().await.attempt, 2);
}

#[tokio::test]
async fn a_snooze_and_a_release_cost_no_attempt() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let (job, until) = (yard.claim_one().await, yard.later(30));
    let (held, snooze) = (job.held(), Ended { until: Some(until), ..Ended::by(How::Snoozed) });
    yard.run(move |tx| Ok(end(tx, held, &snooze)?)).await.unwrap();
    assert_eq!(yard.phase(id), "waiting");
    yard.pass(30);
    yard.promote().await;
    let job = yard.claim_one().await;
    assert_eq!(job.attempt, 1);
    yard.end(&job, How::Released).await.unwrap();
    assert_eq!(yard.claim_one().await.attempt, 1);
    assert_eq!(yard.count("job_attempt"), 0);
}

#[tokio::test]
async fn somebody_may_have_a_dead_job_tried_again() {
    let yard = Yard::new();
    let id = yard.add(dig().attempts(1)).await;
    assert!(!yard.retry(id).await);
    let first = yard.claim_one().await;
    yard.end(&first, How::Failed).await.unwrap();
    assert!(yard.retry(id).await);
    assert!(!yard.retry(id).await);
    let again = yard.claim_one().await;
    assert_eq!((again.id, again.attempt), (id, 1));
    assert!(again.lease > first.lease);
    assert_eq!(yard.complete(&first).await, Err(LeaseLost));
    yard.complete(&again).await.unwrap();
    assert!(!yard.retry(id).await);
    assert_eq!(yard.phase(id), "succeeded");
}

/// Until somebody has taken it back, nobody else can have done the work.
#[tokio::test]
async fn a_lease_that_passed_holds_until_it_is_taken_back() {
    let yard = Yard::new();
    yard.add(dig()).await;
    let job = yard.claim_one().await;
    yard.pass(61);
    assert_eq!(yard.complete(&job).await, Ok(Put::Over(Phase::Succeeded)));
    assert_eq!(yard.reap().await, 0);
}

#[tokio::test]
async fn progress_is_kept_with_a_renewal() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let job = yard.claim_one().await;
    let wish = Renewal { held: job.held(), until: yard.later(60), progress: Some(40) };
    yard.run(move |tx| Ok(renew(tx, &[wish])?)).await;
    yard.renew(&job).await.unwrap();
    let progress: i64 = yard.world.value(&format!("select progress from job where id = '{id}'"));
    assert_eq!(progress, 40);
}

#[tokio::test]
async fn a_job_that_is_renewed_while_it_is_done_keeps_its_result() {
    let yard = Yard::new();
    for _ in 0..10 {
        let tenant = yard.world.tenant;
        yard.run(move |tx| enqueue_many(tx, tenant, vec![dig(); 100])).await;
        let jobs = yard.claim(100).await;
        let (held, until) = (jobs.iter().map(Claimed::held).collect::<Vec<_>>(), yard.later(60));
        let wishes: Vec<_> =
            held.iter().map(|held| Renewal { held: *held, until, progress: None }).collect();
        let given: Vec<_> = held.into_iter().map(|held| (held, Some("{}".to_owned()))).collect();
        let (_, puts) = tokio::join!(
            yard.run(move |tx| Ok(renew(tx, &wishes)?)),
            yard.run(move |tx| Ok(complete(tx, &given)?)),
        );
        assert_eq!(puts, vec![Ok(Put::Over(Phase::Succeeded)); 100]);
    }
    assert_eq!(yard.count("job_done where result = '{}'"), 1_000);
}

use super::*;
use kernel::job::Phase;

impl Yard {
    /// Does the one job that is ready.
    async fn do_next(&self) -> Id<Job> {
        let job = self.claim_one().await;
        self.complete(&job).await.unwrap();
        job.id
    }

    async fn die_next(&self) -> Id<Job> {
        let job = self.claim_one().await;
        assert_eq!(self.end(&job, How::GaveUp).await, Ok(Put::Over(Phase::Dead)));
        job.id
    }
}

#[tokio::test]
async fn a_job_waits_for_all_that_it_comes_after() {
    let yard = Yard::new();
    let (a, b) = (yard.add(dig()).await, yard.add(dig()).await);
    let last = yard.add(dig().after([a, b, a])).await;
    let jobs = yard.claim(10).await;
    assert_eq!(jobs.len(), 2);
    yard.complete(&jobs[0]).await.unwrap();
    assert_eq!((yard.promote().await, yard.phase(last)), (0, "waiting".to_owned()));
    yard.complete(&jobs[1]).await.unwrap();
    assert_eq!(yard.do_next().await, last);
    assert_eq!(yard.count("job_after"), 0);
}

#[tokio::test]
async fn both_ends_of_two_at_once_free_the_one_that_waits() {
    let yard = Yard::new();
    let (a, b) = (yard.add(dig()).await, yard.add(dig()).await);
    let last = yard.add(dig().after([a, b])).await;
    let jobs = yard.claim(10).await;
    let (one, two) = tokio::join!(yard.complete(&jobs[0]), yard.complete(&jobs[1]));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(yard.claim_one().await.id, last);
}

#[tokio::test]
async fn what_has_succeeded_already_is_not_waited_for() {
    let yard = Yard::new();
    let first = yard.add(dig()).await;
    yard.do_next().await;
    let second = yard.add(dig().after([first])).await;
    assert_eq!(yard.do_next().await, second);
}

#[tokio::test]
async fn a_job_that_also_waits_for_its_time_waits_for_both() {
    let yard = Yard::new();
    let first = yard.add(dig()).await;
    let second = yard.add(dig().after([first]).due_at(yard.later(60))).await;
    yard.do_next().await;
    assert_eq!(yard.phase(second), "waiting");
    yard.pass(60);
    assert_eq!(yard.promote().await, 1);
    assert_eq!(yard.do_next().await, second);

    let third = yard.add(dig()).await;
    let fourth = yard.add(dig().after([third]).due_at(yard.later(60))).await;
    yard.pass(60);
    assert_eq!(yard.promote().await, 0);
    yard.do_next().await;
    assert_eq!(yard.do_next().await, fourth);
}

#[tokio::test]
async fn what_waits_for_a_job_that_dies_is_cancelled_down_the_line() {
    let yard = Yard::new();
    let first = yard.add(dig()).await;
    let second = yard.add(dig().after([first])).await;
    let third = yard.add(dig().after([second])).await;
    assert_eq!(yard.die_next().await, first);
    for job in [second, third] {
        assert_eq!(yard.phase(job), "cancelled");
        assert_eq!(yard.of::<String>(job, "error"), "job.unmet");
    }
    // So is what comes later, at once.
    let late = yard.add(dig().after([first])).await;
    assert_eq!(yard.phase(late), "cancelled");
    assert_eq!((yard.count("job"), yard.count("job_after")), (0, 0));
}

#[tokio::test]
async fn one_may_wait_for_a_dead_job_to_be_tried_again() {
    let yard = Yard::new();
    let first = yard.add(dig()).await;
    let second = yard.add(dig().after([first]).if_unmet(IfUnmet::Wait)).await;
    yard.die_next().await;
    let third = yard.add(dig().after([first]).if_unmet(IfUnmet::Wait)).await;
    assert_eq!((yard.phase(second), yard.phase(third)), ("waiting".into(), "waiting".into()));
    assert!(yard.retry(first).await);
    yard.do_next().await;
    assert_eq!(yard.claim(10).await.len(), 2);
}

#[tokio::test]
async fn what_waits_for_a_job_that_is_cancelled_is_cancelled_whatever_it_said() {
    let yard = Yard::new();
    let first = yard.add(dig()).await;
    let second = yard.add(dig().after([first]).if_unmet(IfUnmet::Wait)).await;
    yard.cancel(first).await;
    assert_eq!(yard.phase(second), "cancelled");
}

#[tokio::test]
async fn nobody_waits_for_a_job_that_is_not_there() {
    let yard = Yard::new();
    let (tenant, theirs) =
        (yard.world.tenant, yard.add_for(yard.world.other_tenant(), dig()).await);
    for none in [Id::from_parts(1, 1), theirs] {
        let refused = carry(yard.db(), move |tx| enqueue(tx, tenant, dig().after([none]))).await;
        let Err(Failure::Refused(refusal)) = refused else { panic!("{refused:?}") };
        assert_eq!(refusal.code.name(), "record.not_found");
    }
}

#[tokio::test]
async fn a_job_that_waits_can_be_cancelled_itself() {
    let yard = Yard::new();
    let first = yard.add(dig()).await;
    let second = yard.add(dig().after([first])).await;
    assert_eq!(yard.cancel(second).await, Some(Cancelled::AtOnce));
    yard.do_next().await;
    assert_eq!(yard.claim(10).await.len(), 0);
}

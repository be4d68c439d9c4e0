use super::*;

impl Yard {
    fn limit(&self, tenant: Id<Tenant>, running_max: &str, rate: &str) {
        self.world.behind_the_door(&format!(
            "insert into job_limit (tenant, kind, running_max, rate_count, rate_s, rate_burst)
             values ('{tenant}', '{}', {running_max}, {rate})",
            DIG.name,
        ));
    }

    async fn dig(&self, tenant: Id<Tenant>, jobs: usize) {
        let jobs: Vec<NewJob> = (0..jobs).map(|_| dig()).collect();
        self.run(move |tx| enqueue_many(tx, tenant, jobs.clone())).await;
    }
}

fn limited(max: usize) -> Want {
    Want { limited: true, ..want(max) }
}

#[tokio::test]
async fn no_more_run_at_once_than_their_tenant_allows() {
    let yard = Yard::new();
    let (ours, theirs) = (yard.world.tenant, yard.world.other_tenant());
    yard.limit(ours, "2", "null, null, null");
    yard.dig(ours, 5).await;
    yard.dig(theirs, 3).await;
    let jobs = yard.claim_with(limited(10)).await;
    let ours_of = |jobs: &[Claimed]| jobs.iter().filter(|job| job.tenant == ours).count();
    assert_eq!((ours_of(&jobs), jobs.len()), (2, 5));
    assert_eq!(yard.claim_with(limited(10)).await.len(), 0);
    yard.complete(jobs.iter().find(|job| job.tenant == ours).unwrap()).await.unwrap();
    assert_eq!(yard.claim_with(limited(10)).await.len(), 1);
}

#[tokio::test]
async fn a_worker_that_knows_of_no_limit_leaves_limited_lanes_alone() {
    let yard = Yard::new();
    yard.limit(yard.world.tenant, "2", "null, null, null");
    yard.dig(yard.world.tenant, 5).await;
    assert_eq!(yard.claim(10).await.len(), 0);
    let known = yard.run(|tx| Ok(super::super::limit::kinds(tx)?)).await;
    assert_eq!(known, [DIG.name.to_owned()].into());
}

#[tokio::test]
async fn jobs_begin_no_faster_than_their_tenant_allows() {
    let yard = Yard::new();
    yard.limit(yard.world.tenant, "null", "6, 60, 2");
    yard.dig(yard.world.tenant, 10).await;
    let mut begun = Vec::new();
    for _ in 0..5 {
        begun.push(yard.claim_with(limited(10)).await.len());
        yard.pass(5);
    }
    assert_eq!(begun, [2, 0, 1, 0, 1]);
    yard.pass(3_600);
    assert_eq!(yard.claim_with(limited(10)).await.len(), 2);
}

#[tokio::test]
async fn workers_that_come_at_once_keep_within_the_limit_together() {
    let yard = Yard::new();
    yard.limit(yard.world.tenant, "3", "null, null, null");
    yard.dig(yard.world.tenant, 30).await;
    let claims = (0..8).map(|_| yard.claim_with(limited(2)));
    let taken = futures_util::future::join_all(claims).await;
    assert_eq!(taken.iter().map(Vec::len).sum::<usize>(), 3);
}

#[tokio::test]
async fn a_kind_may_be_limited_for_everybody_together() {
    let yard = Yard::new();
    yard.dig(yard.world.tenant, 5).await;
    yard.dig(yard.world.other_tenant(), 5).await;
    let three = || Want { running_max: Some(3), ..want(10) };
    let jobs = yard.claim_with(three()).await;
    assert_eq!(jobs.len(), 3);
    assert!(jobs.iter().any(|job| job.tenant != jobs[0].tenant));
    assert_eq!(yard.claim_with(three()).await.len(), 0);
    yard.complete(&jobs[0]).await.unwrap();
    assert_eq!(yard.claim_with(three()).await.len(), 1);
}

use super::*;
use crate::job::claim::last_served;
use std::collections::{BTreeMap, BTreeSet};

/// A tenant that nothing else is known of.
fn tenant(number: u64) -> Id<Tenant> {
    Id::from_parts(9, number.into())
}

impl Yard {
    async fn fill(&self, tenant: Id<Tenant>, jobs: usize) {
        let jobs: Vec<NewJob> = (0..jobs).map(|_| dig()).collect();
        self.run(move |tx| enqueue_many(tx, tenant, jobs.clone())).await;
    }

    async fn served(&self, want: Want) -> BTreeMap<Id<Tenant>, usize> {
        let mut served = BTreeMap::new();
        for job in self.claim_with(want).await {
            *served.entry(job.tenant).or_default() += 1;
        }
        served
    }
}

#[tokio::test]
async fn the_smaller_priority_comes_first_and_then_who_was_there_first() {
    let yard = Yard::new();
    let late = yard.add(dig().priority(1)).await;
    yard.pass(1);
    let first = yard.add(dig()).await;
    yard.pass(1);
    let second = yard.add(dig()).await;
    let urgent = yard.add(dig().priority(-1)).await;
    let order: Vec<_> = yard.claim(10).await.into_iter().map(|job| job.id).collect();
    assert_eq!(order, [urgent, first, second, late]);
}

#[tokio::test]
async fn whoever_has_ten_thousand_jobs_keeps_nobody_from_the_first_batch() {
    let yard = Yard::new();
    yard.fill(tenant(1), 10_000).await;
    yard.fill(tenant(2), 1).await;
    let served = yard.served(want(10)).await;
    assert_eq!(served, [(tenant(1), 5), (tenant(2), 1)].into());
    assert_eq!(yard.served(want(10)).await, [(tenant(1), 10)].into());
}

#[tokio::test]
async fn tenants_are_served_in_turns_when_there_are_more_than_fit() {
    let yard = Yard::new();
    for number in 1..=5 {
        yard.fill(tenant(number), 3).await;
    }
    let mut after = None;
    let mut turns = Vec::new();
    for _ in 0..5 {
        let served = yard.claim_with(Want { after, ..want(2) }).await;
        turns.push(served.iter().map(|job| job.tenant).collect::<BTreeSet<_>>());
        after = last_served(after, &served);
    }
    let pair = |one, other| BTreeSet::from([tenant(one), tenant(other)]);
    assert_eq!(turns, [pair(5, 4), pair(3, 2), pair(1, 5), pair(4, 3), pair(2, 1)]);
}

#[tokio::test]
async fn a_job_is_taken_by_one_worker() {
    let yard = Yard::new();
    yard.fill(tenant(1), 100).await;
    let claims = (0..10).map(|_| yard.claim(10));
    let taken = futures_util::future::join_all(claims).await;
    let mut ids: Vec<_> = taken.iter().flatten().map(|job| job.id).collect();
    assert_eq!(ids.len(), 100);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 100);
}

#[tokio::test]
async fn a_worker_gets_what_it_asked_for_and_no_other_kind() {
    let yard = Yard::new();
    yard.add(NewJob::new(&FILL, &json!({ "b": 1, "a": 2 })).unwrap()).await;
    assert_eq!(yard.claim(10).await.len(), 0);
    let filled = yard.claim_with(Want { kind: FILL.name, ..want(10) }).await;
    assert_eq!(filled[0].payload, r#"{"a":2,"b":1}"#);
    assert_eq!((filled[0].attempt, filled[0].attempts_max), (1, 12));
    assert_eq!(filled[0].lease, yard.world.now().as_microsecond());
    assert_eq!(yard.claim_with(Want { max: 0, ..want(0) }).await.len(), 0);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_keeps_no_other_from_being_taken() {
    let yard = Yard::new();
    yard.fill(tenant(1), 2).await;
    let bad = "update job set id = 'none' where due_at = (select min(due_at) from job)";
    yard.world.back().run(bad).unwrap();
    assert_eq!(yard.claim(10).await.len(), 1);
    assert_eq!(yard.count("job"), 1);
    let dead = "job_done where id = 'none' and phase = 'dead' and error = 'job.unreadable'";
    assert_eq!(yard.count(dead), 1);
}

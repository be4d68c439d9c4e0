mod cancel;
mod claim;
mod enqueue;
mod forget;
mod lease;
mod limit;
mod model;
mod settle;
mod work;

use super::*;
use crate::{failure::Fault, testing::World};
use jiff::SignedDuration;
use kernel::{
    id::{Id, Job, Tenant},
    job::{Backoff, How, LeaseLost},
};
use serde_json::json;

/// Work that is nobody's.
static DIG: Kind = Kind::new("test.dig");
static FILL: Kind = Kind::new("test.fill");

/// Nobody waits after a failure.
const AT_ONCE: Backoff = Backoff { base: SignedDuration::ZERO, cap: SignedDuration::ZERO };

/// The engine by itself: nobody works but the test.
struct Yard {
    world: World,
}

impl Yard {
    fn new() -> Self {
        Self { world: World::bare() }
    }

    fn db(&self) -> &Db {
        self.world.door.db()
    }

    async fn run<T: Send + 'static>(
        &self,
        step: impl Fn(&mut Tx<'_>) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> T {
        carry(self.db(), step).await.unwrap()
    }

    async fn add(&self, job: NewJob) -> Id<Job> {
        self.add_for(self.world.tenant, job).await
    }

    async fn add_for(&self, tenant: Id<Tenant>, job: NewJob) -> Id<Job> {
        self.run(move |tx| enqueue(tx, tenant, job.clone())).await
    }

    async fn claim(&self, max: usize) -> Vec<Claimed> {
        self.claim_with(want(max)).await
    }

    async fn claim_with(&self, want: Want) -> Vec<Claimed> {
        self.run(move |tx| Ok(claim(tx, &want)?)).await
    }

    /// The one job that is ready.
    async fn claim_one(&self) -> Claimed {
        let mut all = self.claim(10).await;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    async fn complete(&self, job: &Claimed) -> Result<Put, LeaseLost> {
        let held = job.held();
        self.run(move |tx| Ok(complete(tx, &[(held, Some("{}".to_owned()))])?)).await.remove(0)
    }

    async fn end(&self, job: &Claimed, how: How) -> Result<Put, LeaseLost> {
        let (held, ended) = (job.held(), Ended { backoff: AT_ONCE, ..Ended::by(how) });
        self.run(move |tx| Ok(end(tx, held, &ended)?)).await
    }

    async fn cancel(&self, job: Id<Job>) -> Option<Cancelled> {
        let tenant = self.world.tenant;
        self.run(move |tx| Ok(cancel(tx, tenant, job)?)).await
    }

    async fn retry(&self, job: Id<Job>) -> bool {
        let tenant = self.world.tenant;
        self.run(move |tx| Ok(retry(tx, tenant, job)?)).await
    }

    async fn reap(&self) -> usize {
        self.run(|tx| Ok(reap(tx, 100, |_| AT_ONCE)?)).await
    }

    async fn promote(&self) -> usize {
        self.run(|tx| Ok(promote(tx, 100)?)).await
    }

    /// Renews for a minute, and says whether the lease still holds and the work is to stop.
    async fn renew(&self, job: &Claimed) -> Option<Renewed> {
        let wish = Renewal { held: job.held(), until: self.later(60), progress: None };
        self.run(move |tx| Ok(renew(tx, &[wish])?)).await.remove(&job.held())
    }

    fn later(&self, seconds: i64) -> jiff::Timestamp {
        self.world.now() + SignedDuration::from_secs(seconds)
    }

    fn pass(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// How a job stands, wherever it is kept.
    fn phase(&self, job: Id<Job>) -> String {
        self.of(job, "phase")
    }

    /// What is kept of a job.
    fn of<T: std::str::FromStr<Err: std::fmt::Debug>>(&self, job: Id<Job>, column: &str) -> T {
        self.world.value(&format!(
            "select {column} from job where id = '{job}'
             union all select {column} from job_done where id = '{job}'"
        ))
    }

    fn count(&self, from: &str) -> i64 {
        self.world.value(&format!("select count(*) from {from}"))
    }
}

fn dig() -> NewJob {
    NewJob::new(&DIG, &json!({})).unwrap()
}

fn want(max: usize) -> Want {
    Want {
        kind: DIG.name,
        max,
        after: None,
        lease: SignedDuration::from_secs(60),
        worker: "w".to_owned(),
        running_max: None,
        limited: false,
    }
}

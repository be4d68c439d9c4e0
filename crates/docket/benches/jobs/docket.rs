//! Docket's own jobs, as they come.

use crate::phases::{Handler, Queue, Settings};
use docket::{
    chance::{SystemChance, WallClock},
    config::Postgres,
    db::{Db, Options, Tx, migrate},
    job::{
        Kind, NewJob, Terms, Want, carry, carry_for, claim, enqueue, enqueue_many,
        work::{self, Crew, Done},
    },
};
use jiff::SignedDuration;
use kernel::{
    clock::Clock,
    id::{Id, Tenant},
};
use serde::{Deserialize, Serialize};
use std::{ops::Range, sync::Arc};
use tokio_postgres::{Client, NoTls};
use tokio_util::sync::CancellationToken;

static USUAL: Kind = Kind::new("bench");
/// Where a worker is going to be killed.
static HASTY: Kind =
    Kind::new("bench").terms(Terms { lease: SignedDuration::from_secs(LEASE_S), ..Terms::USUAL });
const LEASE_S: i64 = crate::crash::LEASE as i64;

/// As many jobs at once as a server runs beside what it serves.
const SLOTS: usize = 8;
/// Jobs that go into one transaction when the table is filled.
const FILL: usize = 10_000;

pub struct Docket {
    db: Db,
    kind: &'static Kind,
    tenant: Id<Tenant>,
    counts: Client,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    n: usize,
}

impl Docket {
    fn job(&self, number: usize) -> NewJob {
        NewJob::new(self.kind, &Payload { n: number }).expect("it is short")
    }

    async fn submit(&self, numbers: Range<usize>) {
        let (tenant, jobs) = (self.tenant, numbers.map(|number| self.job(number)));
        let jobs: Vec<NewJob> = jobs.collect();
        let queue = move |tx: &mut Tx<'_>| enqueue_many(tx, tenant, jobs.clone());
        carry(&self.db, queue).await.expect("it queues");
    }
}

impl Queue for Docket {
    async fn open(url: &str, settings: &Settings) -> Self {
        if settings.fresh {
            let mut owner = connect(url).await;
            let now = WallClock.now().as_microsecond();
            migrate(&mut owner, crate::cluster::SERVING, now).await.expect("it is empty");
        }
        let url = url.replace(crate::cluster::OWNER, crate::cluster::SERVING);
        let connections = Postgres::CONNECTIONS.into();
        let options = Options::read(&url, None, None, connections).expect("it is a URL");
        let db = Db::connect(options, Arc::new(WallClock), Arc::new(SystemChance));
        let counts = connect(&url).await;
        counts.batch_execute("set docket.everyone = 'on'").await.expect("a setting is taken");
        Self {
            db: db.expect("it answers"),
            kind: if settings.lease.is_some() { &HASTY } else { &USUAL },
            // All processes of a comparison work for one and the same.
            tenant: Id::from_parts(0, 1),
            counts,
        }
    }

    async fn one(&self, _: usize, number: usize) {
        let (tenant, job) = (self.tenant, self.job(number));
        let queue = move |tx: &mut Tx<'_>| enqueue(tx, tenant, job.clone());
        carry_for(&self.db, tenant, queue).await.expect("it queues");
    }

    async fn many(&self, numbers: Range<usize>) {
        self.submit(numbers).await;
    }

    async fn work(&self, handler: Handler) {
        let crew = Crew::default().with(self.kind, move |run| {
            let handler = handler.clone();
            async move {
                handler(run.payload::<Payload>()?.n);
                Ok(Done::Finished)
            }
        });
        let options = work::Options::new(SLOTS, "bench".to_owned());
        tokio::spawn(work::work(self.db.clone(), crew, options, CancellationToken::new()));
    }

    async fn left(&self) -> usize {
        let row = self.counts.query_one("select count(*) from job", &[]).await;
        row.expect("it counts").get::<_, i64>(0) as usize
    }

    async fn fill(&self, numbers: Range<usize>) {
        for start in numbers.clone().step_by(FILL) {
            self.submit(start..numbers.end.min(start + FILL)).await;
        }
    }

    async fn claim(&self, size: usize) -> usize {
        let want = Want {
            kind: self.kind.name,
            max: size,
            after: None,
            lease: self.kind.terms.lease,
            worker: "bench".to_owned(),
            running_max: None,
            limited: false,
        };
        let claim = move |tx: &mut Tx<'_>| Ok(claim(tx, &want)?);
        carry(&self.db, claim).await.expect("it claims").len()
    }
}

async fn connect(url: &str) -> Client {
    let opened = tokio_postgres::connect(url, NoTls).await;
    let (client, connection) = opened.expect("PostgreSQL takes connections");
    tokio::spawn(connection);
    client
}

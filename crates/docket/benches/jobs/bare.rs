//! A table and the least that has to be done to it: what the machine allows at all.
//!
//! No lease, no attempts, no keys, no wake-up. A statement that claims the next
//! jobs also marks the last ones done, so that a job costs a share of one commit.

use crate::phases::{Handler, Queue, Settings};
use std::{ops::Range, sync::Arc, time::Duration};
use tokio_postgres::{Client, NoTls, Statement};

const TABLE: &str = "
    create table job (
        id bigint generated always as identity primary key,
        state smallint not null default 0,
        priority smallint not null default 0,
        run_at timestamptz not null default now(),
        payload jsonb not null
    );
    create index on job (priority, run_at, id) where state = 0";
const ONE: &str = "insert into job (payload) values (jsonb_build_object('n', $1::bigint))";
const MANY: &str =
    "insert into job (payload) select jsonb_build_object('n', n) from unnest($1::bigint[]) n";
const FILL: &str = "insert into job (payload)
    select jsonb_build_object('n', n) from generate_series($1::bigint, $2::bigint - 1) n";
const NEXT: &str = "
    with done as (update job set state = 2 where id = any($1)),
    due as (
        select id from job where state = 0 and run_at <= now()
        order by priority, run_at, id limit $2 for update skip locked
    )
    update job set state = 1 from due where job.id = due.id
    returning job.id, (payload ->> 'n')::bigint";
const LEFT: &str = "select count(*) from job where state < 2";

const CONNECTIONS: usize = 8;
const WORKERS: usize = 2;
const BATCH: i64 = 500;

pub struct Bare {
    sessions: Vec<Arc<Session>>,
}

/// A connection and what is prepared on it.
struct Session {
    client: Client,
    one: Statement,
    many: Statement,
    next: Statement,
}

impl Session {
    async fn open(url: &str) -> Self {
        let opened = tokio_postgres::connect(url, NoTls).await;
        let (client, connection) = opened.expect("PostgreSQL takes connections");
        tokio::spawn(connection);
        let prepared = async |text| client.prepare(text).await.expect("it is valid SQL");
        let (one, many, next) = (prepared(ONE).await, prepared(MANY).await, prepared(NEXT).await);
        Self { client, one, many, next }
    }

    /// Marks jobs done and claims the next, as ids and numbers.
    async fn next(&self, done: &[i64], limit: i64) -> Vec<(i64, usize)> {
        let rows = self.client.query(&self.next, &[&done, &limit]).await.expect("it claims");
        rows.iter().map(|row| (row.get(0), row.get::<_, i64>(1) as usize)).collect()
    }

    async fn work(self: Arc<Self>, handler: Handler) {
        let mut done = vec![];
        loop {
            let claimed = self.next(&done, BATCH).await;
            if claimed.is_empty() && done.is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            claimed.iter().for_each(|(_, number)| handler(*number));
            done = claimed.into_iter().map(|(id, _)| id).collect();
        }
    }
}

impl Queue for Bare {
    async fn open(url: &str, settings: &Settings) -> Self {
        if settings.fresh {
            let opened = tokio_postgres::connect(url, NoTls).await;
            let (client, connection) = opened.expect("PostgreSQL takes connections");
            tokio::spawn(connection);
            client.batch_execute(TABLE).await.expect("the database is empty");
        }
        let mut sessions = vec![];
        for _ in 0..CONNECTIONS {
            sessions.push(Arc::new(Session::open(url).await));
        }
        Self { sessions }
    }

    async fn one(&self, caller: usize, number: usize) {
        let session = &self.sessions[caller];
        session.client.execute(&session.one, &[&(number as i64)]).await.expect("it queues");
    }

    async fn many(&self, numbers: Range<usize>) {
        let session = &self.sessions[0];
        let numbers: Vec<i64> = numbers.map(|number| number as i64).collect();
        session.client.execute(&session.many, &[&numbers]).await.expect("it queues");
    }

    async fn work(&self, handler: Handler) {
        for session in self.sessions.iter().rev().take(WORKERS) {
            tokio::spawn(session.clone().work(handler.clone()));
        }
    }

    async fn left(&self) -> usize {
        let row = self.sessions[0].client.query_one(LEFT, &[]).await.expect("it counts");
        row.get::<_, i64>(0) as usize
    }

    async fn fill(&self, numbers: Range<usize>) {
        let (from, to) = (numbers.start as i64, numbers.end as i64);
        self.sessions[0].client.execute(FILL, &[&from, &to]).await.expect("it queues");
    }

    async fn claim(&self, size: usize) -> usize {
        self.sessions[0].next(&[], size as i64).await.len()
    }
}

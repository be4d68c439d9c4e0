//! A folder of a deployment's own, and where its data lies: in that folder, or,
//! where `DOCKET_TEST_POSTGRES` is the URL of a superuser of a cluster that can
//! be thrown away, in a database of its own there. Every test is run on both.

use docket::config::Postgres;
use rusqlite::Connection;
use std::{
    path::Path,
    process,
    sync::atomic::{AtomicU64, Ordering},
};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The role that owns the schema, and the one that serves.
pub const OWNER: &str = "docket_owner";
pub const SERVING: &str = "docket_serving";

pub struct Ground {
    folder: TempDir,
    database: Option<Database>,
    words: Vec<String>,
}

/// A database that goes when its deployment does.
pub struct Database {
    cluster: String,
    name: String,
}

/// The cluster that tests share, if they are run on one.
pub fn shared() -> Option<String> {
    std::env::var("DOCKET_TEST_POSTGRES").ok()
}

impl Ground {
    pub fn new() -> Self {
        match shared() {
            Some(cluster) => Self::on(Database::new(&cluster)),
            None => Self::file(),
        }
    }

    /// A file, wherever the tests are run.
    pub fn file() -> Self {
        Self { folder: folder(), database: None, words: Vec::new() }
    }

    /// On a database that the test has chosen.
    pub fn on(database: Database) -> Self {
        let words = ["--database", &database.url(SERVING), "--owner", &database.url(OWNER)];
        Self { words: words.map(str::to_owned).into(), folder: folder(), database: Some(database) }
    }

    /// On a database that `docket init` is told of in other words.
    pub fn told(database: Database, words: &[&str]) -> Self {
        let words = words.iter().copied().map(str::to_owned).collect();
        Self { words, folder: folder(), database: Some(database) }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// What `docket init` has to be told of the database.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The same, for whoever calls the library.
    pub fn named(&self) -> Option<Postgres> {
        self.database.as_ref().map(|database| Postgres {
            url: database.url(SERVING),
            password: None,
            ca: None,
            connections: 4,
            owner: Some(database.url(OWNER)),
            owner_password: None,
        })
    }

    /// The first column of a statement, asked past the server. `data` is where
    /// the deployment has its data folder.
    pub fn ask(&self, data: &str, sql: &str) -> Vec<String> {
        let Some(database) = &self.database else {
            let db = self.open(data);
            let mut statement = db.prepare(sql).unwrap();
            let text = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
            let rows = statement.query_map([], text).unwrap();
            return rows.map(|value| shown(value.unwrap())).collect();
        };
        database.ask(sql)
    }

    /// Changes rows behind our back, as somebody whom nothing keeps from it.
    pub fn tamper(&self, data: &str, sql: &str) {
        let Some(database) = &self.database else {
            let db = self.open(data);
            let triggers =
                "select 'drop trigger ' || name from sqlite_schema where type = 'trigger'";
            self.ask(data, triggers).iter().for_each(|drop| db.execute_batch(drop).unwrap());
            return db.execute_batch(sql).unwrap();
        };
        database.run(&format!("set session_replication_role = replica; {sql}"));
    }

    fn open(&self, data: &str) -> Connection {
        Connection::open(self.path().join(data).join("docket.db")).unwrap()
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn shown(value: rusqlite::types::Value) -> String {
    match value {
        rusqlite::types::Value::Text(text) => text,
        rusqlite::types::Value::Integer(int) => int.to_string(),
        other => panic!("a test asks for texts and numbers: {other:?}"),
    }
}

impl Database {
    pub fn new(cluster: &str) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("docket_it_{}_{number}", process::id());
        let made = Self { cluster: cluster.to_owned(), name };
        // Others may be making them just now.
        let there = "duplicate_object or unique_violation";
        made.on_cluster(&format!(
            "do $$ begin create role {OWNER} login; exception when {there} then null; end $$;
             do $$ begin create role {SERVING} login; exception when {there} then null; end $$"
        ));
        made.on_cluster(&format!("create database {} owner {OWNER}", made.name));
        made
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Of a role that connects to it.
    pub fn url(&self, role: &str) -> String {
        url(&self.cluster, role, &self.name)
    }

    /// Runs statements as the superuser, to whom nothing is refused.
    pub fn run(&self, sql: &str) {
        self.ask(sql);
    }

    /// The first column of what a superuser is answered.
    pub fn ask(&self, sql: &str) -> Vec<String> {
        ask(&self.url("postgres"), sql)
    }

    fn on_cluster(&self, sql: &str) {
        ask(&self.cluster, sql);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A cluster of a test's own may be gone already.
        let drop = format!("drop database if exists {} with (force)", self.name);
        let cluster = self.cluster.clone();
        aside(async move || {
            if let Some(client) = connect(&cluster).await {
                client.batch_execute(&drop).await.unwrap();
            }
        });
    }
}

/// The URL of a cluster, for another role and database.
pub fn url(cluster: &str, role: &str, database: &str) -> String {
    let (_, rest) = cluster.split_once('@').expect("a URL names who connects");
    let (host, _) = rest.split_once('/').expect("a URL names a database");
    format!("postgres://{role}@{host}/{database}")
}

pub fn ask(url: &str, sql: &str) -> Vec<String> {
    aside(async || {
        let client = connect(url).await.expect("the cluster is there");
        let answers = client.simple_query(sql).await.unwrap_or_else(|no| panic!("{sql}: {no:?}"));
        let first = |answer: &SimpleQueryMessage| match answer {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        };
        answers.iter().filter_map(first).collect()
    })
}

async fn connect(url: &str) -> Option<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.ok()?;
    tokio::spawn(connection);
    Some(client)
}

/// Runs something asynchronous to its end, wherever this is called.
fn aside<T: Send>(work: impl AsyncFnOnce() -> T + Send) -> T {
    let body = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work())
    };
    std::thread::scope(|threads| threads.spawn(body).join()).unwrap()
}

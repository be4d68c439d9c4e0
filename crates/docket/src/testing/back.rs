//! The way in behind the door's back: whoever has the file, or owns the cluster.

use super::ground::{connect, on};
use rusqlite::{Connection, types::ValueRef};
use std::{fmt::Debug, path::PathBuf, str::FromStr};
use tokio_postgres::SimpleQueryMessage;

/// The way in behind the door's back. SQL is what both databases read.
pub enum Back {
    File(PathBuf),
    /// The URL of a superuser, whom row-level security does not concern.
    Database(String),
}

/// One row, every column as text.
type Texts = Vec<Option<String>>;

impl Back {
    /// Runs statements, and says how many rows the last one changed.
    ///
    /// # Errors
    /// What the database said.
    pub fn run(&self, sql: &str) -> Result<u64, String> {
        match self {
            Self::File(path) => {
                let connection = Connection::open(path).unwrap();
                connection.execute_batch(sql).map_err(|error| error.to_string())?;
                Ok(connection.changes())
            }
            Self::Database(url) => {
                said(url, sql).map(|messages| messages.iter().rev().find_map(count).unwrap_or(0))
            }
        }
    }

    /// Changes rows where triggers and references are asleep.
    pub fn tamper(&self, sql: &str) {
        let asleep = match self {
            Self::File(_) => {
                let drops =
                    "select 'drop trigger ' || name from sqlite_schema where type = 'trigger'";
                let drops: Vec<String> = self.column(drops);
                format!("pragma foreign_keys = off; {}", drops.join("; "))
            }
            Self::Database(_) => "set session_replication_role = replica".to_owned(),
        };
        self.run(&format!("{asleep}; {sql}")).unwrap();
    }

    /// The rows that a question is answered with.
    pub fn rows(&self, sql: &str) -> Vec<Texts> {
        match self {
            Self::File(path) => in_file(path, sql),
            Self::Database(url) => said(url, sql).unwrap().iter().filter_map(texts).collect(),
        }
    }

    /// The first column of every row.
    pub fn column<T: FromStr<Err: Debug>>(&self, sql: &str) -> Vec<T> {
        let first = |row: Texts| row[0].as_deref().unwrap().parse().unwrap();
        self.rows(sql).into_iter().map(first).collect()
    }

    /// The first value there is, or null.
    pub fn maybe<T: FromStr<Err: Debug>>(&self, sql: &str) -> Option<T> {
        let rows = self.rows(sql);
        let first = rows.first().unwrap_or_else(|| panic!("nothing is there: {sql}"));
        first[0].as_deref().map(|text| text.parse().unwrap())
    }

    /// The first value there is.
    pub fn one<T: FromStr<Err: Debug>>(&self, sql: &str) -> T {
        self.maybe(sql).unwrap()
    }
}

fn in_file(path: &PathBuf, sql: &str) -> Vec<Texts> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut all = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let text = |at| match row.get_ref(at).unwrap() {
            ValueRef::Null => None,
            ValueRef::Integer(int) => Some(int.to_string()),
            ValueRef::Real(real) => Some(real.to_string()),
            ValueRef::Text(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
            ValueRef::Blob(bytes) => Some(format!("\\x{}", hex::encode(bytes))),
        };
        all.push((0..columns).map(text).collect());
    }
    all
}

fn said(url: &str, sql: &str) -> Result<Vec<SimpleQueryMessage>, String> {
    let said = on(|| async { connect(url).await.simple_query(sql).await });
    said.map_err(|error| match error.as_db_error() {
        Some(said) => said.to_string(),
        None => error.to_string(),
    })
}

fn count(message: &SimpleQueryMessage) -> Option<u64> {
    if let SimpleQueryMessage::CommandComplete(rows) = message { Some(*rows) } else { None }
}

fn texts(message: &SimpleQueryMessage) -> Option<Texts> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
}

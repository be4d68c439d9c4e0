//! The same rows without Docket: what the store alone costs.

use super::cpu;
use rusqlite::{Connection, params};
use std::path::Path;

/// As many commands as 64 connections have waiting at once.
const GROUP: usize = 64;

/// Writes `count` times what `ticket.create` writes, in groups that share a
/// commit, and gives seconds and processor seconds.
pub fn creates(from: &Path, count: usize) -> (f64, f64) {
    let folder = tempfile::tempdir_in(from.parent().expect("a file is in a folder"))
        .expect("a folder can be made");
    let copy = folder.path().join("bare.db");
    let original = Connection::open(from).expect("the database opens");
    original.execute("vacuum into ?1", [copy.to_str()]).expect("a copy can be made");
    let connection = open(&copy);
    let rows = Rows::of(&connection);

    let (start, before) = (std::time::Instant::now(), cpu::seconds(std::process::id()));
    for group in 0..count.div_ceil(GROUP) {
        connection.execute_batch("begin immediate").expect("it begins");
        for number in group * GROUP..count.min((group + 1) * GROUP) {
            rows.write_again(&connection, number);
        }
        connection.execute_batch("commit").expect("it commits");
    }
    (start.elapsed().as_secs_f64(), cpu::seconds(std::process::id()) - before)
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("the copy opens");
    let set = |name: &str, value: &str| {
        connection.pragma_update(None, name, value).expect("SQLite can be set");
    };
    set("journal_mode", "wal");
    set("synchronous", "full");
    set("foreign_keys", "on");
    set("wal_autocheckpoint", "8192");
    connection.set_prepared_statement_cache_capacity(64);
    connection
}

/// The rows that one command left, table by table, to be written again under other keys.
struct Rows(Vec<(String, Vec<rusqlite::types::Value>, Vec<usize>)>);

impl Rows {
    fn of(connection: &Connection) -> Self {
        // Which columns hold what has to be new in every row.
        let tables = [
            ("ticket", "id"),
            ("transition", "ticket"),
            ("audit_entry", "id,entry_no,correlation"),
            ("idempotency", "key"),
        ];
        Self(tables.iter().map(|(table, keys)| Self::row(connection, table, keys)).collect())
    }

    fn row(
        connection: &Connection,
        table: &str,
        keys: &str,
    ) -> (String, Vec<rusqlite::types::Value>, Vec<usize>) {
        let sql = format!("select * from {table} order by rowid desc limit 1");
        let mut statement = connection.prepare(&sql).expect("the table is there");
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let row = statement
            .query_row([], |row| (0..names.len()).map(|at| row.get(at)).collect())
            .expect("a command was carried out before");
        let holes = "?,".repeat(names.len());
        let insert = format!("insert into {table} values ({})", holes.trim_end_matches(','));
        let keys: Vec<usize> = keys
            .split(',')
            .map(|key| names.iter().position(|name| name == key).expect("the column is there"))
            .collect();
        (insert, row, keys)
    }

    fn write_again(&self, connection: &Connection, number: usize) {
        // The reads that the command cannot do without.
        let mut read = connection.prepare_cached("select settings from tenant where id = ?1");
        let _ = read.as_mut().expect("it prepares").query_row(params!["none"], |_| Ok(()));
        for (insert, row, keys) in &self.0 {
            let mut row = row.clone();
            for key in keys {
                row[*key] = match &row[*key] {
                    rusqlite::types::Value::Integer(_) => rusqlite::types::Value::Null,
                    _ => format!("bare_{number:024}").into(),
                };
            }
            let mut statement = connection.prepare_cached(insert).expect("it prepares");
            statement.execute(rusqlite::params_from_iter(row)).expect("it writes");
        }
    }
}

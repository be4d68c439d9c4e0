//! A session with the database past our processes, for as long as it is kept.

use crate::ground::Ground;
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};

pub struct Session {
    client: Client,
    // Dropped after the client, and with it the connection.
    runtime: Runtime,
}

/// Which waits for an advisory lock of this number, of those of this database.
const WAITING: &str = "select a.application_name
    from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and not l.granted and a.datname = current_database()
        and (l.classid::bigint << 32 | l.objid::bigint) = $1
    order by a.query_start";

impl Session {
    /// As the superuser, whom nothing is kept from.
    pub fn open(ground: &Ground) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = ground.database().unwrap().url("postgres");
        let (client, connection) = runtime.block_on(tokio_postgres::connect(&url, NoTls)).unwrap();
        runtime.spawn(connection);
        Self { client, runtime }
    }

    /// Takes one of the locks that commands take turns by.
    pub fn lock(&mut self, name: &str) {
        let taken = self.client.execute_raw("select pg_advisory_lock($1)", [number(name)]);
        self.runtime.block_on(taken).unwrap();
    }

    /// The names of the connections that wait for it, the first one first.
    pub fn waiting_for(&mut self, name: &str) -> Vec<String> {
        let number = number(name);
        let args: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&number];
        let rows = self.runtime.block_on(self.client.query(WAITING, &args)).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

/// The number of a lock, as the door has it.
fn number(name: &str) -> i64 {
    let digest: [u8; 32] = Sha256::digest(name).into();
    i64::from_be_bytes(digest[..8].try_into().unwrap())
}

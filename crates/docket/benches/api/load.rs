//! The load, and what it is found to have cost.

use super::{client, cpu, fill, ground::Database, home::Home, say};
use std::{sync::Arc, time::Duration};
use tokio::runtime::Runtime;

const CONNECTIONS: [usize; 2] = [8, 64];
const ROUNDS: usize = 3;

const SIZE: &str = "select pg_database_size(current_database())";

type Request = Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

struct Measured {
    rate: f64,
    /// Microseconds in Docket and in PostgreSQL.
    docket: f64,
    postgres: f64,
    /// Bytes of PostgreSQL's own log, which is what goes to the disk and to a standby.
    wal: f64,
}

pub fn run(home: &Home, postgres: u32, scale: usize) {
    // One thread makes all the load, so that the others keep a core to themselves.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    unlimited(home);
    let mut made = 0;
    for tickets in [100_000 / scale, 1_000_000 / scale] {
        fill_to(&runtime, home, made, tickets);
        made = tickets;
        say(&format!(
            "{:<36}{:>12}{:>14}{:>18}{:>11}",
            format!("with {tickets} tickets"),
            "per second",
            "CPU µs Docket",
            "CPU µs PostgreSQL",
            "WAL bytes"
        ));
        measure(&runtime, home, postgres, scale, tickets);
    }
}

fn measure(runtime: &Runtime, home: &Home, postgres: u32, scale: usize, tickets: usize) {
    let server = home.serve();
    logged(home);
    let docket = server.process.id();
    let database = home.ground.database().expect("it is on PostgreSQL");
    for connections in CONNECTIONS {
        let mut created = Vec::new();
        let mut got = Vec::new();
        for round in 0..ROUNDS {
            let name = format!("{tickets}-{connections}-{round}");
            let load = |count, request| {
                let before = (cpu::of(docket), cpu::of_family(postgres), written(database));
                let took = runtime.block_on(client::load(server.addr, connections, count, request));
                let used = |after: f64, before: f64| (after - before) * 1e6 / count as f64;
                Measured {
                    rate: count as f64 / took,
                    docket: used(cpu::of(docket), before.0),
                    postgres: used(cpu::of_family(postgres), before.1),
                    wal: (written(database) - before.2) / count as f64,
                }
            };
            created.push(load(30_000 / scale, create(home, &name)));
            got.push(load(60_000 / scale, get(home, tickets)));
        }
        show(&format!("ticket.create, {connections} connections"), &mut created);
        show(&format!("ticket.get, {connections} connections"), &mut got);
    }
    server.stop();
}

/// Waits until what was written past the door is in the log, which is not what
/// is measured.
fn logged(home: &Home) {
    let left = "select (select count(*) from audit_entry) > coalesce(sum(entries), 0) from log_run";
    let database = home.ground.database().expect("it is on PostgreSQL");
    while database.ask(left) == ["t"] {
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The median round, by what it cost.
fn show(name: &str, rounds: &mut [Measured]) {
    rounds.sort_by(|a, b| (a.docket + a.postgres).total_cmp(&(b.docket + b.postgres)));
    let Measured { rate, docket, postgres, wal } = &rounds[rounds.len() / 2];
    say(&format!("{name:<36}{rate:>12.0}{docket:>14.1}{postgres:>18.1}{wal:>11.0}"));
}

/// How far the log of PostgreSQL has come, in bytes.
fn written(database: &Database) -> f64 {
    number(database, "select pg_current_wal_insert_lsn() - '0/0'")
}

fn number(database: &Database, sql: &str) -> f64 {
    database.ask(sql)[0].parse().expect("it is a number")
}

fn create(home: &Home, round: &str) -> Request {
    let (token, site, round) = (home.dispatcher_token(), home.site(), round.to_owned());
    let body = format!(
        r#"{{"site":"{site}","summary":"front door does not latch","description":"it swings open when the wind is up"}}"#
    );
    Arc::new(move |number| {
        client::post("/v1/tools/ticket.create", &token, &format!("{round}-{number}"), &body)
    })
}

fn get(home: &Home, tickets: usize) -> Request {
    let token = home.dispatcher_token();
    Arc::new(move |number| {
        // Spread over all of them, so that the cache is what it would be.
        let ticket = 1 + number.wrapping_mul(7_919) % tickets;
        client::get(&format!("/v1/tickets/tkt_{ticket:026X}"), &token)
    })
}

fn fill_to(runtime: &Runtime, home: &Home, from: usize, to: usize) {
    if from == 0 {
        // Something to copy.
        let server = home.serve();
        runtime.block_on(client::load(server.addr, 1, 1, create(home, "first")));
        server.stop();
    }
    let database = home.ground.database().expect("it is on PostgreSQL");
    let empty = number(database, SIZE);
    fill::tickets(database, &home.site(), from, to);
    let each = (number(database, SIZE) - empty) / (to - from) as f64;
    say(&format!(
        "a ticket that was only called in takes {each:.0} bytes, indexes and entry included"
    ));
}

/// One token would otherwise be slowed down long before the server is.
fn unlimited(home: &Home) {
    let file = home.data().join("docket.toml");
    let before = std::fs::read_to_string(&file).expect("it was just made");
    std::fs::write(&file, before + "\n[limits]\nrequests_per_second = 0\n").expect("it writes");
}

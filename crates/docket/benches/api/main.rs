//! What a command and a look cost on PostgreSQL: processor time in Docket and in
//! PostgreSQL, over HTTP, with 100,000 tickets and with ten times as many.
//!
//! PostgreSQL is one of its own, durable, on the disk of this machine. The load
//! comes from this process, whose time is not counted.

#![expect(clippy::unwrap_used, reason = "what the tests use stops where it cannot go on")]

#[path = "../load/client.rs"]
mod client;
#[path = "../jobs/cluster.rs"]
#[expect(dead_code, reason = "the comparison of jobs uses more of it")]
mod cluster;
#[path = "../jobs/cpu.rs"]
mod cpu;
#[path = "../../tests/it/home.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod home;
#[path = "../../tests/it/http.rs"]
mod http;

mod fill;
mod load;

use cluster::Cluster;
use std::{
    env,
    io::Write,
    process::{Command, ExitCode},
};

/// Where the second process, which makes the load, finds the first one's cluster.
const CLUSTER: &str = "DOCKET_TEST_POSTGRES";
const POSTGRES: &str = "DOCKET_BENCH_POSTGRES";

fn main() -> ExitCode {
    // `cargo test` runs every target it knows; measuring is not testing.
    if !env::args().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    match env::var(POSTGRES) {
        Ok(process) => {
            load::run(process.parse().expect("a process has a number"), scale());
            ExitCode::SUCCESS
        }
        Err(_) => beside_a_cluster(),
    }
}

fn scale() -> usize {
    if env::args().any(|word| word == "--quick") { 10 } else { 1 }
}

/// Starts PostgreSQL, and this program again beside it.
fn beside_a_cluster() -> ExitCode {
    let cluster = Cluster::start(&cluster::newest(), &env::temp_dir());
    let socket = cluster.folder().display().to_string().replace('/', "%2F");
    let mut again = Command::new(env::current_exe().expect("this program has a file"));
    again.args(env::args().skip(1));
    again.env(CLUSTER, format!("postgres://bench@{socket}/postgres"));
    again.env(POSTGRES, cluster.process().to_string());
    let ended = again.status().expect("this program starts again");
    if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody reads this");
}

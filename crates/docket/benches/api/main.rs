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
#[path = "../../tests/it/ground.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod ground;
#[path = "../../tests/it/home.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod home;
#[path = "../../tests/it/http.rs"]
mod http;

mod fill;
mod load;

use cluster::Cluster;
use ground::{Database, Ground};
use home::Home;
use std::{env, io::Write};

fn main() {
    // `cargo test` runs every target it knows; measuring is not testing.
    if !env::args().any(|word| word == "--bench") {
        return;
    }
    let scale = if env::args().any(|word| word == "--quick") { 10 } else { 1 };
    let cluster = Cluster::start(&cluster::newest(), &env::temp_dir());
    let socket = cluster.folder().display().to_string().replace('/', "%2F");
    let url = format!("postgres://bench@{socket}/postgres");
    ground::ask(&url, "create role postgres superuser login");
    let home = Home::at(Ground::on(Database::new(&url)));
    load::run(&home, cluster.process(), scale);
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody reads this");
}

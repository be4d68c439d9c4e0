//! What Docket costs: processor time per operation, beside the bare store's.
//!
//! The server is the release binary with everything on: authorisation, audit,
//! durable commits. The load comes from this process, whose time is not
//! counted; the bare store writes the same rows in this process, whose time
//! then is. Machines differ, so read the columns of processor time and the ratios.

#![expect(clippy::unwrap_used, reason = "what the tests use stops where it cannot go on")]

#[path = "../../tests/it/ground.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod ground;
#[path = "../../tests/it/home.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod home;
#[path = "../../tests/it/http.rs"]
mod http;

mod bare;
mod client;
mod cpu;
mod inside;

use ground::Ground;
use home::Home;
use std::io::Write;

fn main() {
    // `cargo test` runs every target it knows; measuring is not testing.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let scale = if std::env::args().any(|word| word == "--quick") { 10 } else { 1 };
    // One thread makes all the load, so that the server keeps a core to itself.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    say(&format!("{:<34}{:>12}{:>16}", "", "per second", "CPU µs each"));

    let home = Home::at(Ground::file());
    unlimited(&home);
    let idle = over_http(&runtime, &home, scale);
    let count = 60_000 / scale;
    measure("the bare store, same rows", count, || {
        bare::creates(&home.data().join("docket.db"), count)
    });
    inside::authorisation(20_000_000 / scale);
    inside::log(&runtime, 1_000_000 / scale as u64);
    say(&format!("{:<34}{:>12}{idle:>16.1}", "idle memory, MB", ""));
}

/// One token would otherwise be slowed down long before the server is.
fn unlimited(home: &Home) {
    let file = home.data().join("docket.toml");
    let before = std::fs::read_to_string(&file).expect("it was just made");
    std::fs::write(&file, before + "\n[limits]\nrequests_per_second = 0\n").expect("it writes");
}

/// Loads a server of its own process, and gives the memory it had before.
fn over_http(runtime: &tokio::runtime::Runtime, home: &Home, scale: usize) -> f64 {
    let server = home.serve();
    let process = server.process.id();
    let idle = cpu::resident_mb(process);
    let load = |name: &str, connections: usize, count: usize, request: Request| {
        measure(&format!("{name}, {connections} connections"), count, || {
            let before = cpu::seconds(process);
            let took =
                runtime.block_on(client::load(server.addr, connections, count, request.clone()));
            (took, cpu::seconds(process) - before)
        });
    };
    for connections in [8, 64] {
        load("ticket.create", connections, 60_000 / scale, create(home, connections));
    }
    for connections in [8, 64] {
        load("ticket.get", connections, 200_000 / scale, get(home));
    }
    server.stop();
    idle
}

type Request = std::sync::Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

fn create(home: &Home, round: usize) -> Request {
    let (token, site) = (home.dispatcher_token(), home.site());
    let body = format!(
        r#"{{"site":"{site}","summary":"front door does not latch","description":"it swings open when the wind is up"}}"#
    );
    std::sync::Arc::new(move |number| {
        client::post("/v1/tools/ticket.create", &token, &format!("{round}-{number}"), &body)
    })
}

fn get(home: &Home) -> Request {
    let token = home.dispatcher_token();
    let tickets = home.ground.ask("data", "select id from ticket limit 1000");
    std::sync::Arc::new(move |number| {
        client::get(&format!("/v1/tickets/{}", tickets[number % tickets.len()]), &token)
    })
}

/// Runs something that takes `count` operations and prints what each took.
fn measure(name: &str, count: usize, run: impl FnOnce() -> (f64, f64)) {
    let (took, used) = run();
    let (rate, each) = (count as f64 / took, used * 1e6 / count as f64);
    say(&format!("{name:<34}{rate:>12.0}{each:>16.1}"));
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody reads this");
}

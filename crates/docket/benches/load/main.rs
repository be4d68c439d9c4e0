//! What Docket costs: processor time per operation, beside the bare store's.
//!
//! The server is the release binary with everything on: authorisation, audit,
//! durable commits. The load comes from this process, whose time is not
//! counted; the bare store writes the same rows in this process, whose time
//! then is. Machines differ, so read the columns of processor time and the ratios.

#[path = "../../tests/it/home.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod home;
#[path = "../../tests/it/http.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod http;

mod bare;
mod client;
mod cpu;
mod inside;

use home::Home;
use std::io::Write;

fn main() {
    let quick = std::env::args().any(|word| word == "--quick");
    let scale = if quick { 10 } else { 1 };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");

    let home = Home::new();
    let server = home.serve();
    let process = server.id();
    let idle = cpu::resident_mb(process);
    say(&format!("{:<34}{:>12}{:>16}", "", "per second", "CPU µs each"));

    let token = home.dispatcher_token();
    let site = home.site();
    let mut round = 0;
    for connections in [8, 64] {
        let (token, site) = (token.clone(), site.clone());
        round += 1;
        measure(&format!("ticket.create, {connections} connections"), 60_000 / scale, || {
            let before = cpu::seconds(process);
            let request = move |number: usize| {
                let body = format!(
                    r#"{{"site":"{site}","summary":"front door does not latch","description":"it swings open when the wind is up"}}"#
                );
                client::post("/v1/tools/ticket.create", &token, &format!("{round}-{number}"), &body)
            };
            let took =
                runtime.block_on(client::load(server.addr, connections, 60_000 / scale, request));
            (took, cpu::seconds(process) - before)
        });
    }
    for connections in [8, 64] {
        let (token, tickets) = (token.clone(), home.tickets(1_000));
        measure(&format!("ticket.get, {connections} connections"), 200_000 / scale, || {
            let before = cpu::seconds(process);
            let request = move |number: usize| {
                let ticket = &tickets[number % tickets.len()];
                client::get(&format!("/v1/tickets/{ticket}"), &token)
            };
            let took =
                runtime.block_on(client::load(server.addr, connections, 200_000 / scale, request));
            (took, cpu::seconds(process) - before)
        });
    }
    server.stop();

    let count = 60_000 / scale;
    measure("the bare store, same rows", count, || bare::creates(&home.database(), count));
    inside::authorisation(20_000_000 / scale);
    inside::verification(&home, 1_000_000 / scale);
    say(&format!("{:<34}{:>12}{:>16.1}", "idle memory, MB", "", idle));
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

//! Docket's jobs beside other queues on PostgreSQL, and beside a bare table.
//!
//! Every system does the same work in a process of its own, on one PostgreSQL
//! that this starts and in which every commit is durable. Rounds are
//! interleaved, system by system, and every number is the median of its rounds.
//! A peer is measured with its defaults and with the settings that serve it
//! best in each phase; where no setting matters to a phase, with its defaults alone.

mod bare;
mod bench;
mod cluster;
mod cpu;
mod crash;
mod depth;
mod disk;
mod docket;
mod install;
mod phases;
mod pickup;
mod plan;
mod process;
mod reading;
mod system;
mod table;
mod throughput;

use clap::Parser;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if words.get(1).is_some_and(|word| word == phases::WORD) {
        return phases::main(&words[2..]);
    }
    // `cargo test` runs every target it knows; measuring is not testing.
    if words.iter().any(|word| word == "--bench") {
        bench::run(&plan::Plan::parse());
    }
}

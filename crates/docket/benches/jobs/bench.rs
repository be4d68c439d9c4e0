//! The run as a whole: phase by phase, round by round, system by system.

use crate::{
    cluster::{self, Cluster},
    cpu, crash, depth, disk,
    install::{self, Peers},
    pickup,
    plan::{Phase, Plan, Sizes},
    process::Process,
    reading::{Line, Reading, median},
    system::Entry,
    table, throughput,
};
use serde_json::Value;
use std::{
    fs::{File, OpenOptions},
    io::Write,
};

/// What every phase needs.
pub struct Bench {
    pub cluster: Cluster,
    pub sizes: Sizes,
    peers: Peers,
    out: Option<File>,
    readings: Vec<Reading>,
}

/// Measures a system in one round of a phase.
type Measure = fn(&mut Bench, Entry) -> Vec<Reading>;

pub fn run(plan: &Plan) {
    let systems = plan.systems();
    let peers = install::peers(&systems);
    let programs = plan.postgres.clone().unwrap_or_else(cluster::newest);
    let out = plan.out.as_ref().map(|path| {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        opened.expect("the file for what was measured can be written to")
    });
    let cluster = Cluster::start(&programs, &plan.data);
    let mut bench = Bench { cluster, sizes: plan.sizes(), peers, out, readings: vec![] };
    table::say(&format!("{}, {}", cluster::version(&programs), install::versions()));

    let entries = |phase: Phase| -> Vec<Entry> {
        systems.iter().flat_map(|system| system.entries(phase)).collect()
    };
    let each: [(Phase, Measure); 6] = [
        (Phase::Enqueue, throughput::enqueue),
        (Phase::Batch, throughput::batch),
        (Phase::Work, throughput::work),
        (Phase::Flow, throughput::flow),
        (Phase::Pickup, pickup::measure),
        (Phase::Crash, crash::measure),
    ];
    for (phase, measure) in each.into_iter().filter(|(phase, _)| plan.has(*phase)) {
        bench.rounds(plan.rounds(), &entries(phase), measure);
    }
    if plan.has(Phase::Claim) {
        depth::measure(&mut bench, plan.rounds(), &entries(Phase::Claim));
    }
    table::print(&bench.readings);
}

impl Bench {
    /// Measures all, once in every round, so that what changes on the machine
    /// changes for all of them; each round begins with another one.
    pub fn rounds(
        &mut self,
        rounds: usize,
        entries: &[Entry],
        mut measure: impl FnMut(&mut Self, Entry) -> Vec<Reading>,
    ) {
        for round in 0..rounds {
            for at in 0..entries.len() {
                let entry = entries[(at + round) % entries.len()];
                for reading in measure(self, entry) {
                    self.keep(reading, round);
                }
            }
        }
    }

    /// What a system showed so far.
    pub fn median(&self, line: &Line, entry: Entry) -> f64 {
        let (all, label) = (self.readings.iter(), entry.label());
        let its = all.filter(|reading| reading.line == *line && reading.system == label);
        median(&its.map(|reading| reading.value).collect::<Vec<_>>())
    }

    pub fn keep(&mut self, reading: Reading, round: usize) {
        table::say_one(&reading, round);
        if let Some(out) = &mut self.out {
            writeln!(out, "{}", reading.to_json(round)).expect("the file takes a line");
        }
        self.readings.push(reading);
    }

    /// Starts the process that takes a system's part in a phase, on this database.
    pub fn start(&self, entry: Entry, phase: &str, settings: &Value, url: &str) -> Process {
        Process::start(entry.command(self.peers.folder(), phase, settings, url))
    }

    /// Lets a process go, and gives what it said of it and the seconds of processor time that it
    /// took, in the process and in PostgreSQL.
    pub fn go(&self, process: &mut Process, result: &str) -> (Value, (f64, f64)) {
        let (client, server) = (process.id(), self.cluster.process());
        let used = || (cpu::of(client), cpu::of_family(server));
        let before = used();
        process.tell("go");
        let result = process.hear_of(result);
        let after = used();
        (result, (after.0 - before.0, after.1 - before.1))
    }

    pub fn disk(&self) -> f64 {
        disk::probe(self.cluster.folder())
    }
}

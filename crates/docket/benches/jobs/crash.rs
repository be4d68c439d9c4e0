//! What a killed worker leaves behind: jobs run twice, jobs lost, and the time until all are done.

use crate::{
    bench::Bench,
    process::Process,
    reading::{Line, Reading},
    system::Entry,
    throughput::BATCH,
};
use serde_json::json;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

const DATABASE: &str = "bench";
/// Seconds until a lease is over, where a system has one: as few as all of them allow.
pub const LEASE: u32 = 15;
/// Seconds within which all has to be done after the worker was killed.
const CAP: u32 = 90;
/// Bytes of the line that a handler leaves for a job.
const LINE: u64 = 8;

pub fn measure(bench: &mut Bench, entry: Entry) -> Vec<Reading> {
    let jobs = bench.sizes.killed;
    let url = bench.cluster.create(DATABASE);
    let file = bench.cluster.folder().join("ran");
    fs::write(&file, "").expect("the folder can be written to");

    let fill = json!({"fresh": true, "jobs": jobs, "size": BATCH, "lease": LEASE});
    let mut producer = bench.start(entry, "batch", &fill, &url);
    producer.hear_of("ready");
    producer.tell("go");
    producer.hear_of("ops");
    producer.kill();
    bench.cluster.settle(DATABASE);
    let disk = bench.disk();

    let record = |recover: bool| {
        let settings = json!({"file": file, "cap": CAP, "recover": recover, "lease": LEASE});
        let mut worker = bench.start(entry, "record", &settings, &url);
        worker.hear_of("ready");
        worker.tell("go");
        worker
    };
    kill_midway(record(false), &file, jobs as u64 / 3);
    let killed = Instant::now();
    let left = record(true).hear_of("left")["left"].as_u64().unwrap_or(0);
    let seconds = killed.elapsed().as_secs_f64();
    bench.cluster.discard(DATABASE);

    let (twice, lost) = count(&file, jobs);
    let reading = |what: &str, unit, value| {
        let line = Line::plain(format!("worker killed, {what}"), unit);
        Reading { left, disk, ..Reading::plain(line, entry, value) }
    };
    vec![
        reading("run twice", "jobs", twice as f64),
        reading("lost", "jobs", lost as f64),
        reading("until all are done", "s", seconds),
    ]
}

/// Kills a worker when it has run this many jobs.
fn kill_midway(mut worker: Process, file: &Path, after: u64) {
    let ran = || fs::metadata(file).map_or(0, |file| file.len() / LINE);
    let start = Instant::now();
    while ran() < after && start.elapsed() < Duration::from_secs(u64::from(CAP)) {
        std::thread::sleep(Duration::from_millis(1));
    }
    worker.kill();
}

/// Runs beyond the first, and jobs that never ran.
fn count(file: &Path, jobs: usize) -> (usize, usize) {
    let text = fs::read_to_string(file).expect("handlers left their numbers");
    let mut runs = vec![0_usize; jobs];
    for line in text.lines() {
        runs[line.parse::<usize>().expect("a line is a number")] += 1;
    }
    let twice = runs.iter().map(|runs| runs.saturating_sub(1)).sum();
    (twice, runs.iter().filter(|runs| **runs == 0).count())
}

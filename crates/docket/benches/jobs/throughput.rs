//! The phases that end in a rate: queueing one by one and in batches, working off, and both at once.

use crate::{
    bench::Bench,
    reading::{Line, Reading},
    system::Entry,
};
use serde_json::{Value, json};
use std::time::Duration;

/// As many as queue at the same time, each waiting for its own.
const CALLERS: usize = 8;
/// Jobs in a batch.
pub const BATCH: usize = 1000;
const DATABASE: &str = "bench";

pub fn enqueue(bench: &mut Bench, entry: Entry) -> Vec<Reading> {
    let settings = json!({"callers": CALLERS, "seconds": bench.sizes.seconds});
    let line = Line::rate(format!("enqueue, {CALLERS} callers"));
    measure(bench, entry, "enqueue", settings, line)
}

pub fn batch(bench: &mut Bench, entry: Entry) -> Vec<Reading> {
    let settings = json!({"jobs": bench.sizes.batched, "size": BATCH});
    measure(bench, entry, "batch", settings, Line::rate(format!("enqueue, batches of {BATCH}")))
}

pub fn work(bench: &mut Bench, entry: Entry) -> Vec<Reading> {
    let line = Line::rate(format!("work off {} waiting", bench.sizes.jobs));
    measure(bench, entry, "work", jobs(bench), line)
}

pub fn flow(bench: &mut Bench, entry: Entry) -> Vec<Reading> {
    let line = Line::rate(format!("end to end, {} jobs", bench.sizes.jobs));
    measure(bench, entry, "flow", jobs(bench), line)
}

fn jobs(bench: &Bench) -> Value {
    json!({"jobs": bench.sizes.jobs, "size": BATCH, "cap": bench.sizes.cap})
}

fn measure(
    bench: &Bench,
    entry: Entry,
    phase: &str,
    mut settings: Value,
    line: Line,
) -> Vec<Reading> {
    settings["fresh"] = json!(true);
    let url = bench.cluster.create(DATABASE);
    let mut process = bench.start(entry, phase, &settings, &url);
    process.hear_of("ready");
    bench.cluster.settle(DATABASE);
    // What it does after it starts, such as listening, is not what is measured.
    std::thread::sleep(Duration::from_millis(500));
    let disk = bench.disk();

    let (result, used) = bench.go(&mut process, "ops");
    process.kill();
    bench.cluster.discard(DATABASE);

    let (ops, seconds) = (number(&result, "ops"), number(&result, "seconds"));
    let each = |seconds: f64| seconds * 1e6 / ops.max(1.0);
    let left = result["left"].as_u64().unwrap_or(0);
    let cpu = Some((each(used.0), each(used.1)));
    vec![Reading { cpu, left, disk, ..Reading::plain(line, entry, ops / seconds) }]
}

/// A number that a process said.
pub fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("{name} is a number in {value}"))
}

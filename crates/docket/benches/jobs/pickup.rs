//! How long an idle worker takes to begin: from the start of the call that queues a job, in
//! another process, until the handler has it.

use crate::{
    bench::Bench,
    reading::{Line, Reading, quantile},
    system::{Entry, System},
    throughput::number,
};
use serde_json::json;
use std::time::Duration;

const DATABASE: &str = "bench";

pub fn measure(bench: &mut Bench, entry: Entry) -> Vec<Reading> {
    let url = bench.cluster.create(DATABASE);
    let mut worker = bench.start(entry, "serve", &json!({"fresh": true}), &url);
    worker.hear_of("ready");
    let mut producer = bench.start(entry, "send", &json!({}), &url);
    producer.hear_of("ready");
    bench.cluster.settle(DATABASE);
    std::thread::sleep(Duration::from_secs(1));
    worker.tell("go");
    let disk = bench.disk();

    let (samples, longest) = pace(bench, entry);
    let mut took = vec![];
    for sample in 0..samples {
        std::thread::sleep(gap(sample, longest));
        producer.tell(&sample.to_string());
        let (sent, started) = (producer.hear_of("sent"), worker.hear_of("started"));
        assert_eq!(sent["sent"], started["started"], "the worker is idle before each job");
        took.push((number(&started, "at") - number(&sent, "at")) / 1e6);
    }
    worker.kill();
    producer.kill();
    bench.cluster.discard(DATABASE);

    let reading = |what: &str, share| {
        let line = Line::less(format!("pick-up, {what}"), "ms");
        Reading { disk, ..Reading::plain(line, entry, quantile(&took, share)) }
    };
    vec![reading("p50", 0.5), reading("p99", 0.99)]
}

/// How many jobs, and how long the worker is idle at most before each.
fn pace(bench: &Bench, entry: Entry) -> (usize, Duration) {
    let samples = bench.sizes.samples;
    // At its defaults it looks every two seconds: to be fair, a job may come at any time between.
    let looks_rarely = entry.system == System::PgBoss && !entry.best;
    if looks_rarely {
        (samples.div_ceil(5), Duration::from_secs(2))
    } else {
        (samples, Duration::from_millis(200))
    }
}

/// Gaps of every length up to the longest, spread evenly by the golden ratio
/// and in no step with anybody's clock.
fn gap(sample: usize, longest: Duration) -> Duration {
    let share = (sample as f64 * 0.618_033_988_749_895).fract();
    Duration::from_millis(20) + longest.mul_f64(share)
}

//! What a claim costs while more and more jobs wait.

use crate::{
    bench::Bench,
    reading::{Line, Reading, median},
    system::{Entry, System},
    throughput::number,
};
use serde_json::json;

/// Jobs that one claim takes.
const SIZE: usize = 10;

/// A system's database, which is kept from depth to depth.
struct Filled {
    entry: Entry,
    database: String,
    url: String,
    waiting: usize,
}

pub fn measure(bench: &mut Bench, rounds: usize, entries: &[Entry]) {
    let mut all: Vec<Filled> = entries.iter().map(|entry| Filled::new(bench, *entry)).collect();
    for depth in bench.sizes.depths.clone() {
        bench.rounds(rounds, entries, |bench, entry| {
            let filled = all.iter_mut().find(|filled| filled.entry == entry);
            filled.expect("every entry has a database").measure(bench, depth)
        });
    }
    for filled in all {
        bench.compare_depths(filled.entry);
        bench.cluster.discard(&filled.database);
    }
}

/// Jobs that are gone after so many claims: one for every claim was taken to warm up, and one more.
fn claimed(count: usize) -> usize {
    count + SIZE + count * SIZE
}

fn claim_from(depth: usize, awaited: bool) -> Line {
    let how = if awaited { "" } else { ", commit not awaited" };
    Line::less(format!("claim of {SIZE} from {depth} waiting{how}"), "ms")
}

impl Bench {
    /// How many times what a claim costs at first it costs in the end, without the disk.
    fn compare_depths(&mut self, entry: Entry) {
        let (first, last) = (self.sizes.depths[0], self.sizes.depths[self.sizes.depths.len() - 1]);
        let at = |depth| self.median(&claim_from(depth, false), entry);
        let line = Line::less(format!("claim from {last} over claim from {first}"), "times");
        let reading = Reading::plain(line, entry, at(last) / at(first));
        self.keep(reading, 0);
    }
}

impl Filled {
    fn new(bench: &Bench, entry: Entry) -> Self {
        let database = format!("depth_{:?}", entry.system).to_lowercase();
        let url = bench.cluster.create(&database);
        bench.start(entry, "fill", &json!({"fresh": true, "from": 0, "to": 1}), &url).hear();
        Self { entry, database, url, waiting: 1 }
    }

    /// Claims twice as often as is measured durably: what is left when nobody waits for the disk
    /// is the work of the claim itself.
    fn measure(&mut self, bench: &Bench, depth: usize) -> Vec<Reading> {
        self.fill(bench, depth + 2 * claimed(bench.sizes.claims));
        [true, false]
            .map(|awaited| {
                // Docket serves no database that may forget, and its claims wait for no disk anyway.
                let durable = awaited || self.entry.system == System::Docket;
                bench.cluster.await_commits(&self.database, durable);
                self.claim(bench, claim_from(depth, awaited))
            })
            .into()
    }

    /// Fills up until so many jobs wait.
    fn fill(&mut self, bench: &Bench, jobs: usize) {
        if self.waiting < jobs {
            let more = json!({"from": self.waiting, "to": jobs});
            bench.start(self.entry, "fill", &more, &self.url).hear();
            self.waiting = jobs;
        }
    }

    fn claim(&mut self, bench: &Bench, line: Line) -> Reading {
        let count = bench.sizes.claims;
        let settings = json!({"count": count, "size": SIZE});
        let mut process = bench.start(self.entry, "claim", &settings, &self.url);
        process.hear_of("ready");
        bench.cluster.settle(&self.database);
        let disk = bench.disk();
        let (result, used) = bench.go(&mut process, "took");
        assert_eq!(number(&result, "ops"), (count * SIZE) as f64, "every claim is full");
        self.waiting -= claimed(count);

        let took = result["took"].as_array().expect("it says how long each claim took");
        let took: Vec<f64> = took.iter().filter_map(serde_json::Value::as_f64).collect();
        let each = |seconds: f64| seconds * 1e6 / count as f64;
        let cpu = Some((each(used.0), each(used.1)));
        Reading { cpu, disk, ..Reading::plain(line, self.entry, median(&took)) }
    }
}

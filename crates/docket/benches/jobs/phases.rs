//! What a system written in Rust is asked to do, in a process of its own; `peers/protocol.mjs`
//! asks the same of the others, and explains it.

use crate::{bare::Bare, docket::Docket};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    fs::OpenOptions,
    io::{BufRead, Write},
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// The word that makes this program take a system's part.
pub const WORD: &str = "take-part";

/// Runs on the number of each job.
pub type Handler = Arc<dyn Fn(usize) + Send + Sync>;

/// A queue under measurement. Whatever goes wrong ends the process.
pub trait Queue: Sized + Send + Sync + 'static {
    /// Opens it for this many callers, in a database that is new if it is fresh.
    fn open(url: &str, settings: &Settings) -> impl Future<Output = Self> + Send;
    fn one(&self, caller: usize, number: usize) -> impl Future<Output = ()> + Send;
    fn many(&self, numbers: Range<usize>) -> impl Future<Output = ()> + Send;
    /// Starts the worker.
    fn work(&self, handler: Handler) -> impl Future<Output = ()> + Send;
    /// Jobs that are not done.
    fn left(&self) -> impl Future<Output = usize> + Send;
    /// Queues many at once in whatever way is quickest.
    fn fill(&self, numbers: Range<usize>) -> impl Future<Output = ()> + Send;
    /// Claims up to this many, and gives how many it got.
    fn claim(&self, size: usize) -> impl Future<Output = usize> + Send;
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Settings {
    pub fresh: bool,
    /// Seconds for which a worker may hold a job without a sign of life.
    pub lease: Option<u32>,
    callers: usize,
    seconds: f64,
    jobs: usize,
    size: usize,
    cap: f64,
    from: usize,
    to: usize,
    count: usize,
    file: String,
}

/// Takes the part that the words say: a system, a phase, its profile, and settings as JSON.
pub fn main(words: &[String]) {
    let [system, phase, _, settings] = words else {
        panic!("a system, a phase, a profile and settings");
    };
    let settings: Settings = serde_json::from_str(settings).expect("settings are JSON");
    let url = std::env::var("BENCH_URL").expect("the conductor says where the database is");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        match system.as_str() {
            "bare" => take_part::<Bare>(phase, &url, &settings).await,
            _ => take_part::<Docket>(phase, &url, &settings).await,
        }
    });
}

async fn take_part<Q: Queue>(phase: &str, url: &str, settings: &Settings) {
    let queue = Arc::new(Q::open(url, settings).await);
    say(&run(phase, queue.clone(), settings).await);
    // Whoever asked still reads what this process and its connections used, and then kills it.
    std::future::pending().await
}

async fn run<Q: Queue>(phase: &str, queue: Arc<Q>, asked: &Settings) -> Value {
    match phase {
        "enqueue" => enqueue(queue, asked).await,
        "batch" => {
            let start = go_ahead();
            in_batches(&*queue, asked).await;
            json!({"ops": asked.jobs, "seconds": start.elapsed().as_secs_f64()})
        }
        "work" => {
            in_batches(&*queue, asked).await;
            let counter = Counter::new(asked.jobs);
            let start = go_ahead();
            queue.work(counter.handler()).await;
            counter.finish(&*queue, start, asked.cap).await
        }
        "flow" => {
            let counter = Counter::new(asked.jobs);
            queue.work(counter.handler()).await;
            let start = go_ahead();
            in_batches(&*queue, asked).await;
            counter.finish(&*queue, start, asked.cap).await
        }
        "serve" => {
            queue.work(Arc::new(|number| say(&json!({"started": number, "at": now()})))).await;
            go_ahead();
            std::future::pending().await
        }
        "send" => send(&*queue).await,
        "fill" => {
            queue.fill(asked.from..asked.to).await;
            json!({})
        }
        "claim" => claim(&*queue, asked).await,
        "record" => record(&*queue, asked).await,
        other => panic!("{other} is no phase"),
    }
}

async fn enqueue<Q: Queue>(queue: Arc<Q>, asked: &Settings) -> Value {
    let (start, next) = (go_ahead(), Arc::new(AtomicUsize::new(0)));
    let end = start + Duration::from_secs_f64(asked.seconds);
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..asked.callers {
        let (queue, next) = (queue.clone(), next.clone());
        callers.spawn(async move {
            while Instant::now() < end {
                queue.one(caller, next.fetch_add(1, Ordering::Relaxed)).await;
            }
        });
    }
    callers.join_all().await;
    json!({"ops": next.load(Ordering::Relaxed), "seconds": start.elapsed().as_secs_f64()})
}

async fn in_batches<Q: Queue>(queue: &Q, asked: &Settings) {
    for start in (0..asked.jobs).step_by(asked.size) {
        queue.many(start..asked.jobs.min(start + asked.size)).await;
    }
}

async fn send<Q: Queue>(queue: &Q) -> Value {
    say(&json!({"ready": true}));
    while let Some(line) = next_line() {
        let (number, at) = (line.parse().expect("a number"), now());
        queue.one(0, number).await;
        say(&json!({"sent": number, "at": at}));
    }
    json!({})
}

async fn claim<Q: Queue>(queue: &Q, asked: &Settings) -> Value {
    for _ in 0..asked.count {
        queue.claim(1).await;
    }
    queue.claim(asked.size).await;
    go_ahead();
    let (mut took, mut ops) = (vec![], 0);
    for _ in 0..asked.count {
        let start = Instant::now();
        ops += queue.claim(asked.size).await;
        took.push(start.elapsed().as_secs_f64() * 1e3);
    }
    json!({"ops": ops, "took": took})
}

async fn record<Q: Queue>(queue: &Q, asked: &Settings) -> Value {
    let file = OpenOptions::new().append(true).open(&asked.file).expect("the file is there");
    let start = go_ahead();
    let leave = move |number| (&file).write_all(format!("{number:07}\n").as_bytes());
    queue.work(Arc::new(move |number| leave(number).expect("the file takes a line"))).await;
    let left = settled(queue, start, asked.cap).await;
    json!({"left": left, "seconds": start.elapsed().as_secs_f64()})
}

/// Counts what the worker has run, and knows when that was all.
struct Counter {
    jobs: usize,
    handled: Arc<AtomicUsize>,
    last: Arc<Notify>,
}

impl Counter {
    fn new(jobs: usize) -> Self {
        Self { jobs, handled: Arc::default(), last: Arc::default() }
    }

    fn handler(&self) -> Handler {
        let (jobs, handled, last) = (self.jobs, self.handled.clone(), self.last.clone());
        Arc::new(move |_| {
            if handled.fetch_add(1, Ordering::Relaxed) + 1 == jobs {
                last.notify_one();
            }
        })
    }

    async fn finish<Q: Queue>(self, queue: &Q, start: Instant, cap: f64) -> Value {
        let rest = Duration::from_secs_f64(cap).saturating_sub(start.elapsed());
        let in_time = tokio::time::timeout(rest, self.last.notified()).await.is_ok();
        let handled = self.handled.load(Ordering::Relaxed);
        let left = if in_time { settled(queue, start, cap).await } else { self.jobs - handled };
        json!({"ops": handled, "left": left, "seconds": start.elapsed().as_secs_f64()})
    }
}

/// Waits until no job is left unfinished in the database, or the time is over.
async fn settled<Q: Queue>(queue: &Q, start: Instant, cap: f64) -> usize {
    let mut left = queue.left().await;
    while left > 0 && start.elapsed().as_secs_f64() < cap {
        tokio::time::sleep(Duration::from_millis(2)).await;
        left = queue.left().await;
    }
    left
}

/// Nanoseconds of the machine's monotonic clock, which all processes share.
fn now() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

fn go_ahead() -> Instant {
    say(&json!({"ready": true}));
    next_line();
    Instant::now()
}

fn next_line() -> Option<String> {
    std::io::stdin().lock().lines().next()?.ok()
}

fn say(value: &Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}").and_then(|()| out.flush()).expect("the conductor listens");
}

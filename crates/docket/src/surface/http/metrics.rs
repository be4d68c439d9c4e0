//! What a scraper may count. Labels are names from our own tables: a label made
//! of what somebody sent would grow without end, and would tell.

use crate::{
    audit::sequence::Standing,
    job::{self, COUNTED_MAX, Tally},
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Timed {
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Promised {
    promise: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

/// How the jobs of each kind stand.
#[derive(Default)]
struct Jobs {
    counted: Mutex<Option<Instant>>,
    ready: Family<OfKind, Gauge>,
    running: Family<OfKind, Gauge>,
    dead: Family<OfKind, Gauge>,
    waits: Family<OfKind, Gauge>,
}

impl Jobs {
    fn registered(registry: &mut Registry) -> Self {
        let jobs = Self::default();
        let at_most = |what: &str| format!("{what}, counted up to {COUNTED_MAX}");
        registry.register("jobs_queued", at_most("Jobs that are ready"), jobs.ready.clone());
        registry.register("jobs_running", at_most("Jobs that run"), jobs.running.clone());
        registry.register("jobs_dead", at_most("Jobs that are dead"), jobs.dead.clone());
        let oldest = at_most("For how long the first job has been ready");
        registry.register("jobs_oldest_age_seconds", oldest, jobs.waits.clone());
        jobs
    }
}

/// The numbers of one server.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Answered, Counter>,
    seconds: Family<Timed, Histogram>,
    refusals: Family<Refused, Counter>,
    pub(super) connections: Gauge,
    log_size: Gauge,
    log_backlog: Gauge,
    breaches: Family<Promised, Gauge>,
    jobs: Jobs,
}

/// How long counted jobs are good for, however often somebody asks.
const JOBS_KEPT: Duration = Duration::from_secs(5);

/// From a cached read to a client that gave up.
const SECONDS: [f64; 12] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

impl Metrics {
    /// The numbers of a server, and those of the jobs that it does or is told of.
    pub fn new(tally: &Tally) -> Self {
        let mut registry = Registry::with_prefix("docket");
        tally.register(&mut registry);
        let requests = Family::default();
        let seconds = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> _);
        let refusals = Family::default();
        let (connections, log_size, log_backlog) =
            (Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Time to an answer", seconds.clone());
        registry.register("refusals", "Refusals by their code", refusals.clone());
        registry.register("http_connections", "Open connections", connections.clone());
        registry.register("audit_log_leaves", "Leaves of the audit log", log_size.clone());
        let waiting = "Entries that are committed and not yet leaves";
        registry.register("audit_log_backlog", waiting, log_backlog.clone());
        let breaches = Family::default();
        registry.register("clock_breaches", "Promises that were broken", breaches.clone());
        let jobs = Jobs::registered(&mut registry);
        let registry = Mutex::new(registry);
        Self {
            registry,
            requests,
            seconds,
            refusals,
            connections,
            log_size,
            log_backlog,
            breaches,
            jobs,
        }
    }

    /// Notes how far the audit log has come.
    pub(super) fn log(&self, standing: Standing) {
        self.log_size.set(i64::try_from(standing.size).unwrap_or(i64::MAX));
        self.log_backlog.set(i64::try_from(standing.backlog).unwrap_or(i64::MAX));
    }

    /// Notes how many promises were broken, by what was promised.
    pub(super) fn breaches(&self, counts: BTreeMap<String, i64>) {
        for (promise, count) in counts {
            self.breaches.get_or_create(&Promised { promise }).set(count);
        }
    }

    /// Whether the jobs are to be counted again, by whoever asks first.
    pub(super) fn wants_jobs(&self) -> bool {
        let mut counted = self.jobs.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let due = counted.is_none_or(|at| at.elapsed() >= JOBS_KEPT);
        if due {
            *counted = Some(Instant::now());
        }
        due
    }

    /// Notes how the jobs stand, by kind.
    pub(super) fn jobs(&self, standing: BTreeMap<&'static str, job::Standing>) {
        for (kind, standing) in standing {
            let kind = OfKind { kind };
            self.jobs.ready.get_or_create(&kind).set(standing.ready);
            self.jobs.running.get_or_create(&kind).set(standing.running);
            self.jobs.dead.get_or_create(&kind).set(standing.dead);
            self.jobs.waits.get_or_create(&kind).set(standing.waits.as_secs());
        }
    }

    pub(super) fn count(
        &self,
        method: &'static str,
        route: &'static str,
        status: u16,
        seconds: f64,
        code: Option<&'static str>,
    ) {
        self.requests.get_or_create(&Answered { method, route, status }).inc();
        self.seconds.get_or_create(&Timed { route }).observe(seconds);
        if let Some(code) = code {
            self.refusals.get_or_create(&Refused { code }).inc();
        }
    }

    /// The text that a scraper reads.
    ///
    /// # Errors
    /// If a number cannot be written.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(text)
    }
}

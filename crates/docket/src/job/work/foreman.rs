//! The foreman: takes jobs, has them done, and says how they ended.

mod claim;
mod renew;

use super::{
    Crew, Options,
    appetite::{Appetite, BATCH_MAX},
    attend::{Run, attend},
    keep::{Ack, Acknowledged, acknowledge},
    lease::{Lease, Why},
    stock::Stock,
};
use crate::{
    db::{Db, Ear, Scope, Word},
    failure::Failure,
    job::{CANCEL, Claimed, Ended, Held, Renewed, limit},
};
use kernel::job::How;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, Instant},
};
use tokio::{
    task::JoinSet,
    time::{Interval, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// How often leases are looked after, and progress is written down.
const RENEW_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Foreman {
    db: Db,
    crew: Crew,
    options: Options,
    stop: CancellationToken,
    ear: Ear,
    stock: Stock,
    appetite: Appetite,
    running: JoinSet<(Lease, Option<Ack>)>,
    /// Everything that was taken and not acknowledged, with what it is under.
    held: HashMap<Held, Lease>,
    acks: Vec<(Held, Ack)>,
    /// What the database is doing for us.
    asked: JoinSet<Heard>,
    claiming: bool,
    acknowledging: bool,
    renewing: bool,
    /// Whether what was said last did not get through, and is said again at the next look.
    unheard: bool,
    unrenewed: bool,
    /// How many acknowledgements go together.
    together: usize,
    leaving: Option<Instant>,
    /// How many jobs it has begun.
    begun: usize,
}

/// What the database has answered.
enum Heard {
    Claimed(Result<Vec<(&'static str, Vec<Claimed>)>, Failure>),
    Acknowledged(Result<Acknowledged, (Failure, Vec<(Held, Ack)>)>),
    Renewed(Vec<Held>, Result<BTreeMap<Held, Renewed>, Failure>),
    Limited(Result<BTreeSet<String>, Failure>),
}

/// What wakes the foreman.
enum Woken {
    Ended(Lease, Option<Ack>),
    Heard(Heard),
    Rung(BTreeSet<Word>),
    Poll,
    Renew,
    Leave,
}

impl Foreman {
    pub(super) fn new(db: Db, crew: Crew, options: Options, stop: CancellationToken) -> Self {
        let kinds = crew.kinds().map(|kind| Word::from(kind.name));
        let ear = db.bell().ear(kinds.chain([CANCEL.into()]));
        let stock = Stock::new(crew.kinds());
        Self {
            ear,
            stock,
            appetite: Appetite::new(Instant::now()),
            running: JoinSet::new(),
            held: HashMap::new(),
            acks: Vec::new(),
            asked: JoinSet::new(),
            claiming: false,
            acknowledging: false,
            renewing: false,
            unheard: false,
            unrenewed: false,
            together: BATCH_MAX,
            leaving: None,
            begun: 0,
            db,
            crew,
            options,
            stop,
        }
    }

    /// Works until it is asked to stop and nothing is left.
    pub(super) async fn work(mut self) {
        let (mut poll, mut renew) = (every(self.options.poll), every(RENEW_EVERY));
        loop {
            self.begin();
            self.claim();
            self.acknowledge();
            if self.leaving.is_some() && self.has_left() {
                return;
            }
            let woken = self.wake(&mut poll, &mut renew).await;
            self.on(woken);
        }
    }

    fn on(&mut self, woken: Woken) {
        match woken {
            Woken::Ended(lease, ack) => self.ended(lease, ack),
            Woken::Heard(heard) => self.hear(heard),
            Woken::Rung(words) => self.rung(&words),
            Woken::Poll => self.look(),
            Woken::Renew => self.renew(),
            Woken::Leave => self.leave(),
        }
        while let Some(Ok((lease, ack))) = self.running.try_join_next() {
            self.ended(lease, ack);
        }
    }

    /// Works until there is nothing it could take, and says how many jobs it began.
    pub(super) async fn work_off(mut self) -> usize {
        let (mut poll, mut renew) = (every(self.options.poll), every(RENEW_EVERY));
        self.look();
        loop {
            self.begin();
            self.claim();
            self.acknowledge();
            if self.has_left() && self.asked.is_empty() && self.stock.is_sated() {
                return self.begun;
            }
            let woken = self.wake(&mut poll, &mut renew).await;
            self.on(woken);
        }
    }

    async fn wake(&mut self, poll: &mut Interval, renew: &mut Interval) -> Woken {
        loop {
            let leaving = self.leaving.is_some();
            tokio::select! {
                // One that did not come to an end was dropped with the process.
                Some(ended) = self.running.join_next() => if let Ok((lease, ack)) = ended {
                    return Woken::Ended(lease, ack);
                },
                Some(heard) = self.asked.join_next() => if let Ok(heard) = heard {
                    return Woken::Heard(heard);
                },
                words = self.ear.heard() => return Woken::Rung(words),
                _ = poll.tick() => return Woken::Poll,
                _ = renew.tick() => return Woken::Renew,
                () = self.stop.cancelled(), if !leaving => return Woken::Leave,
            }
        }
    }

    /// Begins as many jobs as there are slots for.
    fn begin(&mut self) {
        while self.running.len() < self.options.slots && self.leaving.is_none() {
            let Some((kind, job, since)) = self.stock.next() else { return };
            let Some(skill) = self.crew.skills.get(kind.name) else { return };
            let Some(lease) = self.held.get(&job.held()).cloned() else { continue };
            if lease.is_stopped() {
                self.ended(lease.clone(), super::attend::stopped(&lease));
                continue;
            }
            let time = Duration::try_from(job.timeout).unwrap_or(Duration::MAX);
            let time = time.saturating_sub(since.elapsed());
            let run = Run { db: self.db.because_of(job.cause()), job, lease };
            self.begun += 1;
            self.running.spawn(attend(run, kind, skill.work.clone(), time));
        }
    }

    fn ended(&mut self, lease: Lease, ack: Option<Ack>) {
        self.appetite.ended(1, Instant::now());
        let measured = lease.measured(ack.as_ref());
        measured.into_iter().for_each(|one| self.crew.tally.count(one));
        match ack {
            Some(ack) => self.acks.push((lease.held(), ack)),
            None => drop(self.held.remove(&lease.held())),
        }
    }

    /// Has written down how jobs ended, if that is not being done already:
    /// whatever ends meanwhile goes together in the next transaction.
    fn acknowledge(&mut self) {
        if self.acknowledging || self.unheard || self.acks.is_empty() {
            return;
        }
        let count = self.acks.len().min(self.together);
        let acks: Vec<_> = self.acks.drain(..count).collect();
        self.acknowledging = true;
        let db = self.db.clone();
        self.asked.spawn(async move {
            let done = acknowledge(&db, acks.clone()).await;
            Heard::Acknowledged(done.map_err(|failure| (failure, acks)))
        });
    }

    fn acknowledged(&mut self, done: Result<Acknowledged, (Failure, Vec<(Held, Ack)>)>) {
        match done {
            Ok(done) => {
                self.together = BATCH_MAX;
                // Where there is a limit, an end makes room.
                self.stock.shelves().for_each(|shelf| shelf.hungry |= shelf.is_limited());
                for (held, put) in done {
                    self.held.remove(&held);
                    if put.is_err() {
                        tracing::warn!(job = %held.id, "a job had been taken back when it ended");
                    }
                }
            }
            Err((failure, acks)) => {
                super::complain(&failure, "how jobs ended could not be written");
                // What passes takes a while; asking all the time would not make it shorter.
                self.unheard = failure.passes();
                // If one of them is at fault, the others get through in smaller company.
                self.together = (acks.len() / 2).max(1);
                self.acks.extend(acks);
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Claimed(claimed) => {
                self.claiming = false;
                match claimed {
                    Ok(all) => self.claimed(all),
                    Err(failure) => {
                        super::complain(&failure, "no jobs could be taken");
                    }
                }
            }
            Heard::Acknowledged(done) => {
                self.acknowledging = false;
                self.acknowledged(done);
            }
            Heard::Renewed(asked, renewed) => {
                self.renewing = false;
                match renewed {
                    Ok(renewed) => self.renewed(&asked, &renewed),
                    Err(failure) => {
                        super::complain(&failure, "leases could not be renewed");
                        self.unrenewed = true;
                    }
                }
            }
            Heard::Limited(Ok(kinds)) => {
                for shelf in self.stock.shelves() {
                    let limited = kinds.contains(shelf.kind.name);
                    // What was left to those who know of the limit.
                    shelf.hungry |= limited && !shelf.limited;
                    shelf.limited = limited;
                }
            }
            Heard::Limited(Err(failure)) => {
                super::complain(&failure, "the limits could not be read");
            }
        }
    }

    fn rung(&mut self, words: &BTreeSet<Word>) {
        for shelf in self.stock.shelves() {
            shelf.hungry |= words.contains(shelf.kind.name);
        }
        if words.contains(CANCEL) {
            self.renew();
        }
    }

    /// Looks without having been rung for.
    fn look(&mut self) {
        self.stock.shelves().for_each(|shelf| shelf.hungry = true);
        if self.leaving.is_none() {
            let db = self.db.clone();
            let kinds =
                async move { db.read(Scope::Everyone, |snap| Ok(limit::kinds(snap)?)).await };
            self.asked.spawn(async move { Heard::Limited(kinds.await) });
        }
        if self.leaving.is_some_and(|since| since.elapsed() >= self.options.drain) {
            self.held.values().for_each(|lease| lease.stop(Why::Leaving));
            if self.unheard {
                // Nobody is there to be told. The leases pass by themselves.
                self.acks.clear();
            }
        }
        self.unheard = false;
        if std::mem::take(&mut self.unrenewed) {
            self.renew();
        }
    }

    fn leave(&mut self) {
        self.leaving = Some(Instant::now());
        self.put_back();
    }

    /// Gives back what has not begun.
    fn put_back(&mut self) {
        let waiting = self.stock.clear(None);
        self.release(waiting);
    }

    fn release(&mut self, jobs: Vec<Claimed>) {
        let released = |job: Claimed| (job.held(), Ack::End(Ended::by(How::Released)));
        self.acks.extend(jobs.into_iter().map(released));
    }

    fn has_left(&self) -> bool {
        self.running.is_empty() && self.acks.is_empty() && !self.acknowledging && !self.claiming
    }
}

fn every(period: Duration) -> Interval {
    let mut every = interval(period);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}

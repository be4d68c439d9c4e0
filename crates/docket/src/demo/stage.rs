//! The day of the demo: a clock that stands still until everybody waits, and
//! then jumps to the next thing that happens.
//!
//! Each call is played by a task of its own. A task that waits says until when;
//! once none is at work, time moves to the earliest of those moments and wakes
//! everybody who waited for it. So a week passes in seconds, holds and shifts
//! and targets keep their meaning, and nothing ever happens out of order.

use jiff::{SignedDuration, Timestamp};
use kernel::clock::Clock;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::oneshot;

/// How much later it is each time somebody asks, so that what happens one after
/// the other is also told in that order.
const TICK: SignedDuration = SignedDuration::from_micros(1);

/// A clock that the stage moves.
pub struct Hands(Mutex<Timestamp>);

impl Hands {
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Later, if it is not that late yet.
    fn move_to(&self, at: Timestamp) {
        let mut now = self.0.lock().expect("nobody panics while holding the clock");
        *now = at.max(*now);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().expect("nobody panics while holding the clock");
        *now += TICK;
        *now
    }
}

/// Where everybody waits for their cue.
#[derive(Clone)]
pub struct Stage(Arc<Inner>);

struct Inner {
    clock: Arc<Hands>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    at_work: usize,
    sleepers: BTreeMap<Timestamp, Vec<oneshot::Sender<()>>>,
}

/// Somebody who is on the stage. Time stands still while one of them is at work.
pub struct Player {
    stage: Stage,
}

impl Stage {
    pub fn new(clock: Arc<Hands>) -> Self {
        Self(Arc::new(Inner { clock, waiting: Mutex::default() }))
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Somebody comes on. All who are to begin together have to be on before
    /// the first of them waits.
    pub fn enter(&self) -> Player {
        self.waiting().at_work += 1;
        Player { stage: self.clone() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().expect("nobody panics while holding the stage")
    }

    /// One less is at work; if that was the last, time moves.
    fn rest(&self, mut waiting: MutexGuard<'_, Waiting>) {
        // Somebody dropped while asleep was not at work any more.
        waiting.at_work = waiting.at_work.saturating_sub(1);
        if waiting.at_work > 0 {
            return;
        }
        let Some((at, sleepers)) = waiting.sleepers.pop_first() else { return };
        self.0.clock.move_to(at);
        waiting.at_work = sleepers.len();
        for sleeper in sleepers {
            let _ = sleeper.send(());
        }
    }
}

impl Player {
    pub fn now(&self) -> Timestamp {
        self.stage.now()
    }

    /// Waits for a moment; one that has passed is not waited for.
    pub async fn until(&self, at: Timestamp) {
        let woken = {
            let mut waiting = self.stage.waiting();
            if at <= self.stage.now() {
                return;
            }
            let (wake, woken) = oneshot::channel();
            waiting.sleepers.entry(at).or_default().push(wake);
            self.stage.rest(waiting);
            woken
        };
        // The sender lives on the stage until it speaks, so this cannot fail.
        let _ = woken.await;
    }

    /// Waits until it is so many minutes later, to the full minute, so that
    /// those who began together go on together.
    pub async fn pause(&self, minutes: i64) {
        let minute = self.now().as_second().div_euclid(60).saturating_add(minutes);
        let at = Timestamp::from_second(minute.saturating_mul(60));
        self.until(at.unwrap_or(Timestamp::MAX)).await;
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let waiting = self.stage.waiting();
        self.stage.rest(waiting);
    }
}

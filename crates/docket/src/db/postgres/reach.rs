//! Whether the database is there, as far as this process has noticed.
//!
//! A server that stands still keeps its connections and answers on none of them.
//! One connection asks all the time; when it hears nothing and cannot be made anew,
//! whoever waits for an answer is told that there will be none.
//!
//! While it is away, one of those who need it asks whether it is back, and the
//! others hear at once that it is not. That it went and that it came is logged,
//! once each.

use super::{
    options::{Options, REACHED_WITHIN},
    wire::{Cord, Wire},
};
use crate::failure::Fault;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

/// How long nobody asks after somebody asked in vain.
const PAUSE: Duration = Duration::from_millis(250);

#[derive(Default)]
pub(super) struct Reach {
    /// Nothing while it is there.
    away: Mutex<Option<Away>>,
    /// What every connection hangs by.
    cords: Mutex<Vec<Weak<Cord>>>,
}

/// When it was last there, and when to ask again.
struct Away {
    since: Instant,
    again: Instant,
}

impl Reach {
    /// Connects, unless that failed a moment ago.
    pub(super) fn connect(&self, options: &Options) -> Result<Wire, Fault> {
        self.ask()?;
        let wire = self.noted(Wire::connect(options))?;
        self.hold(&wire);
        Ok(wire)
    }

    /// Has a connection cut with the others.
    pub(super) fn hold(&self, wire: &Wire) {
        let mut cords = self.cords.lock().unwrap_or_else(PoisonError::into_inner);
        cords.retain(|cord| cord.strong_count() > 0);
        cords.push(Arc::downgrade(wire.cord()));
    }

    /// Has nobody wait any longer for what was asked.
    pub(super) fn cut(&self) {
        let cords = self.cords.lock().unwrap_or_else(PoisonError::into_inner);
        cords.iter().filter_map(Weak::upgrade).for_each(|cord| cord.cut());
    }

    /// Notes whether somebody who connected got through.
    pub(super) fn noted<T>(&self, connected: Result<T, Fault>) -> Result<T, Fault> {
        match &connected {
            Ok(_) => self.is_there(),
            Err(Fault::Unavailable(why)) => self.is_away(why),
            Err(_) => {}
        }
        connected
    }

    fn ask(&self) -> Result<(), Fault> {
        let now = Instant::now();
        match &mut *self.held() {
            Some(away) if now < away.again => {
                Err(Fault::Unavailable("it was not there a moment ago".to_owned()))
            }
            Some(away) => {
                // However long this takes, the others need not wait for it too.
                away.again = now + REACHED_WITHIN;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn is_there(&self) {
        if let Some(away) = self.held().take() {
            let seconds = away.since.elapsed().as_secs();
            tracing::info!(seconds, "the database is back");
        }
    }

    fn is_away(&self, why: &str) {
        let now = Instant::now();
        let mut held = self.held();
        let since = match &*held {
            Some(away) => away.since,
            None => {
                tracing::error!(error = why, "the database is away; calls are told to wait");
                now
            }
        };
        *held = Some(Away { since, again: now + PAUSE });
    }

    fn held(&self) -> MutexGuard<'_, Option<Away>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Jobs that were taken and have not begun, kind by kind.

use crate::job::{Claimed, Kind};
use kernel::id::{Id, Tenant};
use std::{collections::VecDeque, time::Instant};

/// One kind, as the foreman sees it.
pub(super) struct Shelf {
    pub kind: &'static Kind,
    pub jobs: VecDeque<(Claimed, Instant)>,
    /// Whether there may be more to take.
    pub hungry: bool,
    /// The tenant that was served last.
    pub after: Option<Id<Tenant>>,
    /// Whether some tenant limits it.
    pub limited: bool,
}

impl Shelf {
    /// Whether there may be jobs that nobody may take just now.
    pub(super) fn is_limited(&self) -> bool {
        self.limited || self.kind.terms.running_max.is_some()
    }
}

/// Every kind the process can do.
pub(super) struct Stock {
    shelves: Vec<Shelf>,
    /// Whose turn it is.
    turn: usize,
}

impl Stock {
    pub(super) fn new(kinds: impl Iterator<Item = &'static Kind>) -> Self {
        let shelf =
            |kind| Shelf { kind, jobs: VecDeque::new(), hungry: true, after: None, limited: false };
        Self { shelves: kinds.map(shelf).collect(), turn: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.shelves.iter().map(|shelf| shelf.jobs.len()).sum()
    }

    /// Whether there is nothing to begin, and nothing more to take.
    pub(super) fn is_sated(&self) -> bool {
        self.shelves.iter().all(|shelf| shelf.jobs.is_empty() && !shelf.hungry)
    }

    pub(super) fn shelves(&mut self) -> impl Iterator<Item = &mut Shelf> {
        self.shelves.iter_mut()
    }

    pub(super) fn hungry(&mut self) -> impl Iterator<Item = &mut Shelf> {
        self.shelves.iter_mut().filter(|shelf| shelf.hungry)
    }

    pub(super) fn shelf(&mut self, kind: &str) -> Option<&mut Shelf> {
        self.shelves.iter_mut().find(|shelf| shelf.kind.name == kind)
    }

    /// The next job to begin, the kinds in turns.
    pub(super) fn next(&mut self) -> Option<(&'static Kind, Claimed, Instant)> {
        for _ in 0..self.shelves.len() {
            self.turn = (self.turn + 1) % self.shelves.len();
            let shelf = &mut self.shelves[self.turn];
            if let Some((job, since)) = shelf.jobs.pop_front() {
                return Some((shelf.kind, job, since));
            }
        }
        None
    }

    /// Takes out what has waited since before `since`; all of it, if nothing is said.
    pub(super) fn clear(&mut self, since: Option<Instant>) -> Vec<Claimed> {
        let mut cleared = Vec::new();
        for shelf in &mut self.shelves {
            let waits = |at: &Instant| since.is_none_or(|since| *at < since);
            while shelf.jobs.front().is_some_and(|(_, at)| waits(at)) {
                cleared.extend(shelf.jobs.pop_front().map(|(job, _)| job));
            }
        }
        cleared
    }
}

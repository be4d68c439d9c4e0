//! The diary on the dispatcher's desk: which technician is free when.
//!
//! Docket refuses a double booking whatever the diary says. The diary is there
//! so that a window is not offered to a customer that nobody can keep.

use super::crew::Member;
use jiff::{SignedDuration, Timestamp, civil::Time, tz::TimeZone};
use kernel::{key::Key, window::Window};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

/// Windows begin on the half hour.
const STEP: SignedDuration = SignedDuration::from_mins(30);
/// Nobody is offered a window further away.
const DAYS_MAX: i64 = 60;
const OPENS: Time = Time::constant(8, 0, 0, 0);
const CLOSES: Time = Time::constant(18, 0, 0, 0);

pub struct Diary {
    members: Vec<Planned>,
}

struct Planned {
    skills: BTreeSet<Key>,
    territories: BTreeSet<Key>,
    zone: TimeZone,
    on_call: bool,
    /// From when to when, by when.
    booked: Mutex<BTreeMap<Timestamp, Timestamp>>,
}

/// What a job asks of whoever goes.
#[derive(Clone, Debug)]
pub struct Job {
    pub skills: BTreeSet<Key>,
    pub territory: Key,
    pub minutes: u32,
    /// At any hour, by whoever is on call.
    pub urgent: bool,
}

/// A window that somebody can keep.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    pub member: usize,
    pub window: Window,
}

impl Diary {
    pub fn of(crew: &[Member]) -> Self {
        let members = crew.iter().map(|member| Planned {
            skills: member.skills.clone(),
            territories: member.territories.clone(),
            zone: member.zone.clone(),
            on_call: member.on_call,
            booked: Mutex::default(),
        });
        Self { members: members.collect() }
    }

    /// The first window from `from` on that somebody can keep, written down.
    pub fn book(&self, job: &Job, from: Timestamp, not: Option<usize>) -> Option<Slot> {
        let length = SignedDuration::from_mins(i64::from(job.minutes));
        let mut start = half_hour_after(from);
        let last = from + SignedDuration::from_hours(24 * DAYS_MAX);
        let fit: Vec<_> = self.members.iter().enumerate().filter(|(_, it)| it.can(job)).collect();
        while !fit.is_empty() && start < last {
            for (member, planned) in fit.iter().filter(|(member, _)| Some(*member) != not) {
                let end = start + length;
                if planned.works(start, end, job.urgent) && planned.take(start, end) {
                    let window = Window::new(start, end).ok()?;
                    return Some(Slot { member: *member, window });
                }
            }
            start += STEP;
        }
        None
    }

    /// Somebody else goes, or nobody.
    pub fn free(&self, slot: Slot) {
        let mut booked = self.members[slot.member].lock();
        booked.remove(&slot.window.start());
    }

    /// Whether the job can move to somebody else in its window; then it has.
    pub fn hand_over(&self, slot: Slot, to: usize) -> Option<Slot> {
        let (start, end) = (slot.window.start(), slot.window.end());
        if to == slot.member {
            return Some(slot);
        }
        if !self.members[to].take(start, end) {
            return None;
        }
        self.free(slot);
        Some(Slot { member: to, window: slot.window })
    }
}

impl Planned {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Timestamp, Timestamp>> {
        self.booked.lock().expect("nobody panics while writing into the diary")
    }

    fn can(&self, job: &Job) -> bool {
        self.territories.contains(&job.territory) && job.skills.is_subset(&self.skills)
    }

    fn works(&self, start: Timestamp, end: Timestamp, urgent: bool) -> bool {
        if urgent && self.on_call {
            return true;
        }
        let (from, to) = (start.to_zoned(self.zone.clone()), end.to_zoned(self.zone.clone()));
        let weekday = from.date().weekday() != jiff::civil::Weekday::Sunday;
        weekday && from.date() == to.date() && from.time() >= OPENS && to.time() <= CLOSES
    }

    fn take(&self, start: Timestamp, end: Timestamp) -> bool {
        let mut booked = self.lock();
        let before = booked.range(..end).next_back();
        if before.is_some_and(|(_, until)| *until > start) {
            return false;
        }
        booked.insert(start, end);
        true
    }
}

fn half_hour_after(at: Timestamp) -> Timestamp {
    let step = STEP.as_secs();
    let seconds = at.as_second().div_euclid(step).saturating_add(1).saturating_mul(step);
    Timestamp::from_second(seconds).unwrap_or(at)
}

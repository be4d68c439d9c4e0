//! So many requests a second per token: a bucket that drips full again.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// How fast one token may ask, where that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    pub per_second: u32,
    /// How many may come at once.
    pub burst: u32,
}

/// More tokens than this are not kept apart; full buckets are forgotten first,
/// which changes nothing for their owners.
const BUCKETS_MAX: usize = 16_384;
const SHARDS: usize = 16;

pub(super) struct Buckets {
    pace: Option<Pace>,
    shards: [Mutex<HashMap<String, Bucket>>; SHARDS],
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// What is left of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    pub pace: Pace,
    pub left: u32,
    /// Seconds until the bucket is full, or, for whoever waits, until one more fits.
    pub seconds: u32,
    pub spent: bool,
}

impl Buckets {
    pub fn new(pace: Option<Pace>) -> Self {
        Self { pace, shards: Default::default() }
    }

    /// Takes one request out of a bucket; nothing where there is no limit.
    pub fn take(&self, owner: &str, now: Instant) -> Option<Quota> {
        let pace = self.pace?;
        let mut shard = self.shards[shard_of(owner)].lock().unwrap_or_else(PoisonError::into_inner);
        if !shard.contains_key(owner) {
            if shard.len() >= BUCKETS_MAX / SHARDS {
                shard.retain(|_, bucket| bucket.filled(pace, now) < f64::from(pace.burst));
            }
            if shard.len() >= BUCKETS_MAX / SHARDS {
                shard.clear();
            }
            let full = Bucket { left: f64::from(pace.burst), at: now };
            shard.insert(owner.to_owned(), full);
        }
        shard.get_mut(owner).map(|bucket| bucket.take(pace, now))
    }
}

impl Bucket {
    fn filled(&self, pace: Pace, now: Instant) -> f64 {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        (self.left + since * f64::from(pace.per_second)).min(f64::from(pace.burst))
    }

    fn take(&mut self, pace: Pace, now: Instant) -> Quota {
        let filled = self.filled(pace, now);
        let spent = filled < 1.0;
        *self = Self { left: if spent { filled } else { filled - 1.0 }, at: now };
        let wanted = if spent { 1.0 } else { f64::from(pace.burst) };
        let seconds = ((wanted - self.left) / f64::from(pace.per_second)).ceil() as u32;
        Quota { pace, left: self.left as u32, seconds: seconds.max(1), spent }
    }
}

fn shard_of(owner: &str) -> usize {
    owner.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % SHARDS
}

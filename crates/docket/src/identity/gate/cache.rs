//! Tokens that were accepted, by their digest.

use crate::identity::Caller;
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

const SHARDS: usize = 16;
/// Tokens per shard. Only a token that was accepted gets here, so it takes that
/// many real ones to fill it, and then some are asked about again.
const SHARD_MAX: usize = 1_024;

#[derive(Clone)]
pub(super) struct Known {
    pub caller: Arc<Caller>,
    /// In seconds since 1970.
    pub until: i64,
    pub generation: u64,
    /// Whether the login is in the audit log.
    pub admitted: bool,
}

#[derive(Default)]
pub(super) struct Cache([RwLock<HashMap<[u8; 32], Known>>; SHARDS]);

impl Cache {
    fn shard(&self, digest: &[u8; 32]) -> &RwLock<HashMap<[u8; 32], Known>> {
        &self.0[usize::from(digest[0]) % SHARDS]
    }

    pub(super) fn get(&self, digest: &[u8; 32], now: i64, generation: u64) -> Option<Known> {
        let shard = self.shard(digest).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(digest).filter(|known| known.holds(now, generation)).cloned()
    }

    pub(super) fn put(&self, digest: [u8; 32], known: Known, now: i64) {
        let mut shard = self.shard(&digest).write().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= SHARD_MAX {
            shard.retain(|_, other| other.holds(now, known.generation));
            if shard.len() >= SHARD_MAX {
                shard.clear();
            }
        }
        shard.insert(digest, known);
    }
}

impl Known {
    fn holds(&self, now: i64, generation: u64) -> bool {
        now < self.until && self.generation == generation
    }
}

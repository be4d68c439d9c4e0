//! How the foreman takes jobs.

use super::{BATCH_MAX, Foreman, Heard, Lease};
use crate::{
    db::Tx,
    job::{Claimed, Measured, Want, carry, claim, claim::last_served},
};
use std::time::Instant;

impl Foreman {
    /// Asks for more, if there may be any and there is room.
    pub(super) fn claim(&mut self) {
        if self.claiming || self.leaving.is_some() || self.acks.len() > 2 * BATCH_MAX {
            return;
        }
        let target = self.options.slots + self.appetite.ahead();
        let stocked = self.stock.len();
        let room = target.saturating_sub(self.running.len() + stocked);
        if room == 0 || (stocked > 0 && room < target / 2) {
            return;
        }
        let hungry = self.stock.hungry().count();
        if hungry == 0 {
            return;
        }
        let max = room.div_ceil(hungry).min(BATCH_MAX);
        let worker = &self.options.name;
        let wants: Vec<Want> = self
            .stock
            .hungry()
            .map(|shelf| {
                // Whoever rings from now on may mean more than this claim sees.
                shelf.hungry = false;
                Want {
                    kind: shelf.kind.name,
                    max,
                    after: shelf.after,
                    lease: shelf.kind.terms.lease,
                    worker: worker.clone(),
                    running_max: shelf.kind.terms.running_max,
                    limited: shelf.limited,
                }
            })
            .collect();
        self.claiming = true;
        let db = self.db.clone();
        self.asked.spawn(async move {
            let step = move |tx: &mut Tx<'_>| {
                let mut all = Vec::with_capacity(wants.len());
                for want in &wants {
                    all.push((want.kind, claim(tx, want)?));
                }
                Ok(all)
            };
            Heard::Claimed(carry(&db, step).await)
        });
    }

    /// Puts on the shelf what was taken.
    pub(super) fn claimed(&mut self, all: Vec<(&'static str, Vec<Claimed>)>) {
        let now = Instant::now();
        for (kind, jobs) in all {
            let Some(shelf) = self.stock.shelf(kind) else { continue };
            // There may be more as long as there was any.
            shelf.hungry |= !jobs.is_empty();
            shelf.after = last_served(shelf.after, &jobs).or(shelf.after);
            for job in jobs {
                let waited = job.claimed_at.duration_since(job.due_at);
                self.crew.tally.count(Measured::Taken { kind, waited });
                let lease = Lease::new(&job, shelf.kind);
                self.held.insert(job.held(), lease);
                shelf.jobs.push_back((job, now));
            }
        }
        if self.leaving.is_some() {
            self.put_back();
        }
    }
}

//! How the foreman keeps the jobs it holds.

use super::{Foreman, Heard, Lease, Why};
use crate::job::{Held, Renewal, Renewed, work::keep::keep};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Who has waited this long for a slot is better off with somebody else.
const WAIT_MAX: Duration = Duration::from_secs(10);

impl Foreman {
    /// Keeps what it holds, and gives back what it does not get round to.
    pub(super) fn renew(&mut self) {
        let late = Instant::now().checked_sub(WAIT_MAX);
        let waiting = late.map(|late| self.stock.clear(Some(late))).unwrap_or_default();
        self.release(waiting);
        if self.renewing || self.held.is_empty() {
            return;
        }
        let now = self.db.clock().now();
        let until = |lease: &Lease| now.checked_add(lease.length()).unwrap_or(now);
        let wishes: Vec<Renewal> = self
            .held
            .iter()
            .filter(|(_, lease)| !lease.is_stopped())
            .map(|(held, lease)| Renewal {
                held: *held,
                until: until(lease),
                progress: lease.news(),
            })
            .collect();
        let asked: Vec<Held> = wishes.iter().map(|wish| wish.held).collect();
        self.renewing = true;
        let db = self.db.clone();
        self.asked.spawn(async move { Heard::Renewed(asked, keep(&db, wishes).await) });
    }

    /// Tells whoever has lost a job, or is to stop.
    pub(super) fn renewed(&mut self, asked: &[Held], renewed: &BTreeMap<Held, Renewed>) {
        for held in asked {
            // What has ended meanwhile is not there to be renewed.
            let Some(lease) = self.held.get(held) else { continue };
            match renewed.get(held) {
                Some(renewed) if renewed.cancel_asked => lease.stop(Why::Cancelled),
                Some(_) => {}
                None => lease.stop(Why::Lost),
            }
        }
    }
}

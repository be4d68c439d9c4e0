//! Calls that may wait: a claim that found nothing is asked again when there may be
//! something, until its time is over.
//!
//! ```text
//!   listen ──▶ ask ──▶ nothing ──▶ wait for a ring ──▶ who is it still? ──▶ look ──▶ ask again
//!                                  (no transaction,                        (a snapshot)
//!                                   no connection)
//! ```
//!
//! Whoever listens before they ask misses nothing. A ring may be lost and a limit
//! may end without one, so they look after a while all the same. Everything is held
//! by the future that waits: with it, it is gone.

use super::{Answer, Call, Denied, Door, idempotency};
use crate::{
    db::{Ear, Snap, Word},
    identity::Caller,
    job::{self, tool::claim::Claim},
};
use kernel::{
    id::{Id, Principal, Tenant},
    job::KindName,
    refusal::{Code, Refusal},
    tool::Tool,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

/// How many calls of one principal may wait at a time, in one process.
const OF_ONE_MAX: usize = 64;
/// How many may wait at a time, in one process.
const WAITING_MAX: usize = 512;
/// For how long nobody looks who hears nothing.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What a call would wait for, and for how long.
pub(crate) struct Patience {
    pub kinds: Vec<KindName>,
    pub time: Duration,
}

/// How many calls of each wait.
type ByWhom = HashMap<(Id<Tenant>, Id<Principal>), usize>;

/// Who waits, in this process.
#[derive(Default)]
pub(super) struct Waiters {
    by: Mutex<ByWhom>,
    count: watch::Sender<usize>,
    /// Has everybody stop waiting.
    leave: CancellationToken,
}

/// A place among those who wait, until it is dropped.
struct Place<'a> {
    waiters: &'a Waiters,
    of: (Id<Tenant>, Id<Principal>),
}

impl Waiters {
    fn place(&self, caller: &Caller) -> Option<Place<'_>> {
        let of = (caller.tenant, caller.actor);
        let mut by = self.by();
        if *self.count.borrow() >= WAITING_MAX || by.get(&of).is_some_and(|n| *n >= OF_ONE_MAX) {
            return None;
        }
        *by.entry(of).or_default() += 1;
        self.count.send_modify(|count| *count += 1);
        Some(Place { waiters: self, of })
    }

    fn by(&self) -> MutexGuard<'_, ByWhom> {
        self.by.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut by = self.waiters.by();
        if let Some(count) = by.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                by.remove(&self.of);
            }
        }
        self.waiters.count.send_modify(|count| *count -= 1);
    }
}

/// What a call would wait for, if it is one that may wait and says so.
fn patience(call: &Call) -> Option<Patience> {
    if call.tool != Tool::JobClaim {
        return None;
    }
    super::parse::<Claim>(&call.input).ok()?.patience()
}

impl Door {
    /// Whether a call may wait before it is answered.
    pub fn may_wait(&self, call: &Call) -> bool {
        patience(call).is_some()
    }

    /// Answers one call as [`Door::call`] does; one that took nothing and said
    /// that it has time is answered when there is something, or with nothing when
    /// its time is over. Who calls is asked again before everything it does then.
    ///
    /// # Errors
    /// See [`Door::call`]; what `again` refuses; `request.too_many`, if too many
    /// wait already.
    pub async fn call_in_time<F>(
        &self,
        caller: &Arc<Caller>,
        call: Call,
        again: impl Fn() -> F,
    ) -> Result<Answer, Denied>
    where
        F: Future<Output = Result<Arc<Caller>, Denied>>,
    {
        let Some(patience) = patience(&call) else { return self.call(caller, call).await };
        let until = Instant::now() + patience.time;
        let words = patience.kinds.iter().map(|kind| Word::from(kind.to_string()));
        let ear = self.db().bell().ear(words);
        let mut answer = self.call(caller, call.clone()).await?;
        if !answer.idle {
            return Ok(answer);
        }
        let Some(_place) = self.0.waiters.place(caller) else {
            let refusal = Refusal::new(Code::TooManyRequests, "too many calls of yours wait");
            return Err(self.turn_away(caller, &call, refusal).await);
        };
        while answer.idle && self.waits(&ear, until).await {
            let caller = again().await?;
            if self.is_there(&caller, &call, &patience.kinds).await? {
                answer = self.call(&caller, call.clone()).await?;
            }
        }
        Ok(answer)
    }

    /// Waits until it is time to look; says whether there is time for that at all.
    async fn waits(&self, ear: &Ear, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        tokio::select! {
            // Whoever is told to leave has no time left.
            () = self.0.waiters.leave.cancelled() => false,
            rung = timeout(left.min(LOOK_EVERY), ear.heard()) => rung.is_ok() || left > LOOK_EVERY,
        }
    }

    /// Whether there seems to be something to take, or the same call has been
    /// answered meanwhile. To look costs nobody anything.
    async fn is_there(
        &self,
        caller: &Caller,
        call: &Call,
        kinds: &[KindName],
    ) -> Result<bool, Denied> {
        let (tenant, kinds) = (caller.tenant, kinds.to_vec());
        let (caller, tool, key) = (caller.clone(), call.tool, call.key.clone());
        let look = move |snap: &Snap<'_>| {
            if idempotency::is_answered(snap, &caller, tool, key.as_deref().unwrap_or_default())? {
                return Ok(true);
            }
            for kind in &kinds {
                if job::is_ready(snap, tenant, kind.as_str())? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        Ok(self.db().read(tenant, look).await?)
    }

    /// Has nobody wait any more, now or later: the process is to end.
    pub fn stop_waiting(&self) {
        self.0.waiters.leave.cancel();
    }

    /// How many calls wait.
    pub fn waiting(&self) -> watch::Receiver<usize> {
        self.0.waiters.count.subscribe()
    }
}

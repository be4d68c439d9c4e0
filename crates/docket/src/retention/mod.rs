//! Retention: forgetting what nobody can use any more.
//!
//! | what | may go | because |
//! |---|---|---|
//! | recorded logins (`admission`) | an hour after the token expired | no gate lets it in again |
//! | proofs that were shown (`replay_nonce`) | an hour after they ended | nobody takes one that late |
//! | revoked tokens (`revocation`) | a day after they were revoked | a token lives 15 minutes at most |
//! | first voices (`countersign`) | a week after they expired unconfirmed | nobody can confirm one |
//! | rows an import set aside (`import_bad`) | 30 days after it was asked for | they hold what people wrote about people |
//! | stored answers (`idempotency`) | after two days | see [`crate::door::idempotency`] |
//! | keys of jobs, and ended jobs | as `job` says | see [`crate::job::forget`] |
//! | uploads nobody finished | after a day | see [`crate::evidence::Store::sweep`] |
//!
//! Revoked keys stay for good: whoever has such a key can sign with it at any
//! time. So do revoked principals, and voices that were confirmed, which are
//! part of what they allowed; and policy tokens that were used or revoked, because each
//! is used once. What a transaction forgets is bounded, and leaves
//! one entry with its numbers.

use crate::{
    audit::{Recorded, record::by_docket},
    db::{Committed, Sql, Tx, args, statements},
    failure::Failure,
    identity,
    job::{
        self, Kind, NewJob,
        work::{Done, Lease, Round, Run, Stop},
    },
};
use jiff::{SignedDuration, Timestamp};
use kernel::id::{Id, Tenant};
use serde_json::json;

statements! {
    RETENTION_TENANTS = "tenants.sql";
    ADMISSIONS_PRUNE = "admissions.sql" | "admissions.postgres.sql";
    REVOCATIONS_PRUNE = "revocations.sql" | "revocations.postgres.sql";
    COUNTERSIGNS_PRUNE = "countersigns.sql" | "countersigns.postgres.sql";
    NONCES_PRUNE = "nonces.sql" | "nonces.postgres.sql";
    QUARANTINED_PRUNE = "quarantined.sql" | "quarantined.postgres.sql";
}

/// Forgets what a tenant can use no more.
pub(crate) static PRUNE: Kind = Kind::new("retention.prune");

/// Looks for tenants that have something to forget.
pub(crate) const ROUND: Round =
    Round { name: "retention", every: SignedDuration::from_hours(1), look: look_round };

/// At most this many of a sort are forgotten in one transaction, so that nobody
/// waits long behind it.
const BATCH_MAX: i64 = 500;

/// Something that passes.
struct Passing {
    /// As the entry counts it.
    name: &'static str,
    prune: &'static Sql,
    /// How long after its time it stays: longer than clocks may differ, and long
    /// enough to look into what has just happened.
    kept: SignedDuration,
}

static PASSING: [Passing; 5] = [
    Passing { name: "admissions", prune: &ADMISSIONS_PRUNE, kept: SignedDuration::from_hours(1) },
    Passing {
        name: "revocations",
        prune: &REVOCATIONS_PRUNE,
        kept: SignedDuration::from_hours(24),
    },
    Passing {
        name: "countersigns",
        prune: &COUNTERSIGNS_PRUNE,
        kept: SignedDuration::from_hours(7 * 24),
    },
    Passing {
        name: "quarantined",
        prune: &QUARANTINED_PRUNE,
        kept: SignedDuration::from_hours(30 * 24),
    },
    Passing { name: "proofs", prune: &NONCES_PRUNE, kept: SignedDuration::from_hours(1) },
];

// What is revoked has to be known for as long as a token may still come.
const _: () = assert!(identity::LIFE_MAX.as_secs() + 2 * identity::SKEW.as_secs() < 24 * 3600);

impl Passing {
    fn before(&self, now: Timestamp) -> Timestamp {
        now.checked_sub(self.kept).unwrap_or(Timestamp::MIN)
    }
}

fn look_round(tx: &mut Tx<'_>) -> Result<(), Failure> {
    let [admissions, revocations, countersigns, quarantined, proofs] =
        PASSING.each_ref().map(|passing| passing.before(tx.now()));
    let args = args![admissions, revocations, countersigns, quarantined, proofs];
    let tenants: Vec<Id<Tenant>> = tx.all(&RETENTION_TENANTS, args, |row| row.get(0))?;
    for tenant in tenants {
        job::enqueue_alone(tx, tenant, NewJob::new(&PRUNE, &json!({}))?)?;
    }
    Ok(())
}

/// Does the job, a batch at a time; it ends with the last.
pub(crate) async fn prune(run: Run) -> Result<Done, Stop> {
    let (tenant, mut pruned) = (run.job.tenant, [0; PASSING.len()]);
    loop {
        let lease = run.lease.clone();
        let step = move |tx: &mut Tx<'_>| match prune_some(tx, tenant, pruned, &lease) {
            Ok((some, recorded)) => Committed::Changed(some, recorded),
            Err(failure) => Committed::Failed(failure),
        };
        let (all, ended) = run.db.write(tenant, step).await?;
        if ended {
            return Ok(Done::Committed);
        }
        pruned = all;
    }
}

type Pruned = [usize; PASSING.len()];

/// Forgets a batch, and ends the job with the last. Says how many of each were
/// forgotten in all, and whether that was the last.
fn prune_some(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    mut pruned: Pruned,
    lease: &Lease,
) -> Result<((Pruned, bool), Recorded), Failure> {
    // Two who forget the same take turns, and not each other's rows.
    tx.lock("retention", "prune");
    let mut entry = by_docket(tenant, tx.new_id(), tx.now(), PRUNE.name);
    let mut ended = true;
    for (passing, pruned) in PASSING.iter().zip(&mut pruned) {
        let args = args![tenant, passing.before(tx.now()), BATCH_MAX];
        let some = tx.execute(passing.prune, args)?;
        if some > 0 {
            entry.payload.insert(passing.name.to_owned(), some.into());
        }
        *pruned += some;
        ended &= some < BATCH_MAX as usize;
    }
    if ended {
        let result = PASSING.iter().zip(pruned).map(|(passing, some)| (passing.name, some));
        lease.complete(tx, &result.collect::<std::collections::BTreeMap<_, _>>())?;
    }
    if entry.payload.is_empty() {
        return Ok(((pruned, ended), Recorded::by_the_jobs()));
    }
    let recorded = tx.record(&entry)?;
    Ok(((pruned, ended), recorded))
}

#[cfg(test)]
mod tests;

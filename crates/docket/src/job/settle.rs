//! Jobs that wait for others, and what becomes of them when those end.

use super::end::{Kept, bury, kept};
use crate::{
    db::{Tx, args, statements},
    failure::{Failure, Fault},
    job::IfUnmet,
};
use kernel::{
    id::{Id, Job, Tenant},
    job::Phase,
    refusal::{Code, Refusal},
};

statements! {
    FOLLOW = "follow.sql";
    FOLLOW_DONE = "follow_done.sql";
    DONE_PHASE = "done_phase.sql";
    AFTER_ADD = "after_add.sql";
    AFTER_FORGET = "after_forget.sql";
    AFTER_LEAVE = "after_leave.sql";
    UNBLOCK = "unblock.sql";
    FOLLOWERS = "followers.sql" | "followers.postgres.sql";
}

/// Why a job was cancelled that waited for another.
const UNMET: &str = "job.unmet";

/// What a new job waits for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    pub blocked_by: i64,
    /// One of them will never succeed, and the new job does not wait for that.
    pub in_vain: bool,
}

/// Has a new job wait for others. Whoever ends one of them meanwhile waits for
/// this transaction, and then knows of the new job.
pub(super) fn wait_for(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    job: Id<Job>,
    after: &[Id<Job>],
    if_unmet: IfUnmet,
) -> Result<Waits, Failure> {
    let mut waits = Waits::default();
    // In one order, so that nobody waits for somebody who waits for them.
    let mut after = after.to_vec();
    after.sort_unstable();
    after.dedup();
    after.iter().for_each(|after| tx.lock("job", after));
    for after in after {
        let follows = match tx.execute(&FOLLOW, args![tenant, after])? {
            1.. => true,
            0 => match (phase(tx, tenant, after)?, if_unmet) {
                (Phase::Dead, IfUnmet::Wait) => {
                    tx.put_one(&FOLLOW_DONE, args![tenant, after])?;
                    true
                }
                (Phase::Dead | Phase::Cancelled, _) => {
                    waits.in_vain = true;
                    false
                }
                _ => false,
            },
        };
        if follows {
            tx.put(&AFTER_ADD, args![tenant, job, after])?;
            waits.blocked_by += 1;
        }
    }
    Ok(waits)
}

fn phase(tx: &Tx<'_>, tenant: Id<Tenant>, job: Id<Job>) -> Result<Phase, Failure> {
    let phase = tx.maybe(&DONE_PHASE, args![tenant, job], |row| row.parsed(0))?;
    let detail = || format!("there is no job `{job}`");
    Ok(phase.ok_or_else(|| Refusal::new(Code::RecordNotFound, detail()).at("after"))?)
}

/// Cancels a new job that waits in vain.
pub(super) fn cancel_unmet(tx: &mut Tx<'_>, tenant: Id<Tenant>, job: Id<Job>) -> Result<(), Fault> {
    bury(tx, tenant, job, Phase::Cancelled, Some(UNMET))?;
    tx.put(&AFTER_LEAVE, args![tenant, job])
}

/// Tells those who wait that a job has ended.
pub(super) fn ended(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    job: Id<Job>,
    phase: Phase,
) -> Result<(), Fault> {
    match phase {
        Phase::Succeeded => succeeded(tx, tenant, job),
        _ => unmet(tx, tenant, job, phase),
    }
}

fn succeeded(tx: &mut Tx<'_>, tenant: Id<Tenant>, job: Id<Job>) -> Result<(), Fault> {
    let freed = tx.returning_all(&UNBLOCK, args![tenant, job, tx.now()], |row| {
        Ok((row.get::<String>(0)?, row.parsed::<Phase>(1)?))
    })?;
    tx.put(&AFTER_FORGET, args![tenant, job])?;
    for (kind, phase) in freed {
        match phase {
            Phase::Queued => tx.ring(kind),
            _ => tx.ring(super::LATER),
        }
    }
    Ok(())
}

/// Cancels those who waited for a job that did not succeed, and those who waited
/// for them, but for the ones that wait for somebody to try a dead one again.
fn unmet(tx: &mut Tx<'_>, tenant: Id<Tenant>, job: Id<Job>, phase: Phase) -> Result<(), Fault> {
    let mut ended = vec![(job, phase)];
    while let Some((job, phase)) = ended.pop() {
        let followers: Vec<(Kept, bool)> = tx.all(&FOLLOWERS, args![tenant, job], |row| {
            Ok((kept(row)?, row.get::<String>(11)? == IfUnmet::Wait.name()))
        })?;
        for (follower, waits) in followers {
            if waits && phase == Phase::Dead {
                continue;
            }
            cancel_unmet(tx, tenant, follower.id)?;
            if follower.followed {
                ended.push((follower.id, Phase::Cancelled));
            }
        }
    }
    Ok(())
}

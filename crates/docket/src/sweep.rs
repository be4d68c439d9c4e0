//! What is due because time has passed, done once over: holds that passed are
//! rolled back, texts that wait are delivered, old idempotency keys are
//! forgotten, and packets that a crash kept from being made are made.
//!
//! Each piece asks again, inside its transaction, whether it is still due. So
//! sweeps may run side by side, be killed anywhere and be repeated.

use crate::{
    audit::{Recorded, record::by_docket},
    db::{Committed, Scope, Tx},
    door::{Act, Door, idempotency},
    failure::Failure,
    identity::Caller,
    outgoing::{self, Carriers},
    packet, schedule,
    ticket::{self, Standing},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{self, Id, Tenant},
    tool::Tool,
};

/// At most this many at once, so that nobody waits long behind a sweep.
const BATCH_MAX: i64 = 100;
/// Twice as long as a retry may rely on.
const KEYS_KEPT: SignedDuration = SignedDuration::from_hours(48);

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub holds_rolled_back: u64,
    pub texts_delivered: u64,
    pub keys_forgotten: u64,
    pub packets_made: u64,
}

/// Sweeps once. Texts leave by the carriers.
///
/// # Errors
/// If the database does not answer; what was done until then stays done.
pub async fn once(door: &Door, carriers: &Carriers) -> Result<Swept, Failure> {
    Ok(Swept {
        holds_rolled_back: roll_back_holds(door).await?,
        texts_delivered: outgoing::deliver(door, carriers).await?,
        keys_forgotten: forget_keys(door).await?,
        packets_made: packet::make_missing(door, None).await? as u64,
    })
}

async fn roll_back_holds(door: &Door) -> Result<u64, Failure> {
    let mut done: u64 = 0;
    loop {
        let expired =
            door.db().read(Scope::Everyone, |snap| Ok(schedule::expired(snap, BATCH_MAX)?)).await?;
        let mut batch: u64 = 0;
        for schedule::Expired { tenant, ticket } in expired {
            let rolled = door.db().write(tenant, move |tx| roll_back(tx, tenant, ticket)).await?;
            batch = batch.saturating_add(rolled.into());
        }
        done = done.saturating_add(batch);
        if batch == 0 {
            return Ok(done);
        }
    }
}

/// Rolls one hold back, if it is still there and has passed.
fn roll_back(tx: &mut Tx<'_>, tenant: Id<Tenant>, ticket: Id<id::Ticket>) -> Committed<bool> {
    match try_roll_back(tx, tenant, ticket) {
        Ok(Some(recorded)) => Committed::Changed(true, recorded),
        Ok(None) => Committed::Unchanged(false),
        Err(failure) => Committed::Failed(failure),
    }
}

fn try_roll_back(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Ticket>,
) -> Result<Option<Recorded>, Failure> {
    let Some(mut ticket) = ticket::in_turn(tx, tenant, id)? else { return Ok(None) };
    let before = ticket.state();
    match &ticket.standing {
        Standing::PendingCustomerConfirmation { until, .. } if *until <= tx.now() => {}
        _ => return Ok(None),
    }
    let hold = schedule::go_back(&mut ticket)?;

    let caller = Caller::docket(tenant);
    let act = Act::of_docket(&caller, Tool::ScheduleRollback, tx.new_id());
    ticket::save(tx, &act, &mut ticket, before)?;
    let mut entry = by_docket(tenant, act.entry, tx.now(), Tool::ScheduleRollback.name());
    entry.ticket = Some(ticket.id);
    entry.before = Some(before);
    entry.after = Some(ticket.state());
    entry.subjects = vec![hold.to_string()];
    entry.payload.insert("expired".to_owned(), true.into());
    Ok(Some(tx.record(&entry)?))
}

async fn forget_keys(door: &Door) -> Result<u64, Failure> {
    let mut done: u64 = 0;
    let tenants = door
        .db()
        .read(Scope::Everyone, |snap| {
            Ok(idempotency::tenants_with_keys_before(snap, oldest_kept(snap.now()))?)
        })
        .await?;
    for tenant in tenants {
        loop {
            let forgot = door.db().write(tenant, move |tx| forget(tx, tenant)).await?;
            done = done.saturating_add(forgot);
            if forgot == 0 {
                break;
            }
        }
    }
    Ok(done)
}

fn oldest_kept(now: Timestamp) -> Timestamp {
    now.checked_sub(KEYS_KEPT).unwrap_or(Timestamp::MIN)
}

fn forget(tx: &mut Tx<'_>, tenant: Id<Tenant>) -> Committed<u64> {
    let forgot = match idempotency::forget(tx, tenant, oldest_kept(tx.now()), BATCH_MAX) {
        Ok(0) => return Committed::Unchanged(0),
        Ok(forgot) => forgot as u64,
        Err(fault) => return Committed::Failed(fault.into()),
    };
    let mut entry = by_docket(tenant, tx.new_id(), tx.now(), "idempotency.forget");
    entry.payload.insert("keys".to_owned(), forgot.into());
    match tx.record(&entry) {
        Ok(recorded) => Committed::Changed(forgot, recorded),
        Err(fault) => Committed::Failed(fault.into()),
    }
}

#[cfg(test)]
mod tests;

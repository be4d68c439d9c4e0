//! Rolling a hold back that nobody released in time.

use super::{go_back, store::Held};
use crate::{
    audit::{Recorded, record::by_docket},
    db::{Committed, Tx},
    door::Act,
    failure::Failure,
    identity::Caller,
    job::{
        self, Kind, NewJob,
        work::{Done, Lease, Run, Stop},
    },
    ticket::{self, Standing, Ticket},
};
use jiff::Timestamp;
use kernel::{
    id::{self, Hold, Id, Tenant},
    tool::Tool,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Rolls back one hold, when it ends.
pub(crate) static EXPIRE: Kind = Kind::new("hold.expire");

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Expire {
    ticket: Id<id::Ticket>,
    hold: Id<Hold>,
}

/// Has a hold end by itself, in the transaction that makes it.
pub(super) fn queue(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    ticket: Id<id::Ticket>,
    held: &Held,
) -> Result<(), Failure> {
    let expire = NewJob::new(&EXPIRE, &Expire { ticket, hold: held.id })?.due_at(held.until);
    job::enqueue(tx, tenant, expire)?;
    Ok(())
}

/// What became of a hold.
enum Went {
    RolledBack,
    /// The clock of this machine is behind that of the one that said it was due.
    Early(Timestamp),
    /// Somebody has answered, or nobody waits for an answer any more.
    Elsewhere,
}

/// Does the job: if the hold still stands and has passed, it is rolled back to
/// where it was held from, and the job ends with that or not at all.
pub(crate) async fn expire(run: Run) -> Result<Done, Stop> {
    let due: Expire = run.payload()?;
    let (tenant, lease) = (run.job.tenant, run.lease);
    let went = run.db.write(tenant, move |tx| roll_back(tx, tenant, &due, &lease)).await?;
    Ok(match went {
        Went::RolledBack => Done::Committed,
        Went::Early(until) => Done::Snooze(until),
        Went::Elsewhere => Done::Finished,
    })
}

fn roll_back(tx: &mut Tx<'_>, tenant: Id<Tenant>, due: &Expire, lease: &Lease) -> Committed<Went> {
    let ticket = match ticket::in_turn(tx, tenant, due.ticket) {
        Ok(Some(ticket)) => ticket,
        Ok(None) => return Committed::Unchanged(Went::Elsewhere),
        Err(fault) => return Committed::Failed(fault.into()),
    };
    match &ticket.standing {
        Standing::PendingCustomerConfirmation { hold, until, .. } if *hold == due.hold => {
            if *until > tx.now() {
                return Committed::Unchanged(Went::Early(*until));
            }
        }
        _ => return Committed::Unchanged(Went::Elsewhere),
    }
    match do_roll_back(tx, tenant, ticket, lease) {
        Ok(recorded) => Committed::Changed(Went::RolledBack, recorded),
        Err(failure) => Committed::Failed(failure),
    }
}

fn do_roll_back(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    mut ticket: Ticket,
    lease: &Lease,
) -> Result<Recorded, Failure> {
    let before = ticket.state();
    let hold = go_back(&mut ticket)?;
    let caller = Caller::docket(tenant);
    let act = Act::of_docket(&caller, Tool::ScheduleRollback, tx.new_id());
    ticket::save(tx, &act, &mut ticket, before)?;
    let mut entry = by_docket(tenant, act.entry, tx.now(), Tool::ScheduleRollback.name());
    entry.ticket = Some(ticket.id);
    entry.before = Some(before);
    entry.after = Some(ticket.state());
    entry.subjects = vec![hold.to_string()];
    entry.payload.insert("expired".to_owned(), true.into());
    let recorded = tx.record(&entry)?;
    lease.complete(tx, &json!({ "rolled_back": hold }))?;
    Ok(recorded)
}

//! The same command twice has one effect and one answer.
//!
//! A key belongs to one tenant, actor and tool, and stands for one input. The
//! answer of a command that succeeded is kept beside it; a refusal wrote
//! nothing, so its key may be used again.

use super::{Act, Answer, Call};
use crate::{
    audit::{Recorded, record::by_docket},
    db::{Committed, Snap, Tx, args, statements},
    failure::{Failure, Fault},
    identity::Caller,
    job::{
        self, Kind, NewJob,
        work::{Done, Lease, Round, Run, Stop},
    },
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    canonical::Digest,
    id::{Id, Tenant},
    refusal::{Code, Refusal},
    role::Role,
    tool::Tool,
};
use serde_json::json;

statements! {
    KEY_FIND = "key_find.sql" by 4;
    KEY_ADD = "key_add.sql" by 4;
    KEYS_FORGET = "keys_forget.sql" | "keys_forget.postgres.sql";
    KEYS_TENANTS = "keys_tenants.sql";
}

const KEY_MAX: usize = 255;

/// The key of a command.
pub(super) fn key(call: &Call) -> Result<String, Box<Refusal>> {
    let Some(key) = &call.key else {
        return Err(Refusal::new(Code::KeyMissing, "a command needs an idempotency key"));
    };
    if key.is_empty() || key.len() > KEY_MAX || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let detail = format!("an idempotency key is 1 to {KEY_MAX} visible ASCII characters");
        return Err(Refusal::new(Code::KeyMalformed, detail));
    }
    Ok(key.clone())
}

/// Has the same command, said twice at once, carried out once: whoever comes
/// second waits, and is answered what the first was.
pub(super) fn lock(tx: &mut Tx<'_>, caller: &Caller, tool: Tool, key: &str) {
    tx.lock("key", format_args!("{} {tool} {key}", caller.actor));
}

/// Asks ahead for [`replay`].
pub(super) fn foresee(snap: &Snap<'_>, caller: &Caller, tool: Tool, key: &str) {
    snap.foresee(&KEY_FIND, args![caller.tenant, caller.actor, tool.name(), key]);
}

/// Whether this command has an answer, whatever it is and whoever may see it.
pub(super) fn is_answered(
    snap: &Snap<'_>,
    caller: &Caller,
    tool: Tool,
    key: &str,
) -> Result<bool, Fault> {
    let args = args![caller.tenant, caller.actor, tool.name(), key];
    Ok(snap.maybe(&KEY_FIND, args, |_| Ok(()))?.is_some())
}

/// The answer this command had before, if it had one and may be seen again.
pub(super) fn replay(
    tx: &Tx<'_>,
    caller: &Caller,
    tool: Tool,
    key: &str,
    input: Digest,
) -> Result<Option<Answer>, Failure> {
    let known =
        tx.maybe(&KEY_FIND, args![caller.tenant, caller.actor, tool.name(), key], |row| {
            let answer = Answer {
                body: row.get(2)?,
                created: row.get::<i64>(3)? == 201,
                version: row.get(4)?,
                replayed: true,
                idle: false,
                measured: Vec::new(),
            };
            Ok((row.parsed::<Digest>(0)?, row.get::<String>(1)?, answer))
        })?;
    let Some((digest, role, answer)) = known else { return Ok(None) };
    if digest != input {
        let detail = "this idempotency key was used for another request";
        return Err(Refusal::new(Code::KeyReused, detail).into());
    }
    let still = Role::ALL.iter().any(|r| r.name() == role && caller.roles.contains(*r));
    if !still {
        let detail = format!("the stored answer was given to a {role}");
        return Err(Refusal::new(Code::KeyForbidden, detail).into());
    }
    Ok(Some(answer))
}

/// Keeps the answer, in the transaction of its change.
pub(super) fn remember(
    tx: &mut Tx<'_>,
    act: &Act<'_>,
    key: &str,
    input: Digest,
    answer: &Answer,
) -> Result<(), Failure> {
    let status = if answer.created { 201 } else { 200 };
    tx.put(
        &KEY_ADD,
        args![
            act.caller.tenant,
            act.caller.actor,
            act.tool.name(),
            key,
            input.to_string(),
            act.role.name(),
            status,
            answer.version,
            &answer.body,
            tx.now(),
        ],
    )?;
    Ok(())
}

/// Forgets what a tenant's commands were answered, once nobody asks again.
pub(crate) static FORGET: Kind = Kind::new("answers.forget");

/// Looks for tenants with answers that are too old.
pub(crate) const ROUND: Round =
    Round { name: "answers", every: SignedDuration::from_hours(1), look: look_round };

/// Twice as long as a retry may rely on.
const KEPT: SignedDuration = SignedDuration::from_hours(48);
/// At most this many at once, so that nobody waits long behind it.
const BATCH_MAX: i64 = 500;

fn look_round(tx: &mut Tx<'_>) -> Result<(), Failure> {
    let before = oldest_kept(tx.now());
    let tenants: Vec<Id<Tenant>> = tx.all(&KEYS_TENANTS, args![before], |row| row.get(0))?;
    for tenant in tenants {
        job::enqueue_alone(tx, tenant, NewJob::new(&FORGET, &json!({}))?)?;
    }
    Ok(())
}

fn oldest_kept(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT).unwrap_or(Timestamp::MIN)
}

/// Does the job, a batch at a time; it ends with the last.
pub(crate) async fn forget(run: Run) -> Result<Done, Stop> {
    let (tenant, mut forgot) = (run.job.tenant, 0);
    loop {
        let lease = run.lease.clone();
        let step = move |tx: &mut Tx<'_>| match forget_some(tx, tenant, forgot, &lease) {
            Ok((some, recorded)) => Committed::Changed(some, recorded),
            Err(failure) => Committed::Failed(failure),
        };
        let some = run.db.write(tenant, step).await?;
        if some < BATCH_MAX as usize {
            return Ok(Done::Committed);
        }
        forgot += some;
    }
}

fn forget_some(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    before: usize,
    lease: &Lease,
) -> Result<(usize, Recorded), Failure> {
    // Two who forget the same take turns, and not each other's rows.
    tx.lock("idempotency", "forget");
    let args = args![tenant, oldest_kept(tx.now()), BATCH_MAX];
    let some = tx.execute(&KEYS_FORGET, args)?;
    if some < BATCH_MAX as usize {
        lease.complete(tx, &json!({ "forgotten": before + some }))?;
    }
    if some == 0 {
        return Ok((0, Recorded::by_the_jobs()));
    }
    let mut entry = by_docket(tenant, tx.new_id(), tx.now(), "idempotency.forget");
    entry.payload.insert("keys".to_owned(), some.into());
    Ok((some, tx.record(&entry)?))
}

//! The same command twice has one effect and one answer.
//!
//! A key belongs to one tenant, actor and tool, and stands for one input. The
//! answer of a command that succeeded is kept beside it; a refusal wrote
//! nothing, so its key may be used again.

use super::{Act, Answer, Call};
use crate::{
    db::{Snap, Tx, args, statements},
    failure::{Failure, Fault},
    identity::Caller,
};
use jiff::Timestamp;
use kernel::{
    canonical::Digest,
    id::{Id, Tenant},
    refusal::{Code, Refusal},
    role::Role,
    tool::Tool,
};

statements! {
    KEY_FIND = "key_find.sql";
    KEY_ADD = "key_add.sql";
    KEYS_FORGET = "keys_forget.sql";
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

/// Tenants with answers from before a moment.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn tenants_with_keys_before(
    snap: &Snap<'_>,
    before: Timestamp,
) -> Result<Vec<Id<Tenant>>, Fault> {
    snap.all(&KEYS_TENANTS, args![before], |row| row.get(0))
}

/// Forgets answers from before a moment, the oldest first, and says how many.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn forget(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    before: Timestamp,
    most: i64,
) -> Result<usize, Fault> {
    // Two who forget the same take turns, and not each other's rows.
    tx.lock("idempotency", "forget");
    tx.execute(&KEYS_FORGET, args![tenant, before, most])
}

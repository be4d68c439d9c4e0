//! How the jobs of everybody stand, for whoever watches a deployment.

use crate::{
    db::{Row, Snap, args, statements},
    failure::Fault,
};
use jiff::{SignedDuration, Timestamp};
use kernel::job::{ACTION, EXTERNAL, is_action, is_external};
use std::collections::BTreeMap;

statements! {
    COUNT_READY = "count_ready.sql";
    COUNT_RUNNING = "count_running.sql";
    COUNT_DEAD = "count_dead.sql";
}

/// No more of anything is counted: a look costs the same, whatever piles up.
pub const COUNTED_MAX: i64 = 10_000;

/// Every kind that a tenant made up goes by one name: there is no end of them.
const OF_TENANTS: &str = "ext";
/// Sorts after every kind that begins with `ext.`.
const AFTER_EXTERNAL: &str = "ext/";
/// The same for actions.
const ACTIONS: &str = "act";
const AFTER_ACTIONS: &str = "act/";

/// How the jobs of one kind stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub ready: i64,
    pub running: i64,
    pub dead: i64,
    /// For how long the first that was found has been ready.
    pub waits: SignedDuration,
}

/// Counts the jobs of these kinds, and of all that tenants made up.
///
/// # Errors
/// If the database does not answer.
pub fn standing(
    snap: &Snap<'_>,
    kinds: &[&'static str],
) -> Result<BTreeMap<&'static str, Standing>, Fault> {
    let mut all = BTreeMap::new();
    for kind in kinds {
        all.insert(*kind, ready(snap, kind, kind)?);
    }
    all.insert(OF_TENANTS, ready(snap, EXTERNAL, AFTER_EXTERNAL)?);
    all.insert(ACTIONS, ready(snap, ACTION, AFTER_ACTIONS)?);
    let counted = |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get::<i64>(1)?));
    for (kind, running) in snap.all(&COUNT_RUNNING, args![COUNTED_MAX], counted)? {
        if let Some(standing) = all.get_mut(name(&kind)) {
            standing.running += running;
        }
    }
    for (kind, dead) in snap.all(&COUNT_DEAD, args![COUNTED_MAX], counted)? {
        if let Some(standing) = all.get_mut(name(&kind)) {
            standing.dead += dead;
        }
    }
    Ok(all)
}

fn ready(snap: &Snap<'_>, first: &str, last: &str) -> Result<Standing, Fault> {
    let since = |row: &Row<'_>| Ok((row.get::<i64>(0)?, row.get::<Option<Timestamp>>(1)?));
    let (ready, since) = snap.one(&COUNT_READY, args![first, last, COUNTED_MAX], since)?;
    let waits = since.map_or(SignedDuration::ZERO, |since| snap.now().duration_since(since));
    Ok(Standing { ready, waits: waits.max(SignedDuration::ZERO), ..Standing::default() })
}

fn name(kind: &str) -> &str {
    label(kind).unwrap_or(kind)
}

/// By which name a kind goes that a tenant made up; nothing, if it did not.
pub(super) fn label(kind: &str) -> Option<&'static str> {
    match kind {
        action if is_action(action) => Some(ACTIONS),
        external if is_external(external) => Some(OF_TENANTS),
        _ => None,
    }
}

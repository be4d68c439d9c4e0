//! What was asked ahead is never believed longer than if it were asked late.

use crate::{
    db::{Committed, Scope, Snap, Sql, Tx, args},
    failure::Fault,
    testing::{World, ground::Ground},
};
use kernel::id::{Id, Tenant};
use std::sync::Arc;

static NAME: Sql = Sql::new("test", "select name from tenant where id = $1");
static NAMES: Sql = Sql::new("test", "select count(*) from tenant");
static RENAME: Sql = Sql::new("test", "update tenant set name = $2 where id = $1");
static RENAMED: Sql = Sql::new("test", "update tenant set name = $2 where id = $1 returning name");

fn name(snap: &Snap<'_>, tenant: Id<Tenant>) -> Result<String, Fault> {
    snap.one(&NAME, args![tenant], |row| row.get(0))
}

/// Asks ahead, and has something else asked, so that the answer is there.
fn know(snap: &Snap<'_>, tenant: Id<Tenant>) -> Result<(), Fault> {
    snap.foresee(&NAME, args![tenant]);
    snap.answers()
}

/// Runs something that keeps nothing, and answers what it found.
async fn found<T: Send + 'static>(
    world: &World,
    look: impl FnOnce(&mut Tx<'_>, Id<Tenant>) -> Result<T, Fault> + Clone + Send + 'static,
) -> T {
    let tenant = world.tenant;
    let run = move |tx: &mut Tx<'_>| match look(tx, tenant) {
        Ok(found) => Committed::Unchanged(found),
        Err(fault) => Committed::Failed(fault.into()),
    };
    world.door.db().write(tenant, run).await.unwrap()
}

#[tokio::test]
async fn what_was_asked_ahead_is_asked_again_after_the_command_has_written() {
    let world = World::new();
    let names = found(&world, |tx, tenant| {
        know(tx, tenant)?;
        tx.put(&RENAME, args![tenant, "put"])?;
        let put = name(tx, tenant)?;
        know(tx, tenant)?;
        tx.execute(&RENAME, args![tenant, "executed"])?;
        let executed = name(tx, tenant)?;
        know(tx, tenant)?;
        tx.returning(&RENAMED, args![tenant, "returned"], |row| row.get::<String>(0))?;
        Ok([put, executed, name(tx, tenant)?])
    });
    assert_eq!(names.await, ["put", "executed", "returned"]);
}

#[tokio::test]
async fn what_is_asked_ahead_but_not_sent_yet_is_not_asked_before_what_is_written() {
    let world = World::new();
    let names = found(&world, |tx, tenant| {
        tx.foresee(&NAME, args![tenant]);
        tx.put(&RENAME, args![tenant, "put"])?;
        let put = name(tx, tenant)?;
        tx.foresee(&NAME, args![tenant]);
        tx.execute(&RENAME, args![tenant, "executed"])?;
        let executed = name(tx, tenant)?;
        tx.foresee(&NAME, args![tenant]);
        tx.returning(&RENAMED, args![tenant, "returned"], |row| row.get::<String>(0))?;
        Ok([put, executed, name(tx, tenant)?])
    });
    assert_eq!(names.await, ["put", "executed", "returned"]);
}

#[tokio::test]
async fn what_was_asked_ahead_of_what_is_undone_is_asked_again() {
    let world = World::new();
    let names = found(&world, |tx, tenant| {
        let before = name(tx, tenant)?;
        tx.put(&RENAME, args![tenant, "put"])?;
        know(tx, tenant)?;
        tx.undo()?;
        Ok((before, name(tx, tenant)?))
    });
    let (before, after) = names.await;
    assert_eq!(before, after);
}

#[tokio::test]
async fn what_was_asked_ahead_among_the_rows_of_one_is_asked_again_among_those_of_all() {
    let world = World::new();
    let seen = found(&world, move |tx, tenant| {
        tx.foresee(&NAMES, args![]);
        tx.enter(tx.new_id::<Tenant>());
        let theirs: i64 = tx.one(&NAMES, args![], |row| row.get(0))?;
        tx.foresee(&NAMES, args![]);
        tx.answers()?;
        tx.enter(tenant);
        let ours: i64 = tx.one(&NAMES, args![], |row| row.get(0))?;
        tx.foresee(&NAMES, args![]);
        tx.answers()?;
        tx.enter(Scope::Everyone);
        Ok((theirs, ours, tx.one(&NAMES, args![], |row| row.get::<i64>(0))?))
    });
    let (theirs, ours, all) = seen.await;
    // A file shows everybody everything.
    let expected = if Ground::is_postgres() { (0, 1) } else { (all, all) };
    assert_eq!((theirs, ours), expected);
    assert!(all >= ours);
}

#[tokio::test]
async fn what_was_asked_ahead_before_a_lock_is_asked_again_after_it() {
    let world = Arc::new(World::new());
    let theirs = Arc::clone(&world);
    let names = found(&world, move |tx, tenant| {
        know(tx, tenant)?;
        // SQLite lets nobody else write meanwhile.
        if Ground::is_postgres() {
            let rename = format!("update tenant set name = 'Somebody Else' where id = '{tenant}'");
            theirs.back().run(&rename).map_err(Fault::Other)?;
        }
        let unlocked = name(tx, tenant)?;
        tx.lock("tenant", tenant);
        Ok((unlocked, name(tx, tenant)?))
    });
    let (unlocked, locked) = names.await;
    assert_ne!(unlocked, "Somebody Else", "it was asked ahead");
    assert_eq!(locked == "Somebody Else", Ground::is_postgres());
}

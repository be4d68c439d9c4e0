//! Commands that are in each other's way.

use crate::{
    audit::record::by_docket,
    db::{Committed, Snap, Sql, Tx, args},
    failure::{Failure, Fault},
    testing::{World, crowd::Crowd, ground::Ground},
};
use kernel::{id::Id, id::Tenant};
use std::sync::{
    Arc, Barrier,
    atomic::{AtomicU32, Ordering},
};

static RENAME: Sql =
    Sql::new("test", "update tenant set name = $2 where id = $1 and operator = $3");
static NAME: Sql = Sql::new("test", "select name from tenant where id = $1");

fn moved(runs: u32) -> impl FnOnce(&mut Tx<'_>) -> Committed<u32> + Clone + Send {
    let counted = Arc::new(AtomicU32::new(0));
    move |_| {
        let run = counted.fetch_add(1, Ordering::SeqCst) + 1;
        if run > runs {
            return Committed::Unchanged(run);
        }
        Committed::Failed(Fault::Moved(format!("run {run}")).into())
    }
}

#[tokio::test]
async fn a_command_that_another_was_in_the_way_of_is_run_again_a_few_times() {
    let world = World::new();
    let db = world.door.db();
    assert_eq!(db.write(world.tenant, moved(1)).await.unwrap(), 2);
    assert_eq!(db.write(world.tenant, moved(4)).await.unwrap(), 5);
    let given_up = db.write(world.tenant, moved(5)).await;
    assert!(matches!(given_up, Err(Failure::Broke(Fault::Moved(run))) if run == "run 5"));
}

#[tokio::test]
async fn a_database_that_went_away_is_not_asked_again() {
    let world = World::new();
    let counted = Arc::new(AtomicU32::new(0));
    let runs = Arc::clone(&counted);
    let away = move |_: &mut Tx<'_>| {
        runs.fetch_add(1, Ordering::SeqCst);
        Committed::<()>::Failed(Fault::Unavailable("gone".to_owned()).into())
    };
    assert!(world.door.db().write(world.tenant, away).await.is_err());
    assert_eq!(counted.load(Ordering::SeqCst), 1);
}

/// Writes an entry, and renames a tenant if it operates Docket, which none does here.
fn rename(tx: &mut Tx<'_>, tenant: Id<Tenant>, operator: bool) -> Committed<()> {
    let entry = by_docket(tenant, tx.new_id(), tx.now(), "tenant.configure");
    let wrote = tx.record(&entry).and_then(|recorded| {
        tx.put_one(&RENAME, args![tenant, "Somebody Else", operator])?;
        Ok(recorded)
    });
    match wrote {
        Ok(recorded) => Committed::Changed((), recorded),
        Err(fault) => Committed::Failed(fault.into()),
    }
}

#[tokio::test]
async fn nothing_is_kept_of_a_command_that_did_not_find_its_row() {
    let world = World::new();
    let (db, tenant) = (world.door.db(), world.tenant);
    let entries = || world.value::<i64>("select count(*) from audit_entry");
    let before = entries();
    let late = db.write(tenant, move |tx| rename(tx, tenant, true)).await;
    assert!(matches!(late, Err(Failure::Broke(Fault::Moved(_)))), "{late:?}");
    assert_eq!(entries(), before);

    db.write(tenant, move |tx| rename(tx, tenant, false)).await.unwrap();
    assert_eq!(entries(), before + 1);
    let name = move |snap: &Snap<'_>| Ok(snap.one(&NAME, args![tenant], |row| row.get(0))?);
    assert_eq!(db.read::<String, _>(tenant, name).await.unwrap(), "Somebody Else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_wait_for_each_other_both_come_to_an_end() {
    let crowd = Crowd::new();
    let (tenant, both) = (crowd.world.tenant, Arc::new(Barrier::new(2)));
    let take = |first: &'static str, second: &'static str| {
        let (both, runs) = (Arc::clone(&both), Arc::new(AtomicU32::new(0)));
        move |tx: &mut Tx<'_>| {
            tx.lock("thing", first);
            let held = tx.answers();
            // Whoever is run again comes alone, and SQLite lets nobody else in.
            if Ground::is_postgres() && runs.fetch_add(1, Ordering::SeqCst) == 0 {
                both.wait();
            }
            tx.lock("thing", second);
            match held.and_then(|()| tx.answers()) {
                Ok(()) => Committed::Unchanged(runs.load(Ordering::SeqCst)),
                Err(fault) => Committed::Failed(fault.into()),
            }
        }
    };
    let (one, other) = (crowd.door(0), crowd.door(1));
    let ends = tokio::join!(
        one.db().write(tenant, take("a", "b")),
        other.db().write(tenant, take("b", "a")),
    );
    let runs = ends.0.unwrap() + ends.1.unwrap();
    // Neither waits for the other the first time, so both may have to come again.
    assert!(if Ground::is_postgres() { runs == 3 || runs == 4 } else { runs == 0 }, "{runs}");
}

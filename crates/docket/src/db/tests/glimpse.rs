//! Looks that share a snapshot, and none of which is the worse for it.

use crate::{
    db::{Db, Scope, Snap, Sql, args},
    failure::{Failure, Fault},
    testing::{World, ground::Ground},
};
use futures_util::{future::join_all, poll};
use jiff::SignedDuration;
use kernel::{
    clock::StillClock,
    id::{Id, Tenant},
};
use std::{
    ops::ControlFlow,
    pin::pin,
    sync::{Arc, mpsc},
};
use tokio::sync::oneshot;

static NAME: Sql = Sql::new("test", "select name from tenant where id = $1");
static WHOSE: Sql = Sql::new("test", "select id from tenant where name = $1");
static BY_NOW: Sql = Sql::new("test", "select id from tenant where name = $1 and created_at <= $2");
static BROKEN: Sql = Sql::new("test", "select id from tenant where name = $1 and 1 / operator > 0");

/// What is looked for.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    /// The name, and who is called so.
    Both,
    /// Row after row.
    Rows,
    /// What belongs to everyone.
    Everyones,
    Nothing,
    /// Who was called so by now, while the clock goes on.
    ByNow,
    /// One thing that follows from another, and so on.
    Long,
    /// What the database refuses to answer.
    Broken,
}

fn look(
    snap: &Snap<'_>,
    clock: &StillClock,
    tenant: Id<Tenant>,
    wanted: Wanted,
) -> Result<String, Failure> {
    clock.advance(SignedDuration::from_millis(1));
    let name: String = snap.one(&NAME, args![tenant], |row| row.get(0))?;
    let whose = |snap: &Snap<'_>| snap.one(&WHOSE, args![&name], |row| row.get::<String>(0));
    match wanted {
        Wanted::Both => Ok(whose(snap)?),
        Wanted::Everyones => Ok(snap.of_everyone(whose)?),
        Wanted::Rows => {
            let mut ids = String::new();
            snap.each(&WHOSE, args![&name], |row| {
                ids += &row.get::<String>(0)?;
                Ok::<_, Fault>(ControlFlow::Continue(()))
            })?;
            Ok(ids)
        }
        Wanted::ByNow => Ok(snap.one(&BY_NOW, args![&name, snap.now()], |row| row.get(0))?),
        Wanted::Long => {
            for nobody in 0..40 {
                let who = format!("nobody {nobody}");
                snap.maybe(&WHOSE, args![&who], |_| Ok(()))?;
            }
            Ok(whose(snap)?)
        }
        Wanted::Nothing => {
            let found = snap.maybe(&WHOSE, args!["nobody"], |row| row.get::<String>(0))?;
            Ok(found.unwrap_or_default())
        }
        Wanted::Broken => Ok(snap.one(&BROKEN, args![&name], |row| row.get(0))?),
    }
}

/// Keeps whoever takes looks busy, until it is dropped.
async fn busy(db: &Db, scope: Scope) -> mpsc::Sender<()> {
    let (begun, begins) = oneshot::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let (db, begun) = (db.clone(), std::sync::Mutex::new(Some(begun)));
    tokio::spawn(async move {
        let wait = move |_: &Snap<'_>| {
            begun.lock().unwrap().take().map(|begun| begun.send(()));
            let _ = may_go_on.recv();
            Ok(())
        };
        db.glimpse(scope, wait).await
    });
    begins.await.unwrap();
    go_on
}

/// What looks that wait together see, and how often they waited for the database.
async fn at_once(world: &World, all: &[Wanted]) -> (Vec<Result<String, Failure>>, u64) {
    let (db, tenant) = (world.door.db(), world.tenant);
    let mut held = Vec::new();
    if Ground::is_postgres() {
        for _ in 0..2 {
            held.push(busy(db, tenant.into()).await);
        }
    }
    let ways = db.ways();
    let take = |wanted| {
        let clock = Arc::clone(&world.clock);
        db.glimpse(tenant, move |snap: &Snap<'_>| look(snap, &clock, tenant, wanted))
    };
    let mut all = pin!(join_all(all.iter().copied().map(take)));
    if Ground::is_postgres() {
        assert!(poll!(&mut all).is_pending());
    }
    drop(held);
    let saw = all.await;
    (saw, db.ways() - ways)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_that_wait_together_ask_together_and_each_has_its_own_answer() {
    let world = World::new();
    let (saw, ways) = at_once(&world, &[Wanted::Both, Wanted::Nothing, Wanted::Both]).await;
    let saw: Vec<_> = saw.into_iter().map(Result::unwrap).collect();
    assert_eq!(saw, [world.tenant.to_string(), String::new(), world.tenant.to_string()]);
    let expected = if Ground::is_postgres() { 2 } else { 0 };
    assert_eq!(ways, expected, "once for the names, and once for what follows from them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_cannot_share_is_taken_alone() {
    let world = World::new();
    let ours = world.tenant.to_string();
    let all = [Wanted::Rows, Wanted::Both, Wanted::Everyones];
    let (saw, _) = at_once(&world, &all).await;
    assert!(saw.iter().all(|saw| saw.as_ref().unwrap() == &ours), "{saw:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_comes_to_its_end_though_time_goes_on_or_it_has_much_to_ask() {
    let world = World::new();
    let ours = world.tenant.to_string();
    let (saw, ways) = at_once(&world, &[Wanted::ByNow, Wanted::Both]).await;
    assert!(saw.iter().all(|saw| saw.as_ref().unwrap() == &ours), "{saw:?}");
    assert_eq!(ways, if Ground::is_postgres() { 2 } else { 0 }, "its time stands still");
    let (saw, _) = at_once(&world, &[Wanted::Long, Wanted::Both]).await;
    assert!(saw.iter().all(|saw| saw.as_ref().unwrap() == &ours), "{saw:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_fails_takes_nobody_with_it() {
    let world = World::new();
    let ours = world.tenant.to_string();
    let (saw, _) = at_once(&world, &[Wanted::Both, Wanted::Broken, Wanted::Both]).await;
    let [one, broken, other] = &saw[..] else { panic!("three were taken") };
    assert!([one, other].iter().all(|saw| saw.as_ref().unwrap() == &ours), "{saw:?}");
    if Ground::is_postgres() {
        assert!(matches!(broken, Err(Failure::Broke(Fault::Postgres { .. }))), "{broken:?}");
    }
}

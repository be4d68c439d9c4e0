//! Commands that share a commit, and none of which is the worse for it.

use crate::{
    audit::record::by_docket,
    db::{Committed, Db, Sql, Turns, Tx, args},
    failure::{Failure, Fault},
    testing::{World, ground::Ground},
};
use futures_util::{future::join_all, poll};
use kernel::id::{Id, Tenant};
use std::{pin::pin, sync::mpsc};
use tokio::sync::oneshot;

static NAME: Sql = Sql::new("test", "select name from tenant where id = $1");
static RENAME: Sql = Sql::new("test", "update tenant set name = $2 where id = $1");
static NOBODY: Sql = Sql::new("test", "update tenant set name = $2 where id = $1 and id = $2");
static BROKEN: Sql = Sql::new("test", "update tenant set operator = 7 where id = $1");

static KIND: Sql = Sql::new(
    "test",
    "insert into incident_type (tenant, name, version, template, created_at) values ($1, $2, $3, $4, $5)",
);
static ACTIVE: Sql = Sql::new(
    "test",
    "insert into incident_type_active (tenant, name, version, activated_at) values ($1, $2, $3, $4)",
);

/// What a command does besides writing its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// Adds to the name, and answers what it was.
    Add(&'static str),
    /// Asks nothing, and writes only its entry, which says this.
    Say(&'static str),
    /// Puts a row that belongs to one that is there.
    Activate(&'static str),
    /// Puts one, and what belongs to it.
    Make(&'static str),
    /// Puts a row that is not there.
    Miss,
    /// Writes what the table refuses.
    Break,
    /// Writes, has it sent, and then wants none of it.
    Regret,
    /// Wants none of it before anything is sent.
    Think,
    Panic,
}

fn does(tx: &mut Tx<'_>, tenant: Id<Tenant>, deed: Deed) -> Committed<String> {
    let mut entry = by_docket(tenant, tx.new_id(), tx.now(), "tenant.configure");
    if let Deed::Say(what) = deed {
        entry.correlation = Some(what.to_owned());
    }
    let wrote = tx.record(&entry).and_then(|recorded| {
        let name: String = match deed {
            // Neither asks anything after it has put something.
            Deed::Think | Deed::Miss | Deed::Say(_) | Deed::Activate(_) | Deed::Make(_) => {
                String::new()
            }
            _ => tx.one(&NAME, args![tenant], |row| row.get(0))?,
        };
        match deed {
            Deed::Add(more) => tx.put(&RENAME, args![tenant, name.clone() + more])?,
            Deed::Say(_) => {}
            Deed::Activate(kind) | Deed::Make(kind) => {
                if matches!(deed, Deed::Make(_)) {
                    tx.put(&KIND, args![tenant, kind, 1, "{}", 0])?;
                }
                tx.put(&ACTIVE, args![tenant, kind, 1, 0])?;
            }
            Deed::Miss => tx.put_one(&NOBODY, args![tenant, "nobody"])?,
            Deed::Break => drop(tx.execute(&BROKEN, args![tenant])?),
            Deed::Regret | Deed::Think => {
                tx.put(&RENAME, args![tenant, "regretted"])?;
                return Ok((name, None));
            }
            Deed::Panic => panic!("by design"),
        }
        Ok((name, Some(recorded)))
    });
    match wrote {
        Ok((name, Some(recorded))) => Committed::Changed(name, recorded),
        Ok((name, None)) => Committed::Unchanged(name),
        Err(fault) => Committed::Failed(fault.into()),
    }
}

/// Keeps whoever carries out commands busy, until the second is dropped.
async fn busy(db: &Db, tenant: Id<Tenant>) -> mpsc::Sender<()> {
    let (begun, begins) = oneshot::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let db = db.clone();
    tokio::spawn(async move {
        let wait = move |_: &mut Tx<'_>| {
            let _ = begun.send(());
            let _ = may_go_on.recv();
            Committed::Unchanged(())
        };
        db.write_once(tenant, &Turns::default(), wait).await
    });
    begins.await.unwrap();
    go_on
}

/// Has all of it done by commands that wait together.
async fn at_once(world: &World, deeds: &[Deed]) -> Vec<Result<String, Failure>> {
    let (db, tenant) = (world.door.db(), world.tenant);
    let mut held = vec![busy(db, tenant).await];
    if Ground::is_postgres() {
        held.push(busy(db, tenant).await);
    }
    let run = |deed| db.write(tenant, move |tx: &mut Tx<'_>| does(tx, tenant, deed));
    let mut all = pin!(join_all(deeds.iter().copied().map(run)));
    assert!(poll!(&mut all).is_pending());
    drop(held);
    all.await
}

fn entries(world: &World) -> i64 {
    world.value("select count(*) from audit_entry where tool = 'tenant.configure'")
}

fn named(world: &World) -> String {
    world.value(&format!("select name from tenant where id = '{}'", world.tenant))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_wait_together_share_a_commit_and_each_sees_the_one_before() {
    let world = World::new();
    let (before, wrote) = (named(&world), entries(&world));
    let saw = at_once(&world, &[Deed::Add("a"), Deed::Add("b"), Deed::Add("c")]).await;
    let saw: Vec<_> = saw.into_iter().map(Result::unwrap).collect();
    assert_eq!(saw, [before.clone(), format!("{before}a"), format!("{before}ab")]);
    assert_eq!(named(&world), format!("{before}abc"));
    assert_eq!(entries(&world), wrote + 3);
    if Ground::is_postgres() {
        let commits = "select count(distinct xact::text) from audit_entry
            where tool = 'tenant.configure' and entry_no > (select max(entry_no) - 3 from audit_entry)";
        assert_eq!(world.value::<i64>(commits), 1);
        let statements = commits.replace("xact", "cmin");
        assert_eq!(world.value::<i64>(&statements), 3, "each asked after the one before had put");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_commands_that_wait_together_insert_is_inserted_at_once_and_in_their_order() {
    let world = World::new();
    let wrote = entries(&world);
    let said = ["1", "2", "3"].map(Deed::Say);
    let said = at_once(&world, &said).await;
    assert!(said.iter().all(Result::is_ok), "{said:?}");
    assert_eq!(entries(&world), wrote + 3);
    let order = "select group_concat(correlation, '') from (
        select correlation from audit_entry where tool = 'tenant.configure' and correlation is not null
        order by entry_no
    ) as said";
    if Ground::is_postgres() {
        let order = order.replace("group_concat", "string_agg");
        assert_eq!(world.value::<String>(&order), "123");
        let statements = "select count(distinct cmin::text) from audit_entry
            where correlation in ('1', '2', '3')";
        assert_eq!(world.value::<i64>(statements), 1);
    } else {
        assert_eq!(world.value::<String>(order), "123");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_loses_anything_to_one_that_fails_in_their_company() {
    for bad in [Deed::Miss, Deed::Break, Deed::Regret, Deed::Think, Deed::Panic] {
        let world = World::new();
        let (before, wrote) = (named(&world), entries(&world));
        let mut ends = at_once(&world, &[Deed::Add("a"), bad, Deed::Add("b")]).await;
        let end = ends.remove(1);
        match bad {
            Deed::Regret | Deed::Think => assert!(end.is_ok(), "{bad:?}: {end:?}"),
            Deed::Miss => assert!(matches!(end, Err(Failure::Broke(Fault::Moved(_))))),
            Deed::Panic => assert!(matches!(end, Err(Failure::Broke(Fault::Panic(_))))),
            _ => assert!(matches!(end, Err(Failure::Broke(_))), "{bad:?}: {end:?}"),
        }
        assert!(ends.iter().all(Result::is_ok), "{bad:?}: {ends:?}");
        let both = [format!("{before}ab"), format!("{before}ba")];
        assert!(both.contains(&named(&world)), "{bad:?}: {}", named(&world));
        assert_eq!(entries(&world), wrote + 2, "{bad:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_command_inserts_does_not_overtake_what_it_belongs_to() {
    let world = World::new();
    let (tenant, wrote) = (world.tenant, entries(&world));
    let there = format!("insert into incident_type values ('{tenant}', 'there', 1, '{{}}', 0)");
    world.back().run(&there).unwrap();
    let made = at_once(&world, &[Deed::Activate("there"), Deed::Make("new")]).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    assert_eq!(entries(&world), wrote + 2);
    if Ground::is_postgres() {
        let commits = "select count(distinct xact::text) from audit_entry
            where tool = 'tenant.configure' and entry_no > (select max(entry_no) - 2 from audit_entry)";
        assert_eq!(world.value::<i64>(commits), 1, "nobody was run again alone");
    }
}

use super::{Log, entries, leaves};
use crate::{
    audit::{log, record::by_docket, sequence::Sequencer},
    db::{Committed, Turns, Tx},
    testing::ground::Ground,
};
use kernel::{
    checkpoint::Checkpoint,
    merkle::{Hash, LogPath, Tile, decode_bundle, root_of},
};
use proptest::prelude::*;
use std::pin::pin;

#[tokio::test]
async fn entries_become_leaves_in_the_order_of_commits() {
    let log = Log::new();
    log.commit(300).await;
    assert_eq!(log.sequencer.standing().unwrap().backlog, 300);
    assert_eq!(log.sequencer.finish().await.unwrap(), 300);

    let standing = log.sequencer.standing().unwrap();
    assert_eq!((standing.size, standing.backlog), (300, 0));
    assert_eq!(leaves(&log), entries(&log));
}

#[tokio::test]
async fn nothing_new_is_nothing_to_sign() {
    let log = Log::new();
    assert_eq!(log.sequencer.once().await.unwrap(), 0);
    assert_eq!(log.read(|snap| log::resource(snap, LogPath::Checkpoint)), None);

    log.commit(1).await;
    log.sequencer.finish().await.unwrap();
    let before = log.read(log::head);
    assert_eq!(log.sequencer.once().await.unwrap(), 0);
    assert_eq!(log.read(log::head), before);
}

#[tokio::test]
async fn an_entry_that_no_bundle_can_hold_is_not_committed() {
    let log = Log::new();
    let (tenant, now) = (log.world.tenant, log.world.now());
    for (bytes, fits) in [(65_000, true), (65_536, false)] {
        let wrote = log.world.door.db().write(log.world.tenant, move |tx| {
            let mut entry = by_docket(tenant, tx.new_id(), now, "packet.make");
            entry.payload.insert("much".to_owned(), "x".repeat(bytes).into());
            match tx.record(&entry) {
                Ok(recorded) => Committed::Changed((), recorded),
                Err(fault) => Committed::Failed(fault.into()),
            }
        });
        assert_eq!(wrote.await.is_ok(), fits);
    }
    assert_eq!(log.sequencer.finish().await.unwrap(), 1);
    assert_eq!(leaves(&log), entries(&log));
}

#[tokio::test]
async fn two_sequencers_do_not_fork_the_log() {
    let log = Log::new();
    let other = Sequencer::new(log.world.door.db().clone(), super::signer());
    for _ in 0..4 {
        log.commit(5).await;
        let (one, two) = tokio::join!(log.sequencer.finish(), other.finish());
        assert_eq!(one.unwrap() + two.unwrap(), 5);
    }
    assert_eq!(leaves(&log), entries(&log));
}

#[tokio::test]
async fn every_width_that_a_tile_once_had_stays_readable() {
    let log = Log::new();
    let mut seen = Vec::new();
    for batch in [3, 200, 52, 1, 100] {
        log.commit(batch).await;
        log.sequencer.finish().await.unwrap();
        let size = log.sequencer.standing().unwrap().size;
        for tile in [Tile::in_tree(0, 0, size), Tile::in_tree(0, 1, size)].into_iter().flatten() {
            let path = LogPath::Tile(tile);
            seen.push((path, log.read(|snap| log::resource(snap, path)).unwrap()));
        }
    }
    for (path, bytes) in seen {
        assert_eq!(log.read(|snap| log::resource(snap, path)), Some(bytes), "{path}");
    }
    for path in [
        "tile/0/001",
        "tile/0/001.p/101",
        "tile/0/002.p/1",
        "tile/2/000.p/1",
        "tile/entries/001.p/101",
    ] {
        let path = path.parse().unwrap();
        assert_eq!(log.read(|snap| log::resource(snap, path)), None, "{path}");
    }
}

#[tokio::test]
async fn bundles_hold_the_entries_behind_the_leaves() {
    let log = Log::new();
    for batch in [100, 156, 44] {
        log.commit(batch).await;
        log.sequencer.finish().await.unwrap();
    }
    let mut all = Vec::new();
    for (path, width) in [("tile/entries/000", 256), ("tile/entries/001.p/44", 44)] {
        let bytes = log.read(|snap| log::resource(snap, path.parse().unwrap())).unwrap();
        let bundle = decode_bundle(&bytes, width).unwrap();
        all.extend(bundle.into_iter().map(|entry| String::from_utf8(entry.to_vec()).unwrap()));
    }
    assert_eq!(all, entries(&log));
    let three = log.read(|snap| log::resource(snap, "tile/entries/000.p/3".parse().unwrap()));
    assert_eq!(decode_bundle(&three.unwrap(), 3).unwrap().len(), 3);
}

#[tokio::test]
async fn a_log_that_is_not_what_was_signed_is_not_continued() {
    for tamper in [
        "update log_tile set hashes = zeroblob(length(hashes)) where level = 0",
        "delete from log_tile",
        "update log_checkpoint set root = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='",
        "update log_checkpoint set note = replace(note, '3', '4')",
        "update log_checkpoint set note = 'gone'",
        "delete from log_run",
        "update log_run set entries = 2",
    ] {
        let log = Log::new();
        log.commit(3).await;
        log.sequencer.finish().await.unwrap();
        log.tamper(tamper);
        log.commit(1).await;

        let restarted = Sequencer::new(log.world.door.db().clone(), super::signer());
        assert!(restarted.once().await.is_err(), "{tamper}");
        assert!(restarted.stopped().is_some(), "{tamper}");
        // Put right or not, this one signs nothing more.
        assert!(restarted.once().await.is_err());
        assert_eq!(log.read(log::head).map(|head| head.size), Some(3));
    }
}

#[tokio::test]
async fn the_log_of_another_key_is_not_continued() {
    let log = Log::new();
    log.commit(3).await;
    log.sequencer.finish().await.unwrap();
    log.commit(1).await;
    let other = Sequencer::new(log.world.door.db().clone(), super::other_signer());
    assert!(other.once().await.is_err());
    assert!(other.stopped().is_some());
}

#[tokio::test]
async fn the_database_refuses_to_change_the_log() {
    let log = Log::new();
    log.commit(300).await;
    log.sequencer.finish().await.unwrap();
    for refused in [
        "update audit_entry set body = '{}' where entry_no = 1",
        "delete from audit_entry where entry_no = 300",
        "update log_run set entries = 299",
        "delete from log_run",
        "insert into log_run values (299, 301, 1)",
        "insert into log_run values (300, 300, 1)",
        "update log_tile set hashes = zeroblob(length(hashes))",
        "update log_tile set hashes = substr(hashes, 1, 32) where level = 0 and tile_index = 1",
        "update log_tile set tile_index = 7",
        "delete from log_tile",
        "update log_checkpoint set root = ''",
        "delete from log_checkpoint",
        "insert into log_checkpoint values (299, '', '', 0)",
    ] {
        assert!(log.back().run(refused).is_err(), "{refused}");
    }
    assert_eq!(leaves(&log), entries(&log));
}

#[tokio::test(start_paused = true)]
async fn the_running_sequencer_takes_up_what_is_committed() {
    let log = Log::new();
    let running = log.sequencer.start();
    log.commit(5).await;
    while log.sequencer.standing().unwrap().backlog > 0 {
        tokio::time::advance(std::time::Duration::from_millis(50)).await;
        tokio::task::yield_now().await;
    }
    running.abort();
    assert_eq!(leaves(&log), entries(&log));
}

/// Numbers are taken when entries are written, and commands commit side by side.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_is_committed_late_is_a_leaf_after_those_that_were_faster() {
    if !Ground::is_postgres() {
        // With one writer nobody is overtaken.
        return;
    }
    let log = Log::new();
    log.commit(1).await;
    log.settle().await;
    let (written, is_written) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let (db, tenant) = (log.world.door.db().clone(), log.world.tenant);
    let slow = move |tx: &mut Tx<'_>| {
        let recorded = tx.record(&super::entry(tx.new_id(), tx.now(), tenant)).unwrap();
        // What is asked sends what was put: the number is taken from here on.
        tx.answers().unwrap();
        written.send(()).unwrap();
        may_go_on.recv().unwrap();
        Committed::Changed((), recorded)
    };
    let slow = tokio::spawn(async move { db.write_once(tenant, &Turns::default(), slow).await });
    is_written.await.unwrap();

    for _ in 0..3 {
        log.commit(100).await;
        log.sequencer.finish().await.unwrap();
        log.sequencer.once().await.unwrap();
    }
    assert_eq!(leaves(&log).len(), 301);
    go_on.send(()).unwrap();
    slow.await.unwrap().unwrap();
    log.settle().await;

    let (taken, mut all) = (leaves(&log), entries(&log));
    let late = all.remove(1);
    assert_eq!(taken.last(), Some(&late));
    assert_eq!(taken[..301], all);
    assert_eq!(super::verify::check(&log).unwrap().entries, 302);
}

#[derive(Clone, Debug)]
enum Step {
    Commit(usize),
    Run,
    /// The write fails at this table, as if the disk were full.
    Fail(&'static str),
    /// Dropped before or after it has handed over its write.
    Drop(usize),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..400usize).prop_map(Step::Commit),
        2 => Just(Step::Run),
        2 => prop_oneof![Just("log_run"), Just("log_tile"), Just("log_checkpoint")].prop_map(Step::Fail),
        2 => (0..4_000usize).prop_map(Step::Drop),
        1 => Just(Step::Restart),
    ]
}

/// SQL that has every insert into a table fail.
fn breaking(table: &str) -> String {
    if Ground::is_postgres() {
        return format!(
            "create trigger broken before insert on {table}
             for each row execute function refuse('broken')"
        );
    }
    format!(
        "create trigger broken before insert on {table} begin select raise(abort, 'broken'); end"
    )
}

fn mending(table: &str) -> String {
    let on = if Ground::is_postgres() { format!(" on {table}") } else { String::new() };
    format!("drop trigger broken{on}")
}

async fn take(log: &mut Log, step: Step) {
    match step {
        Step::Commit(entries) => log.commit(entries).await,
        Step::Run => drop(log.sequencer.finish().await.unwrap()),
        Step::Fail(table) => {
            // What was handed over before a drop is written first.
            log.world
                .door
                .db()
                .write(log.world.tenant, |_| Committed::Unchanged(()))
                .await
                .unwrap();
            let waiting = log.sequencer.standing().unwrap().backlog > 0;
            log.run(&breaking(table));
            assert_eq!(log.sequencer.finish().await.is_err(), waiting);
            log.run(&mending(table));
        }
        Step::Drop(polls) => {
            let mut running = pin!(log.sequencer.once());
            for _ in 0..polls {
                let polled = futures_util::future::poll_fn(|cx| {
                    std::task::Poll::Ready(running.as_mut().poll(cx).is_ready())
                });
                if polled.await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        Step::Restart => {
            log.sequencer = Sequencer::new(log.world.door.db().clone(), super::signer());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_each_entry_is_a_leaf_once_and_in_order(
        steps in prop::collection::vec(step(), 1..14),
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut log = Log::new();
            for step in steps {
                take(&mut log, step).await;
                let taken = leaves(&log);
                assert_eq!(taken[..], entries(&log)[..taken.len()]);
            }
            log.sequencer.finish().await.unwrap();
            let all = entries(&log);
            assert_eq!(leaves(&log), all);

            let hashes = all.iter().map(|entry| Hash::leaf(entry.as_bytes()));
            if let Some(head) = log.read(log::head) {
                let (note, keys) = (head.note.parse().unwrap(), [log.sequencer.key()]);
                let opened = Checkpoint::open(&note, &keys).unwrap();
                assert_eq!(opened.checkpoint.root, root_of(hashes));
            }
        });
    }
}

//! Several machines on one PostgreSQL: processes of ours that know of each other
//! only what the database says.

mod agree;
mod day;
mod desk;
mod evidence;
mod fleet;
mod join;
mod ledger;
mod post;
mod replay;
mod session;
mod trouble;

use crate::{
    cluster::Cluster,
    ground::{Database, Ground},
    home::Home,
};
use day::{Office, one_call};
use desk::{Alarm, Book, Desk};
use fleet::{Doors, Fleet};
use ledger::Ledger;
use post::Post;
use rand::{SeedableRng, rngs::StdRng};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};
use trouble::Scene;

/// People who call.
const DESKS: usize = 6;
/// What was answered is on the disk, whatever becomes of the server.
const SETTINGS: &str = "-c fsync=on -c max_connections=200";

/// A deployment whose texts are brought to the post.
fn home(cluster: &Cluster, post: &Post) -> Home {
    cluster.wake(SETTINGS);
    let home = Home::at(Ground::on(Database::new(&cluster.url())));
    let secret = home.data().join("secret");
    fs::write(&secret, "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz").unwrap();
    home.configured(&format!(
        "[outbox]\nemail = \"webhook\"\n[outbox.webhook]\nurl = \"http://127.0.0.1:{}/\"\n\
         secrets = [\"file:{}\"]\nallow_private = true\n",
        post.port,
        secret.display(),
    ));
    let written = fs::read_to_string(home.config()).unwrap();
    // Six processes share the server's connections.
    fs::write(home.config(), written.replace("[postgres]\n", "[postgres]\nconnections = 4\n"))
        .unwrap();
    home
}

/// What everybody's luck comes from. A test that fails says it, and
/// `DOCKET_TEST_SEED` brings it back.
struct Seed(u64);

impl Seed {
    fn drawn() -> Self {
        let told = std::env::var("DOCKET_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        Self(told.unwrap_or_else(rand::random))
    }

    fn luck(&self, who: usize) -> StdRng {
        StdRng::seed_from_u64(self.0.wrapping_add(who as u64))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = writeln!(io::stderr(), "DOCKET_TEST_SEED={}", self.0);
        }
    }
}

#[test]
fn whatever_is_killed_nothing_acknowledged_is_lost_and_nothing_is_done_twice() {
    let Some(cluster) = Cluster::make() else { return };
    let seed = Seed::drawn();
    let luck = |who| seed.luck(who);
    let post = Post::open();
    let home = home(&cluster, &post);
    let (doors, book) = (Doors::default(), Book::default());
    let fleet = Fleet::start(&home, &doors);
    let office = Office::open(&home, fleet.server(0));
    let (over, seen) = (AtomicBool::new(false), Mutex::default());

    let fleet = thread::scope(|scope| {
        let (office, over, seen, book) = (&office, &over, &seen, &book);
        for name in 0..DESKS {
            let mut desk = Desk::new(name, luck(name), &doors, &office.tokens, book);
            scope.spawn(move || {
                let _alarm = Alarm(book);
                while !over.load(Ordering::Relaxed) {
                    one_call(&mut desk, office);
                }
            });
        }
        let mut watcher = Desk::new(DESKS, luck(DESKS), &doors, &office.tokens, book);
        scope.spawn(move || {
            let _alarm = Alarm(book);
            watch(&mut watcher, over, seen);
        });
        let _alarm = Alarm(book);
        let scene =
            Scene { home: &home, cluster: &cluster, settings: SETTINGS, fleet, post: &post, book };
        let fleet = scene.play(&mut luck(99));
        over.store(true, Ordering::Relaxed);
        fleet
    });
    assert!(book.turned_away() > 0 && book.cut_off() > 0, "something went wrong");

    let ledger = Ledger { home: &home, post: &post, done: book.close() };
    ledger.everything_comes_to_its_end();
    let again = Book::default();
    let mut desk = Desk::new(DESKS + 1, luck(DESKS + 1), &doors, &office.tokens, &again);
    ledger.it_is_answered_again_as_before(&mut desk);
    drop(desk);
    let said = fleet.stop();
    ledger.nothing_broke(&said);
    ledger.what_was_acknowledged_was_done_once();
    ledger.every_job_was_done_and_had_its_effect_once();
    ledger.there_is_one_log_without_a_gap(&seen.into_inner().unwrap());
}

/// Every checkpoint that is shown, by its size. It never gets smaller.
fn watch(desk: &mut Desk<'_>, over: &AtomicBool, seen: &Mutex<BTreeMap<u64, String>>) {
    let mut last = 0;
    while !over.load(Ordering::Relaxed) {
        let reply = desk.get("auditor", "/v1/log/checkpoint");
        assert_eq!(reply.status, 200, "{reply:?}");
        let mut lines = reply.body.lines().skip(1);
        let size: u64 = lines.next().unwrap().parse().unwrap();
        let root = lines.next().unwrap().to_owned();
        assert!(size >= last, "the log of size {last} is seen at size {size}");
        last = size;
        let before = seen.lock().unwrap().insert(size, root.clone());
        assert!(before.is_none_or(|before| before == root), "two logs of size {size}");
    }
}

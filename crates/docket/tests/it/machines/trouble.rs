//! What goes wrong, in an order that luck has it.

use super::{
    desk::Book,
    fleet::{EACH, Fleet, Node, until},
    post::Post,
    session::Session,
};
use crate::{cluster::Cluster, home::Home};
use rand::{
    RngExt,
    rngs::StdRng,
    seq::{IteratorRandom, SliceRandom},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// A server is killed.
    Server,
    /// Whoever holds a job just now is killed.
    Worker,
    /// Whoever is about to write the log is killed.
    Sequencer,
    /// Time passes in which some promises are not kept.
    Time,
    /// PostgreSQL is stopped as an operator would.
    Stop,
    /// PostgreSQL is stopped as a power cut would.
    Crash,
    /// PostgreSQL stands still.
    Freeze,
}

/// What each kind of trouble is to happen.
const TROUBLES: [(Trouble, usize); 7] = [
    (Trouble::Server, 4),
    (Trouble::Worker, 4),
    (Trouble::Sequencer, 3),
    (Trouble::Time, 3),
    (Trouble::Stop, 1),
    (Trouble::Crash, 2),
    (Trouble::Freeze, 1),
];

/// Everything that can go wrong.
pub struct Scene<'a, 'f> {
    pub home: &'a Home,
    pub cluster: &'a Cluster,
    pub settings: &'a str,
    pub fleet: Fleet<'f>,
    pub post: &'a Post,
    pub book: &'a Book,
}

impl<'f> Scene<'_, 'f> {
    /// Has everything go wrong, with some work done in between.
    pub fn play(mut self, luck: &mut StdRng) -> Fleet<'f> {
        let mut troubles: Vec<_> = TROUBLES
            .iter()
            .flat_map(|(trouble, times)| std::iter::repeat_n(*trouble, *times))
            .collect();
        troubles.shuffle(luck);
        let frozen = self.a_worker_is_frozen(luck);
        for trouble in troubles {
            self.some_work_is_done(luck.random_range(5..40));
            match trouble {
                Trouble::Server => {
                    let at = luck.random_range(0..EACH);
                    self.is_killed(Node::Server(at));
                }
                Trouble::Worker => self.a_worker_is_killed(luck, frozen),
                Trouble::Sequencer => self.the_sequencer_is_killed(),
                Trouble::Time => self.promises_are_broken(),
                Trouble::Stop => self.the_database_goes("fast"),
                Trouble::Crash => self.the_database_goes("immediate"),
                Trouble::Freeze => self.the_database_stands_still(),
            }
        }
        self.it_is_thawed(frozen);
        self.some_work_is_done(40);
        self.fleet
    }

    fn some_work_is_done(&self, commands: usize) {
        let before = self.book.acknowledged();
        until("work to go on", || {
            self.book.check();
            (self.book.acknowledged() >= before + commands).then_some(())
        });
    }

    /// The others go on without it, and then it is back.
    fn is_killed(&mut self, node: Node) {
        self.fleet.kill(node);
        self.some_work_is_done(20);
        self.fleet.replace(node);
    }

    /// Texts are held up at the other end until somebody has one in hand.
    fn has_a_job_in_hand(&self, luck: &mut StdRng, who: impl Fn(Node) -> bool) -> Node {
        let at_it = "select distinct worker from job where phase = 'running'
            and kind = 'outgoing.deliver'";
        until("somebody to have a job in hand", || {
            self.book.check();
            let at_it = self.home.ground.ask("data", at_it);
            let at_it = at_it.iter().filter_map(|name| self.fleet.named(name));
            at_it.filter(|node| who(*node)).choose(luck)
        })
    }

    fn a_worker_is_killed(&mut self, luck: &mut StdRng, frozen: Node) {
        self.post.shut();
        let node = self.has_a_job_in_hand(luck, |node| node != frozen);
        self.fleet.kill(node);
        self.post.reopen();
        self.some_work_is_done(10);
        self.fleet.replace(node);
    }

    /// A worker stands still with a job in hand, which goes to somebody else.
    fn a_worker_is_frozen(&mut self, luck: &mut StdRng) -> Node {
        self.post.shut();
        let node = self.has_a_job_in_hand(luck, |node| matches!(node, Node::Worker(_)));
        self.fleet.freeze(node);
        self.post.reopen();
        node
    }

    /// It wakes up when others have its job, and goes on where it was.
    fn it_is_thawed(&self, node: Node) {
        let held = "select distinct worker from job where phase = 'running'";
        until("its jobs to be taken by others", || {
            let held = self.home.ground.ask("data", held);
            let mut held = held.iter().filter_map(|name| self.fleet.named(name));
            held.all(|other| other != node).then_some(())
        });
        self.fleet.thaw(node);
    }

    /// It has written what it was about to, and waits for its turn to commit it.
    fn the_sequencer_is_killed(&mut self) {
        let mut session = Session::open(&self.home.ground);
        session.lock("log/grow");
        let node = until("somebody to write the log", || {
            session.waiting_for("log/grow").iter().find_map(|name| self.fleet.named(name))
        });
        self.fleet.kill(node);
        drop(session);
        self.some_work_is_done(20);
        self.fleet.replace(node);
    }

    /// What was promised for later was promised for a moment ago, and everybody
    /// goes round to look.
    fn promises_are_broken(&self) {
        self.home.ground.tamper(
            "data",
            "update ticket set resolution_due = now.us, due_at = now.us
             from (select extract(epoch from now())::bigint * 1000000 as us) now
             where resolved_at is null and resolution_due is not null;
             update job_chore set due_at = 0 where name = 'clock'",
        );
    }

    fn the_database_goes(&mut self, how: &str) {
        let away = self.book.turned_away();
        self.cluster.stop(how);
        until("somebody to be told to wait", || (self.book.turned_away() > away + 2).then_some(()));
        self.cluster.wake(self.settings);
    }

    fn the_database_stands_still(&self) {
        let away = self.book.turned_away();
        self.cluster.freeze();
        until("somebody to be told to wait", || (self.book.turned_away() > away + 2).then_some(()));
        self.cluster.thaw();
    }
}

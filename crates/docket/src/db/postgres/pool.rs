//! Threads with a connection each, and what waits for them.

use super::{flight::Flight, options::Options, packet::Way, reach::Reach, together, wire::Wire};
use crate::{
    chance::Chance,
    db::{Bell, session::Session, tx::Tx, work::Work},
    failure::Failure,
};
use kernel::clock::Clock;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, Thread},
};

/// Connections that carry out commands which share a commit: while one waits for
/// the disk, the other decides. More would have less to share, and a commit
/// costs more than the command.
const SHARING_MAX: usize = 2;
/// More than this in one commit would keep the first of them waiting too long.
const TOGETHER_MAX: usize = 64;
/// What may wait before callers are sent away.
const QUEUE_MAX: usize = 4_096;

/// Threads with a connection each. Dropped, they finish what they are at.
pub(super) struct Pool(Arc<Queue>);

#[derive(Default)]
struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    works: VecDeque<Box<dyn Work>>,
    /// Connections that carry out commands which share a commit.
    sharing: usize,
    /// Threads with nothing to do, the last to become so last. That one is
    /// woken: what it and its server need is still in their caches, and where
    /// few connections are enough the others cost nothing.
    idle: Vec<Thread>,
    closed: bool,
}

/// What every thread is handed.
#[derive(Clone)]
pub(super) struct Shared {
    pub options: Arc<Options>,
    pub reach: Arc<Reach>,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    pub bell: Bell,
    /// How often commands and looks have waited for the other end.
    #[cfg(test)]
    pub ways: Arc<std::sync::atomic::AtomicU64>,
}

impl Pool {
    pub(super) fn start(size: usize, shared: &Shared) -> Self {
        let queue = Arc::new(Queue::default());
        for number in 0..size {
            let (queue, shared) = (Arc::clone(&queue), shared.clone());
            let body = move || serve(&queue, &shared);
            // A thread that does not start leaves its share to the others.
            drop(thread::Builder::new().name(format!("postgres-{number}")).spawn(body));
        }
        Self(queue)
    }

    pub(super) fn submit(&self, work: Box<dyn Work>) -> Result<(), Failure> {
        let mut waiting = self.0.held();
        if waiting.works.len() >= QUEUE_MAX {
            return Err(crate::door::overloaded().into());
        }
        let is_next = waiting.may_begin(&*work);
        waiting.works.push_back(work);
        let woken = if is_next { waiting.idle.pop() } else { None };
        drop(waiting);
        woken.as_ref().map(Thread::unpark);
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut held = self.0.held();
        held.closed = true;
        held.idle.drain(..).for_each(|thread| thread.unpark());
    }
}

impl Queue {
    fn held(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Vec<Box<dyn Work>>> {
        let ours = thread::current();
        let mut held = self.held();
        loop {
            if let Some(works) = held.take() {
                return Some(works);
            }
            if held.closed {
                return None;
            }
            held.idle.push(ours.clone());
            drop(held);
            thread::park();
            held = self.held();
            // Woken for work, it is not among them any more; otherwise it is.
            held.idle.retain(|thread| thread.id() != ours.id());
        }
    }
}

/// A connection that carries out commands which share a commit. However that
/// ends, others may do so afterwards.
struct Sharing<'a>(&'a Queue);

impl Drop for Sharing<'_> {
    fn drop(&mut self) {
        self.0.held().sharing -= 1;
    }
}

impl Waiting {
    fn may_begin(&self, work: &dyn Work) -> bool {
        !work.shares() || self.sharing < SHARING_MAX
    }

    /// What is to be carried out next: one that comes alone, or all that can
    /// share a transaction, in the order in which they came.
    fn take(&mut self) -> Option<Vec<Box<dyn Work>>> {
        let at = self.works.iter().position(|work| self.may_begin(&**work))?;
        let first = self.works.remove(at)?;
        if !first.shares() {
            return Some(vec![first]);
        }
        self.sharing += 1;
        let (scope, mut works) = (first.scope(), vec![first]);
        for work in std::mem::take(&mut self.works) {
            let joins = works.len() < TOGETHER_MAX && work.shares() && work.scope() == scope;
            if joins { works.push(work) } else { self.works.push_back(work) }
        }
        Some(works)
    }
}

fn serve(queue: &Queue, shared: &Shared) {
    let mut held: Option<Wire> = None;
    while let Some(mut works) = queue.next() {
        let shares = works.iter().any(|work| work.shares());
        let _sharing = shares.then(|| Sharing(queue));
        let wire = alive(held.take()).map_or_else(|| shared.reach.connect(&shared.options), Ok);
        held = match wire {
            Ok(wire) if shares => together::carry(wire, works, shared),
            Ok(wire) => works.pop().and_then(|work| carry(wire, work, shared)),
            Err(fault) if shares => {
                together::answer(works, Some(&fault));
                None
            }
            Err(fault) => {
                if let Some(mut work) = works.pop() {
                    work.fail(fault.into());
                    work.answer();
                }
                None
            }
        };
    }
}

/// Runs one command or look to its end, and hands back the connection if it can
/// be used again.
fn carry(wire: Wire, mut work: Box<dyn Work>, shared: &Shared) -> Option<Wire> {
    let way = if work.only_looks() { Way::Looks } else { Way::Alone };
    let flight = Flight::new(wire, work.scope(), way);
    let session = Session::Postgres(&flight);
    let mut tx = Tx::new(session, work.scope(), &*shared.clock, &*shared.chance);
    if work.run(&mut tx) {
        match flight.commit() {
            Ok(()) => shared.bell.ring(tx.rung()),
            Err(fault) => work.fail(fault.into()),
        }
    }
    #[cfg(test)]
    shared.ways.fetch_add(flight.ways(), std::sync::atomic::Ordering::SeqCst);
    // Nothing is kept beyond a commit, so nobody has to wait for the rest.
    work.answer();
    flight.end()
}

/// The connection, unless the other end has closed it meanwhile.
pub(super) fn alive(held: Option<Wire>) -> Option<Wire> {
    held.and_then(|mut wire| wire.is_alive().then_some(wire))
}

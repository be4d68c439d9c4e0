//! Threads with a connection each, and what waits for them.

use super::{
    flight::Flight, glimpse, options::Options, packet::Way, reach::Reach, together, wire::Wire,
};
use crate::{
    chance::Chance,
    db::{Bell, Scope, session::Session, tx::Tx, work::Work},
    failure::Failure,
};
use kernel::clock::Clock;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, Thread},
};

/// Connections that carry out commands which share a commit, and as many that take
/// looks which share a snapshot: while one waits for PostgreSQL, the other decides.
/// More would have less to share, and sharing is what makes them cheap.
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
    /// Connections that carry out commands which share, and those with looks.
    sharing: [usize; 2],
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

impl Shared {
    pub(super) fn tx<'a>(&'a self, flight: &'a Flight, scope: Scope) -> Tx<'a> {
        Tx::new(Session::Postgres(flight), scope, &*self.clock, &*self.chance)
    }
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

/// A connection that carries out what shares. However that ends, others may do so
/// afterwards.
struct Sharing<'a>(&'a Queue, usize);

impl Drop for Sharing<'_> {
    fn drop(&mut self) {
        self.0.held().sharing[self.1] -= 1;
    }
}

/// Which of the two kinds of those that share this is.
fn kind(work: &dyn Work) -> usize {
    usize::from(work.only_looks())
}

impl Waiting {
    fn may_begin(&self, work: &dyn Work) -> bool {
        !work.shares() || self.sharing[kind(work)] < SHARING_MAX
    }

    /// What is to be carried out next: one that comes alone, or all that can
    /// share a transaction, in the order in which they came.
    fn take(&mut self) -> Option<Vec<Box<dyn Work>>> {
        let at = self.works.iter().position(|work| self.may_begin(&**work))?;
        let first = self.works.remove(at)?;
        if !first.shares() {
            return Some(vec![first]);
        }
        let (kind_of, scope) = (kind(&*first), first.scope());
        self.sharing[kind_of] += 1;
        let mut works = vec![first];
        for work in std::mem::take(&mut self.works) {
            let alike = work.shares() && kind(&*work) == kind_of && work.scope() == scope;
            let joins = alike && works.len() < TOGETHER_MAX;
            if joins { works.push(work) } else { self.works.push_back(work) }
        }
        Some(works)
    }
}

fn serve(queue: &Queue, shared: &Shared) {
    let mut held: Option<Wire> = None;
    while let Some(mut works) = queue.next() {
        let sharing = works.iter().find(|work| work.shares()).map(|work| kind(&**work));
        let (shares, looks) = (sharing.is_some(), works.iter().any(|work| work.only_looks()));
        let _sharing = sharing.map(|kind| Sharing(queue, kind));
        let wire = alive(held.take()).map_or_else(|| shared.reach.connect(&shared.options), Ok);
        held = match wire {
            Ok(wire) if shares && looks => glimpse::take(wire, works, shared),
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
pub(super) fn carry(wire: Wire, mut work: Box<dyn Work>, shared: &Shared) -> Option<Wire> {
    let way = if work.only_looks() { Way::Looks } else { Way::Alone };
    let flight = Flight::new(wire, work.scope(), way);
    let mut tx = shared.tx(&flight, work.scope());
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

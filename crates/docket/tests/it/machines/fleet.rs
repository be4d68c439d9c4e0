//! Three servers and three workers, and who is meant by what the database says.

use crate::home::{Home, Server, Worker};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    net::SocketAddr,
    process::Child,
    sync::Mutex,
    time::{Duration, Instant},
};

/// Where each server listens, as far as there is one just now.
#[derive(Default)]
pub struct Doors(Mutex<Vec<Option<SocketAddr>>>);

impl Doors {
    /// Those that are open.
    pub fn open(&self) -> Vec<SocketAddr> {
        self.0.lock().unwrap().iter().flatten().copied().collect()
    }

    pub fn set(&self, at: usize, addr: Option<SocketAddr>) {
        let mut doors = self.0.lock().unwrap();
        let len = doors.len().max(at + 1);
        doors.resize(len, None);
        doors[at] = addr;
    }
}

pub struct Fleet<'a> {
    home: &'a Home,
    doors: &'a Doors,
    servers: Vec<Server>,
    workers: Vec<Worker>,
}

/// One process of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    Server(usize),
    Worker(usize),
}

/// As many of each.
pub const EACH: usize = 3;

impl<'a> Fleet<'a> {
    pub fn start(home: &'a Home, doors: &'a Doors) -> Self {
        let servers: Vec<_> = (0..EACH).map(|_| home.serve()).collect();
        servers.iter().enumerate().for_each(|(at, server)| doors.set(at, Some(server.addr)));
        let workers = (0..EACH).map(|_| home.work(&[])).collect();
        Self { home, doors, servers, workers }
    }

    pub fn server(&self, at: usize) -> &Server {
        &self.servers[at]
    }

    fn process(&self, node: Node) -> &Child {
        match node {
            Node::Server(at) => &self.servers[at].process,
            Node::Worker(at) => &self.workers[at].process,
        }
    }

    /// Whom the database calls by this name: the machine, or us, and the process.
    pub fn named(&self, name: &str) -> Option<Node> {
        let (_, id) = name.rsplit_once('/')?;
        let id: u32 = id.parse().ok()?;
        let mut all = (0..EACH).flat_map(|at| [Node::Server(at), Node::Worker(at)]);
        all.find(|node| self.process(*node).id() == id)
    }

    /// As a power cut would.
    pub fn kill(&mut self, node: Node) {
        match node {
            Node::Server(at) => self.servers[at].kill(),
            Node::Worker(at) => self.workers[at].kill(),
        }
    }

    /// Starts another in the place of one that was killed.
    pub fn replace(&mut self, node: Node) {
        match node {
            Node::Server(at) => {
                self.doors.set(at, None);
                self.servers[at] = self.home.serve();
                self.doors.set(at, Some(self.servers[at].addr));
            }
            Node::Worker(at) => self.workers[at] = self.home.work(&[]),
        }
    }

    /// Has it stand still, as a machine does that is moved or out of memory.
    pub fn freeze(&self, node: Node) {
        self.signal(node, Signal::STOP);
    }

    pub fn thaw(&self, node: Node) {
        self.signal(node, Signal::CONT);
    }

    fn signal(&self, node: Node, signal: Signal) {
        kill_process(Pid::from_child(self.process(node)), signal).unwrap();
    }

    /// Has everybody end as an operator would, and answers what they said.
    pub fn stop(self) -> String {
        let workers = self.workers.into_iter().map(Worker::end);
        let ended = workers.chain(self.servers.into_iter().map(Server::end));
        let said = ended.map(|(ended, said)| {
            assert!(ended.success(), "a process ends well: {said}");
            said
        });
        said.collect()
    }
}

/// Asks until there is an answer. Whoever waits for what does not come ends here.
pub fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        assert!(since.elapsed() < Duration::from_secs(300), "waited in vain for {what}");
        std::thread::yield_now();
    }
}

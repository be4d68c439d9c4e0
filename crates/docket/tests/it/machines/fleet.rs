//! Three servers and three workers, and who is meant by what the database says.

use crate::home::{Home, Server};
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

    fn set(&self, at: usize, addr: Option<SocketAddr>) {
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
}

/// One process of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    Server(usize),
}

impl<'a> Fleet<'a> {
    pub fn start(home: &'a Home, doors: &'a Doors) -> Self {
        let servers: Vec<_> = (0..3).map(|_| home.serve()).collect();
        servers.iter().enumerate().for_each(|(at, server)| doors.set(at, Some(server.addr)));
        Self { home, doors, servers }
    }

    pub fn server(&self, at: usize) -> &Server {
        &self.servers[at]
    }

    pub fn servers(&self) -> usize {
        self.servers.len()
    }

    fn process(&self, node: Node) -> &Child {
        match node {
            Node::Server(at) => &self.servers[at].process,
        }
    }

    /// Which one has this process id.
    pub fn who(&self, id: u32) -> Option<Node> {
        let all = (0..self.servers.len()).map(Node::Server);
        all.into_iter().find(|node| self.process(*node).id() == id)
    }

    /// As a power cut would.
    pub fn kill(&mut self, node: Node) {
        match node {
            Node::Server(at) => self.servers[at].kill(),
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
        }
    }

    /// Has everybody end as an operator would.
    pub fn stop(self) {
        self.servers.into_iter().for_each(|server| drop(server.stop()));
    }
}

/// Asks until there is an answer. Whoever waits for what does not come ends here.
pub fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
        std::thread::yield_now();
    }
}

//! People at work: they call any server, and when nobody answers they call
//! another and say the same again.

use super::fleet::Doors;
use crate::http::{Client, Reply};
use rand::{RngExt, rngs::StdRng};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// A command and the answer that it got.
#[derive(Clone, Debug)]
pub struct Done {
    pub who: &'static str,
    pub tool: &'static str,
    pub version: Option<i64>,
    pub input: Value,
    pub answer: String,
}

/// Everything that was acknowledged, by its key.
#[derive(Default)]
pub struct Book {
    done: Mutex<BTreeMap<String, Done>>,
    /// How many were acknowledged.
    acknowledged: AtomicUsize,
    /// How often somebody was told to wait, or was not answered.
    turned_away: AtomicUsize,
    cut_off: AtomicUsize,
    /// Somebody has found something that is not so, and the others need not go on.
    failed: AtomicBool,
}

/// Tells the others if whoever has it fails.
pub struct Alarm<'a>(pub &'a Book);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.failed.store(true, Ordering::Relaxed);
        }
    }
}

impl Book {
    /// Goes on unless somebody has failed.
    pub fn check(&self) {
        assert!(!self.failed.load(Ordering::Relaxed), "somebody else has failed");
    }

    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    pub fn turned_away(&self) -> usize {
        self.turned_away.load(Ordering::Relaxed)
    }

    pub fn cut_off(&self) -> usize {
        self.cut_off.load(Ordering::Relaxed)
    }

    pub fn close(self) -> BTreeMap<String, Done> {
        self.done.into_inner().unwrap()
    }
}

/// The tokens of everybody who calls, by what they are.
pub type Tokens = BTreeMap<&'static str, String>;

/// One who calls, one thing after the other.
pub struct Desk<'a> {
    pub name: usize,
    pub luck: StdRng,
    doors: &'a Doors,
    tokens: &'a Tokens,
    book: &'a Book,
    lines: HashMap<(SocketAddr, &'static str), Client>,
    calls: usize,
}

/// Nobody is patient for longer.
const PATIENCE: Duration = Duration::from_secs(300);

impl<'a> Desk<'a> {
    pub fn new(
        name: usize,
        luck: StdRng,
        doors: &'a Doors,
        tokens: &'a Tokens,
        book: &'a Book,
    ) -> Self {
        Self { name, luck, doors, tokens, book, lines: HashMap::new(), calls: 0 }
    }

    /// Has a command done, however often it takes, and answers what it was answered.
    pub fn act(
        &mut self,
        who: &'static str,
        tool: &'static str,
        version: Option<i64>,
        input: Value,
    ) -> Value {
        let about = format!("{tool} {input}");
        self.try_act(who, tool, version, input).unwrap_or_else(|code| panic!("{about}: {code}"))
    }

    /// The same, if it may be refused: always under one key.
    pub fn try_act(
        &mut self,
        who: &'static str,
        tool: &'static str,
        version: Option<i64>,
        input: Value,
    ) -> Result<Value, Value> {
        let key = format!("desk-{}-{}", self.name, self.calls);
        self.calls += 1;
        let reply = self.insist(who, |line| line.call(tool, &key, version, &input));
        let answer = reply.json();
        if reply.status >= 300 {
            return Err(answer["code"].clone());
        }
        let done = Done { who, tool, version, input, answer: reply.body };
        assert!(self.book.done.lock().unwrap().insert(key, done).is_none());
        self.book.acknowledged.fetch_add(1, Ordering::Relaxed);
        Ok(answer)
    }

    /// Brings bytes, and answers their digest.
    pub fn upload(&mut self, who: &'static str, bytes: &[u8]) -> Value {
        let reply = self.insist(who, |line| line.ask("PUT", "/v1/evidence", "", bytes));
        assert!(reply.status < 300, "{reply:?}");
        reply.json()["result"]["digest"].clone()
    }

    /// Looks, at any server.
    pub fn get(&mut self, who: &'static str, path: &str) -> Reply {
        self.insist(who, |line| line.ask("GET", path, "", b""))
    }

    /// Says the same at one server after the other until one of them answers.
    pub fn insist(
        &mut self,
        who: &'static str,
        say: impl Fn(&mut Client) -> std::io::Result<Reply>,
    ) -> Reply {
        let since = Instant::now();
        loop {
            self.book.check();
            let Some(reply) = self.once(who, &say) else {
                self.book.cut_off.fetch_add(1, Ordering::Relaxed);
                assert!(since.elapsed() < PATIENCE, "nobody answers a {who}");
                std::thread::yield_now();
                continue;
            };
            if reply.status != 503 {
                return reply;
            }
            self.book.turned_away.fetch_add(1, Ordering::Relaxed);
            assert_eq!(reply.json()["code"], "server.unready", "{reply:?}");
            let after = reply.header("retry-after").expect("it says when to come back");
            assert!(since.elapsed() < PATIENCE, "a {who} is told to wait: {reply:?}");
            // Nobody is waited for here: this is what a caller was asked to do.
            std::thread::sleep(Duration::from_secs(after.parse().unwrap()));
        }
    }

    /// Says it once, at any server that is there.
    fn once(
        &mut self,
        who: &'static str,
        say: impl Fn(&mut Client) -> std::io::Result<Reply>,
    ) -> Option<Reply> {
        let doors = self.doors.open();
        let door = doors[self.luck.random_range(0..doors.len())];
        let mut line = match self.lines.remove(&(door, who)) {
            Some(line) => line,
            None => Client::connect(door, &self.tokens[who]).ok()?,
        };
        let reply = say(&mut line).ok()?;
        self.lines.insert((door, who), line);
        Some(reply)
    }
}

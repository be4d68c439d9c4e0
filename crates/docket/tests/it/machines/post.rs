//! Somebody who takes texts and counts them, and sometimes lets them wait.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// A receiver of webhooks.
pub struct Post {
    pub port: u16,
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Default)]
struct State {
    /// Nobody is answered while it is.
    closed: bool,
    /// How often each letter came, by its key.
    letters: BTreeMap<String, usize>,
}

impl Post {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let post = Self { port: listener.local_addr().unwrap().port(), desk: Arc::default() };
        let desk = Arc::clone(&post.desk);
        // Both end with the process of the test.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let desk = Arc::clone(&desk);
                thread::spawn(move || desk.serve(stream?));
            }
        });
        post
    }

    /// Whoever brings something from now on waits.
    pub fn shut(&self) {
        self.desk.state.lock().unwrap().closed = true;
    }

    pub fn reopen(&self) {
        self.desk.state.lock().unwrap().closed = false;
        self.desk.opened.notify_all();
    }

    /// How often each letter came.
    pub fn letters(&self) -> BTreeMap<String, usize> {
        self.desk.state.lock().unwrap().letters.clone()
    }
}

impl Desk {
    /// Answers until the other end hangs up.
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut length, mut key) = (0, None);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line)? == 0 {
                    return Ok(());
                }
                match line.trim_end().split_once(": ") {
                    Some(("content-length", value)) => length = value.parse().unwrap(),
                    Some(("webhook-id", value)) => key = Some(value.to_owned()),
                    None if line == "\r\n" => break,
                    _ => {}
                }
            }
            stream.read_exact(&mut vec![0; length])?;
            self.take(key.expect("a letter has a key"));
            stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
        }
    }

    fn take(&self, key: String) {
        let mut state = self.state.lock().unwrap();
        *state.letters.entry(key).or_default() += 1;
        drop(self.opened.wait_while(state, |state| state.closed).unwrap());
    }
}

//! A process that takes a system's part: it is told in lines, and says lines of JSON.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

/// Longer than anything takes that a process is asked for, which is filling a table.
const PATIENCE: Duration = Duration::from_secs(900);

/// Dropped, it is killed.
pub struct Process {
    child: Child,
    told: ChildStdin,
    said: Receiver<Value>,
}

impl Process {
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("what was installed starts");
        let told = child.stdin.take().expect("it is piped");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        Self { child, told, said }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next thing it says.
    pub fn hear(&self) -> Value {
        self.said.recv_timeout(PATIENCE).expect("it says what it was asked for before it ends")
    }

    /// The next thing it says, which has this name in it.
    pub fn hear_of(&self, name: &str) -> Value {
        let value = self.hear();
        assert!(value.get(name).is_some(), "it should have said {name}, and said {value}");
        value
    }

    pub fn tell(&mut self, line: &str) {
        writeln!(self.told, "{line}").and_then(|()| self.told.flush()).expect("it listens");
    }

    /// Ends it the hard way, and waits until it has.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

//! Programs that take what leaves, made of libraries that we did not write.
//! Each prints one line of JSON per letter, and where it listens first.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

pub struct Receiver {
    process: Child,
    lines: BufReader<ChildStdout>,
    pub port: u16,
}

/// A program in the folder of receivers, with these words.
pub fn program(name: &str, words: &[&str]) -> Command {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tools/py/bin/python");
    assert!(python.exists(), "there is no {}; `tools/receivers` makes it", python.display());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/receivers");
    let mut command = Command::new(python);
    command.arg("-B").arg(folder.join(name)).args(words);
    command
}

/// A certificate for this machine, and its key.
pub fn certificate() -> (PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/surface/http/tests/tls");
    (folder.join("cert.pem"), folder.join("key.pem"))
}

impl Receiver {
    pub fn start(name: &str, words: &[&str]) -> Self {
        let mut process = program(name, words).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        let mut receiver = Self { process, lines, port: 0 };
        receiver.port = u16::try_from(receiver.next()["port"].as_u64().unwrap()).unwrap();
        receiver
    }

    /// The next letter, which is waited for.
    pub fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the receiver ended: {line}"))
    }

    /// Everything else that it got, and the end of it.
    pub fn rest(mut self) -> Vec<Value> {
        self.process.kill().unwrap();
        let lines = self.lines.by_ref().lines();
        lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! A deployment in a folder of its own, made and run by the binary.

use crate::http::Client;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::JoinHandle,
};
use tempfile::TempDir;

pub struct Home {
    folder: TempDir,
    admin: String,
    dispatcher: String,
    site: String,
}

/// A running server. Dropped, it is killed.
pub struct Server {
    pub process: Child,
    pub addr: SocketAddr,
    /// Collects what it logs until it ends.
    log: Option<JoinHandle<Vec<String>>>,
}

/// The binary with these words.
pub fn docket(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    command.args(words).env_clear().env("PATH", "/usr/bin:/bin");
    command
}

/// What a command printed, which has to have worked.
pub fn printed(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{} {} {}", output.status, text(&output.stdout), text(&output.stderr))
}

impl Home {
    /// Makes a deployment with a dispatcher and a site.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let words = ["init", data.to_str().unwrap(), "--tenant", "Hinge & Sons", "--admin", "Ann"];
        let made = printed(docket(&words));
        let admin = made.lines().find_map(|line| line.strip_prefix("admin")).unwrap();
        let mut home = Self {
            admin: admin.trim().to_owned(),
            folder,
            dispatcher: String::new(),
            site: String::new(),
        };
        home.settle();
        home
    }

    fn settle(&mut self) {
        let server = self.serve();
        let mut client = Client::connect(server.addr, &self.token(&self.admin, "admin")).unwrap();
        let mut put = |tool: &str, input: Value| {
            let reply = client.call(tool, tool, None, &input).unwrap();
            assert!(reply.status < 300, "{reply:?}");
            reply.json()["result"]["id"].as_str().unwrap().to_owned()
        };
        let dispatcher = json!({ "kind": "user", "name": "Dora", "roles": ["dispatcher"] });
        self.dispatcher = put("principal.put", dispatcher);
        let account = put("account.put", json!({ "name": "Corner Shops" }));
        self.site = put(
            "site.put",
            json!({
                "account": account, "name": "Main St 1", "address": "1 Main St",
                "zone": "America/New_York",
            }),
        );
        server.stop();
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn database(&self) -> PathBuf {
        self.data().join("docket.db")
    }

    fn config(&self) -> String {
        self.data().join("docket.toml").to_str().unwrap().to_owned()
    }

    pub fn site(&self) -> String {
        self.site.clone()
    }

    pub fn dispatcher_token(&self) -> String {
        self.token(&self.dispatcher, "dispatcher")
    }

    fn token(&self, principal: &str, role: &str) -> String {
        let config = self.config();
        let words =
            ["token", "issue", "--config", &config, "--principal", principal, "--role", role];
        printed(docket(&words)).trim().to_owned()
    }

    /// Starts a server and waits until it says where it listens.
    pub fn serve(&self) -> Server {
        let mut command = docket(&["serve", "--config", &self.config(), "--allow-root"]);
        command.env("DOCKET_LISTEN", "127.0.0.1:0").env("DOCKET_LOG_FORMAT", "json");
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let addr = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split_once("serving on http://").map(|(_, addr)| addr.trim().parse().unwrap())
        });
        // A full pipe would hold the server up.
        let log = std::thread::spawn(move || lines.map_while(Result::ok).collect());
        Server { addr: addr.expect("the server says where it listens"), process, log: Some(log) }
    }

    /// Checks the whole log with the data and the public key alone.
    pub fn verify_log(&self) {
        let data = self.data();
        printed(docket(&["audit", "verify", "--data", path(&data)]));
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

impl Server {
    /// As a power cut would: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// As an operator would: it finishes what it is doing. Answers what it logged.
    pub fn stop(mut self) -> Vec<String> {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success(), "the server ends well");
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

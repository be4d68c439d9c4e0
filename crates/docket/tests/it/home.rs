//! A deployment in a folder of its own, made and run by the binary.

use crate::{
    ground::Ground,
    http::{Client, key},
};
use docket::{config::Config, identity::proof::make};
use ed25519_dalek::pkcs8::{EncodePrivateKey, spki::der::pem::LineEnding};
use kernel::id::{Id, Principal};
use serde_json::{Value, json};
use std::{
    fs::{self, File, Permissions},
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

pub struct Home {
    pub ground: Ground,
    admin: String,
    dispatcher: String,
    site: String,
    started: AtomicUsize,
    calls: AtomicUsize,
}

/// A running server. Dropped, it is killed.
pub struct Server {
    pub process: Child,
    pub addr: SocketAddr,
    /// What it logs.
    log: PathBuf,
}

/// A process that only works. Dropped, it is killed.
pub struct Worker {
    pub process: Child,
    /// How many jobs at once, as it says.
    pub slots: String,
    log: PathBuf,
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
        Self::at(Ground::new())
    }

    /// Makes one on chosen ground.
    pub fn at(ground: Ground) -> Self {
        let data = ground.path().join("data");
        let words = ["init", data.to_str().unwrap(), "--tenant", "Hinge & Sons", "--admin", "Ann"];
        let mut init = docket(&words);
        init.args(ground.words());
        let made = printed(init);
        let admin = made.lines().find_map(|line| line.strip_prefix("admin")).unwrap();
        let mut home = Self {
            admin: admin.trim().to_owned(),
            ground,
            dispatcher: String::new(),
            site: String::new(),
            started: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
        };
        home.settle();
        home
    }

    fn settle(&mut self) {
        let server = self.serve();
        self.dispatcher = self.hire(&server, "dispatcher");
        let account = self.put(&server, "account.put", json!({ "name": "Corner Shops" }));
        let site = json!({
            "account": account, "name": "Main St 1", "address": "1 Main St",
            "zone": "America/New_York",
        });
        self.site = self.put(&server, "site.put", site);
        server.stop();
    }

    /// Calls a tool as the admin, and answers the id of what it put down.
    pub fn put(&self, server: &Server, tool: &str, input: Value) -> String {
        let mut client = Client::connect(server.addr, &self.token(&self.admin, "admin")).unwrap();
        let key = format!("home-{}", self.calls.fetch_add(1, Ordering::Relaxed));
        let reply = client.call(tool, &key, None, &input).unwrap();
        assert!(reply.status < 300, "{reply:?}");
        reply.json()["result"]["id"].as_str().unwrap().to_owned()
    }

    /// Registers somebody with one role.
    pub fn hire(&self, server: &Server, role: &str) -> String {
        let input = json!({ "kind": "user", "name": role, "roles": [role] });
        self.put(server, "principal.put", input)
    }

    /// Registers a program with one role.
    pub fn hire_service(&self, server: &Server, role: &str) -> String {
        let key = make::thumbprint(&key());
        let input = json!({ "kind": "service", "name": role, "roles": [role], "key": key });
        self.put(server, "principal.put", input)
    }

    pub fn data(&self) -> PathBuf {
        self.ground.path().join("data")
    }

    pub fn config(&self) -> String {
        self.data().join("docket.toml").to_str().unwrap().to_owned()
    }

    /// Adds to the configuration, and reads it as a server would.
    pub fn configured(&self, more: &str) -> Config {
        let made = fs::read_to_string(self.config()).unwrap();
        fs::write(self.config(), format!("{made}\n{more}")).unwrap();
        Config::load(Path::new(&self.config())).unwrap()
    }

    pub fn admin(&self) -> Id<Principal> {
        self.admin.parse().unwrap()
    }

    pub fn dispatcher(&self) -> Id<Principal> {
        self.dispatcher.parse().unwrap()
    }

    pub fn site(&self) -> String {
        self.site.clone()
    }

    pub fn dispatcher_token(&self) -> String {
        self.token(&self.dispatcher, "dispatcher")
    }

    pub fn token(&self, principal: &str, role: &str) -> String {
        let config = self.config();
        let words =
            ["token", "issue", "--config", &config, "--principal", principal, "--role", role];
        printed(docket(&words)).trim().to_owned()
    }

    /// One that is bound to the key of everybody here.
    pub fn bound_token(&self, principal: &str, role: &str) -> String {
        let (config, key) = (self.config(), make::thumbprint(&key()).to_string());
        let mut words = vec!["token", "issue", "--config", &config, "--principal", principal];
        words.extend(["--role", role, "--bound-to", &key]);
        printed(docket(&words)).trim().to_owned()
    }

    /// A reference to that key, in a file of its own.
    pub fn proof_key(&self) -> String {
        let path = self.data().join("caller.pem");
        let pem = key().to_pkcs8_pem(LineEnding::LF).unwrap();
        fs::write(&path, pem.as_bytes()).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        format!("file:{}", path.display())
    }

    /// Starts a server and waits until it says where it listens.
    pub fn serve(&self) -> Server {
        let mut command = docket(&["serve", "--config", &self.config(), "--allow-root"]);
        command.env("DOCKET_LISTEN", "127.0.0.1:0");
        let (process, log, addr) = self.start(command, "serving on http://");
        Server { addr: addr.parse().unwrap(), process, log }
    }

    /// Starts a process that only works, and waits until it says so.
    pub fn work(&self, words: &[&str]) -> Worker {
        let mut command = docket(&["work", "--config", &self.config(), "--allow-root"]);
        command.args(words);
        let (process, log, slots) = self.start(command, "working on ");
        Worker { slots, process, log }
    }

    /// Starts a process and waits until it says that it is ready, and more.
    fn start(&self, mut command: Command, ready: &str) -> (Child, PathBuf, String) {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let log = self.ground.path().join(format!("process-{number}.log"));
        command.env("DOCKET_LOG_FORMAT", "json").stdout(Stdio::null());
        let mut process = command.stderr(File::create(&log).unwrap()).spawn().unwrap();
        loop {
            let said = fs::read_to_string(&log).unwrap();
            let more = said.lines().find_map(|line| line.split_once(ready));
            // A line that is not ended may not be whole yet.
            if let (Some((_, more)), true) = (more, said.ends_with('\n')) {
                return (process, log, more.trim().to_owned());
            }
            assert!(process.try_wait().unwrap().is_none(), "the process ended: {said}");
            std::thread::yield_now();
        }
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

    /// As an operator would: it finishes what it is doing. Answers how it ended
    /// and everything it said.
    pub fn end(mut self) -> (ExitStatus, String) {
        end(&mut self.process, &self.log)
    }

    /// The same, which has to go well. Answers what it logged.
    pub fn stop(self) -> Vec<String> {
        let (ended, said) = self.end();
        assert!(ended.success(), "the server ends well: {said}");
        let logged = said.lines().skip_while(|line| !line.contains("serving on")).skip(1);
        logged.map(str::to_owned).collect()
    }
}

impl Worker {
    /// As a power cut would.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// As an operator would: it ends what it is doing. Answers how it ended and
    /// everything it said.
    pub fn end(mut self) -> (ExitStatus, String) {
        end(&mut self.process, &self.log)
    }
}

fn end(process: &mut Child, log: &Path) -> (ExitStatus, String) {
    let pid = rustix::process::Pid::from_child(process);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    (process.wait().unwrap(), fs::read_to_string(log).unwrap())
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

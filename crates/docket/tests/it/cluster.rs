//! A PostgreSQL of a test's own, which it may stop, start and spoil.

use crate::ground::shared;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    net::Ipv4Addr,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
};
use tempfile::TempDir;

pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
}

/// The name of a socket has a number in it; on the network it is another one's.
pub const PORT: u16 = 54_321;

/// Somebody without rights: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65_534;

impl Cluster {
    /// A cluster that is not awake yet. There is none where tests are not run on
    /// PostgreSQL at all.
    pub fn make() -> Option<Self> {
        shared()?;
        let cluster = Self {
            folder: tempfile::Builder::new().prefix("docket-it-").tempdir().unwrap(),
            programs: programs(),
        };
        cluster.give(cluster.folder.path());
        let data = cluster.data();
        let words = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"];
        cluster.run("initdb", &words);
        Some(cluster)
    }

    /// Where the programs of PostgreSQL are.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// The folder with its socket.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The same, as a URL names it.
    pub fn socket(&self) -> String {
        self.folder.path().to_str().unwrap().replace('/', "%2F")
    }

    /// An address of this machine that nobody else uses, for who listens on it.
    pub fn address() -> Ipv4Addr {
        let [.., high, low] = process::id().to_be_bytes();
        Ipv4Addr::new(127, 77, high, low)
    }

    /// The URL of its superuser.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}:{PORT}/postgres", self.socket())
    }

    /// Writes a file that only its server may read.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        self.give(&path);
        path
    }

    /// Has it listen on a socket in its folder, and nowhere else unless told.
    pub fn wake(&self, settings: &str) {
        let folder = self.folder.path().display();
        let settings = format!(
            "-c port={PORT} -c listen_addresses='' -c unix_socket_directories={folder} \
             -c fsync=off -c shared_buffers=16MB {settings}"
        );
        let log = self.folder.path().join("log");
        let words =
            ["-D", &self.data(), "-w", "-s", "-l", log.to_str().unwrap(), "-o", &settings, "start"];
        self.run("pg_ctl", &words);
    }

    /// Ends it, `fast` as an operator would, or `immediate` as if it had crashed.
    pub fn stop(&self, how: &str) {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-s", "-m", how, "stop"]);
    }

    /// Has it stand still, as a machine does whose disk is gone: it keeps its
    /// connections and answers on none of them.
    pub fn freeze(&self) {
        // The first one makes the others, so there are none that come later.
        self.signal(Signal::STOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let pids = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let first: i32 = pids.lines().next().unwrap().parse().unwrap();
        kill_process(Pid::from_raw(first).unwrap(), signal).unwrap();
        let made = fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap();
        for pid in made.split_whitespace() {
            // One that has just ended no longer matters.
            let _ = kill_process(Pid::from_raw(pid.parse().unwrap()).unwrap(), signal);
        }
    }

    fn data(&self) -> String {
        self.folder.path().join("data").to_str().unwrap().to_owned()
    }

    fn give(&self, path: &Path) {
        if is_root() {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        // What it leaves running must not hold on to our output.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    fn run(&self, program: &str, words: &[&str]) {
        let status = self.command(program, words).status().unwrap();
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(status.success(), "`{program}` {status}: {log}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        let words = ["-D", data.as_str(), "-w", "-s", "-m", "immediate", "stop"];
        if std::thread::panicking() && self.folder.path().join("data/postmaster.pid").exists() {
            self.thaw();
        }
        // It may have been stopped by the test.
        let _ = self.command("pg_ctl", &words).status();
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The newest that is installed.
fn programs() -> PathBuf {
    let found = fs::read_dir("/usr/lib/postgresql").unwrap().map(|entry| entry.unwrap().path());
    let version = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok())
    };
    let newest = found.filter(|path| version(path).is_some()).max_by_key(version);
    newest.expect("a PostgreSQL is installed").join("bin")
}

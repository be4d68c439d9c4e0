//! A PostgreSQL for the time of one run: new, durable, and reached over a socket.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// Everything else is as PostgreSQL comes. The first three are its defaults
/// too, and said because the comparison rests on them.
const SETTINGS: [&str; 6] = [
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=512MB",
    "max_connections=200",
    "listen_addresses=",
];

/// The role that owns the databases.
pub const OWNER: &str = "owner";
/// The one that Docket serves as, which owns nothing.
pub const SERVING: &str = "serving";

pub struct Cluster {
    folder: TempDir,
    server: Child,
    runtime: tokio::runtime::Runtime,
}

impl Cluster {
    /// Starts one whose data lies in a new folder in `data`.
    pub fn start(programs: &Path, data: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("docket-bench-").tempdir_in(data);
        let folder = folder.expect("the folder for the data can be written to");
        let account = Account::find();
        account.own(folder.path());
        let cluster = folder.path().join("data");
        let mut initdb = account.command(&programs.join("initdb"));
        initdb.arg("-D").arg(&cluster).args(["-U", "bench", "-A", "trust", "-E", "UTF8"]);
        let made = initdb.arg("--locale=C").stdout(Stdio::null()).status();
        assert!(made.is_ok_and(|status| status.success()), "initdb makes a cluster");

        let mut postgres = account.command(&programs.join("postgres"));
        postgres.arg("-D").arg(&cluster).arg("-k").arg(folder.path());
        postgres.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let log = fs::File::create(folder.path().join("log")).expect("the folder is writable");
        let server = postgres.stderr(log).stdout(Stdio::null()).spawn().expect("postgres starts");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let cluster = Self { folder, server, runtime: runtime.expect("a runtime can be made") };
        cluster.wait();
        // Nobody is measured as superuser, to whom row level security does not apply.
        for role in [OWNER, SERVING] {
            cluster.run("postgres", &format!("create role {role} login"));
        }
        cluster
    }

    fn wait(&self) {
        let up = |_: &u32| {
            std::thread::sleep(Duration::from_millis(50));
            self.runtime.block_on(self.connect("postgres")).is_ok()
        };
        assert!((0..600).any(|attempt| up(&attempt)), "PostgreSQL answers within half a minute");
    }

    async fn connect(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let socket = self.folder.path().display();
        let address = format!("host={socket} user=bench dbname={database}");
        let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    fn run(&self, database: &str, statement: &str) {
        let run = async { self.connect(database).await?.batch_execute(statement).await };
        self.runtime.block_on(run).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// A new, empty database in place of any of that name, and its address.
    pub fn create(&self, database: &str) -> String {
        self.discard(database);
        self.run(
            "postgres",
            &format!("create database {database} owner {OWNER} template template0"),
        );
        format!("postgresql://{OWNER}@/{database}?host={}", self.folder.path().display())
    }

    pub fn discard(&self, database: &str) {
        self.run("postgres", &format!("drop database if exists {database} with (force)"));
    }

    /// Brings every system to the same start: with statistics, without a
    /// checkpoint or a vacuum of the filling still to come.
    pub fn settle(&self, database: &str) {
        self.run(database, "vacuum (analyze)");
        self.run(database, "checkpoint");
    }

    /// Whether those who connect to a database from now on wait for the disk.
    pub fn await_commits(&self, database: &str, durable: bool) {
        let setting = if durable { "on" } else { "off" };
        self.run(
            "postgres",
            &format!("alter database {database} set synchronous_commit = {setting}"),
        );
    }

    pub fn process(&self) -> u32 {
        self.server.id()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let process = rustix::process::Pid::from_child(&self.server);
        // A fast shutdown: sessions are ended, and nothing is left behind.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::INT);
        let _ = self.server.wait();
    }
}

/// The newest of the installed versions.
pub fn newest() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = installed.map(|entry| entry.path()).max_by_key(version);
    newest.expect("PostgreSQL is installed, or --postgres says where").join("bin")
}

/// What these programs call themselves.
pub fn version(programs: &Path) -> String {
    let output = Command::new(programs.join("postgres")).arg("--version").output();
    let said = output.expect("PostgreSQL starts").stdout;
    String::from_utf8_lossy(&said).trim().to_owned()
}

/// Who PostgreSQL runs as: it refuses to run as root.
struct Account(Option<(u32, u32)>);

impl Account {
    fn find() -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").expect("the system has accounts");
        let ids = |name: &str| {
            let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2);
            Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        };
        Self(Some(ids("postgres").or_else(|| ids("nobody")).expect("every Linux has nobody")))
    }

    fn own(&self, folder: &Path) {
        if let Some((user, group)) = self.0 {
            chown(folder, Some(user), Some(group)).expect("root gives its folders away");
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command.current_dir("/");
        command
    }
}

//! The database under a world: a file, or, where `DOCKET_TEST_POSTGRES` names
//! the superuser of a cluster, a database of its own there.

use super::back::Back;
use crate::{
    chance::{Chance, Counting},
    config::Postgres,
    db::{Db, Options, migrate},
};
use kernel::clock::Clock;
use std::{
    collections::{HashMap, VecDeque},
    fs,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc, LazyLock, Mutex, Once,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio_postgres::{Client, NoTls};

/// Where a throw-away cluster is, if the tests are to run on one.
static CLUSTER: LazyLock<Option<String>> =
    LazyLock::new(|| std::env::var("DOCKET_TEST_POSTGRES").ok());

/// The role that owns what is made, and the one that serves.
pub const OWNER: &str = "docket_owner";
pub const SERVING: &str = "docket_serving";

/// Words of SQLite, for tests that change rows behind the door's back.
const SQLITE: &str = r"
    create schema sqlite;
    create domain sqlite.blob as bytea;
    create function sqlite.zeroblob(bigint) returns bytea immutable
        return decode(repeat('00', $1::integer), 'hex');
    create function sqlite.json_set(text, text, bigint) returns text immutable
        return jsonb_set($1::jsonb, string_to_array(substr($2, 3), '.'), to_jsonb($3))::text;
    create function sqlite.json_set(text, text, text) returns text immutable
        return jsonb_set(
            $1::jsonb, string_to_array(substr($2, 3), '.'), coalesce(to_jsonb($3), 'null')
        )::text;
    create function sqlite.instr(text, text) returns bigint immutable
        return strpos($1, $2);
    create function sqlite.instr(bytea, text) returns bigint immutable
        return position(convert_to($2, 'UTF8') in $1);
    create function sqlite.hex(bytea) returns text immutable
        return upper(encode($1, 'hex'));
";

/// The database under a world.
pub enum Ground {
    File(PathBuf),
    /// What a file held, to be written again.
    Image(Vec<u8>),
    Database(Database),
}

/// A database on the cluster that goes when its world does.
pub struct Database {
    pub name: String,
    template: String,
    /// Whether more than its rows was changed.
    spoilt: Arc<AtomicBool>,
}

impl Ground {
    /// Whether the tests run on PostgreSQL.
    pub fn is_postgres() -> bool {
        CLUSTER.is_some()
    }

    /// An empty database with the schema of this release.
    pub fn bare(folder: &Path, clock: &Arc<dyn Clock>) -> Self {
        if Self::is_postgres() {
            return Self::Database(Database::bare(clock));
        }
        let path = folder.join("docket.db");
        drop(Db::open(&path, Arc::clone(clock), Arc::new(Counting::default())).unwrap());
        Self::File(path)
    }

    /// The schema with nobody in it, and its name in a configuration, for who
    /// makes a deployment of their own. A file they make themselves.
    pub fn vacant(clock: &Arc<dyn Clock>) -> Option<(Self, Postgres)> {
        let database = Self::is_postgres().then(|| Database::bare(clock))?;
        let named = Postgres {
            url: url(&database.name, SERVING),
            password: None,
            ca: None,
            connections: 4,
            owner: Some(url(&database.name, OWNER)),
            owner_password: None,
        };
        Some((Self::Database(database), named))
    }

    /// The rows as they are, kept to be copied.
    pub fn kept(self, folder: &Path) -> Self {
        let path = match &self {
            Self::File(path) => path,
            Self::Image(_) => return self,
            Self::Database(database) => {
                keep(&database.name);
                return self;
            }
        };
        let copy = folder.join("copy.db");
        let into = format!("vacuum into '{}'", copy.display());
        rusqlite::Connection::open(path).unwrap().execute_batch(&into).unwrap();
        Self::Image(fs::read(copy).unwrap())
    }

    /// The same rows again, for another world.
    pub fn copied(&self, folder: &Path) -> Self {
        match self {
            Self::File(_) => panic!("a file that is in use is kept before it is copied"),
            Self::Image(image) => {
                let path = folder.join("docket.db");
                fs::write(&path, image).unwrap();
                Self::File(path)
            }
            Self::Database(from) => Self::Database(Database::of_template(&from.name)),
        }
    }

    pub fn open(&self, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Db {
        match self {
            Self::File(path) => Db::open(path, clock, chance).unwrap(),
            Self::Image(_) => panic!("nobody serves an image"),
            Self::Database(database) => Db::connect(database.serving(), clock, chance).unwrap(),
        }
    }

    /// Past everything that keeps the rows what they are.
    pub fn back(&self) -> Back {
        match self {
            Self::File(path) => Back::File(path.clone()),
            Self::Image(_) => panic!("nobody opens an image"),
            Self::Database(database) => Back::Database {
                url: url(&database.name, "postgres"),
                spoilt: Arc::clone(&database.spoilt),
            },
        }
    }
}

impl Database {
    /// A database with nothing but the schema, which is made once and copied.
    fn bare(clock: &Arc<dyn Clock>) -> Self {
        static MADE: Once = Once::new();
        let name = format!("docket_bare_{}", process::id());
        MADE.call_once(|| {
            make(&name, clock.now().as_microsecond());
            keep(&name);
        });
        Self::of_template(&name)
    }

    /// One that a world before has left, with the rows put back, or else a new one.
    fn of_template(template: &str) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("docket_{}_{made}", process::id());
        let left = LEFT.lock().unwrap().get_mut(template).and_then(VecDeque::pop_front);
        match left {
            Some(left) => take_over(&left, &name),
            None => {
                run(&format!("create database {name} template {template} owner {OWNER}"));
                // What is allowed on a database itself is not copied with it.
                run(&format!("revoke create, temporary on database {name} from public"));
            }
        }
        Self { name, template: template.to_owned(), spoilt: Arc::default() }
    }

    fn serving(&self) -> Options {
        Options::read(&url(&self.name, SERVING), None, None, 4).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.spoilt.load(Ordering::Relaxed) || std::thread::panicking() {
            run(&format!("drop database {} with (force)", self.name));
        } else {
            let (template, name) = (self.template.clone(), self.name.clone());
            LEFT.lock().unwrap().entry(template).or_default().push_back(name);
        }
    }
}

/// Databases whose worlds have ended, by template. Putting rows back is a tenth
/// of the work of making a database.
static LEFT: LazyLock<Mutex<HashMap<String, VecDeque<String>>>> = LazyLock::new(Mutex::default);

/// Keeps the rows of a database as those that every copy of it begins with.
fn keep(name: &str) {
    let url = url(name, "postgres");
    on(|| async move { connect(&url).await.batch_execute(KEEP).await.unwrap() });
}

/// Whoever is still at the old database is thrown out and does not find back.
fn take_over(left: &str, name: &str) {
    run(&format!(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{left}'"
    ));
    run(&format!("alter database {left} rename to {name}"));
    let url = url(name, "postgres");
    on(|| async move { connect(&url).await.batch_execute(PUT_BACK).await.unwrap() });
}

fn run(sql: &str) {
    let url = url("postgres", "postgres");
    on(|| async move { connect(&url).await.batch_execute(sql).await.unwrap() });
}

const KEEP: &str = "do $$ declare one text; begin
    drop schema if exists kept cascade;
    create schema kept;
    for one in select tablename from pg_tables where schemaname = 'public' loop
        execute format('create table kept.%I as table public.%I', one, one);
    end loop;
end $$";

const PUT_BACK: &str = "do $$ declare one text; has boolean; had boolean; begin
    perform set_config('session_replication_role', 'replica', true);
    for one in select tablename from pg_tables where schemaname = 'public' loop
        execute format(
            'select exists (select from public.%1$I), exists (select from kept.%1$I)', one
        ) into has, had;
        if has then
            execute format('delete from public.%I', one);
        end if;
        if had then
            execute format(
                'insert into public.%1$I overriding system value select * from kept.%1$I', one
            );
        end if;
    end loop;
    perform setval(
        pg_get_serial_sequence('public.audit_entry', 'entry_no'),
        coalesce(max(entry_no), 1), max(entry_no) is not null
    ) from public.audit_entry;
end $$";

fn make(name: &str, now_us: i64) {
    on(|| async move {
        let postgres = connect(&url("postgres", "postgres")).await;
        make_roles(&postgres).await;
        let create = format!("create database {name} owner {OWNER}");
        postgres.batch_execute(&create).await.unwrap();
        let mut owner = connect(&url(name, OWNER)).await;
        migrate(&mut owner, SERVING, now_us).await.unwrap();
        connect(&url(name, "postgres")).await.batch_execute(SQLITE).await.unwrap();
    });
}

/// Roles belong to the cluster, and other test programs may be making them.
async fn make_roles(postgres: &Client) {
    for role in [OWNER, SERVING] {
        let made = postgres.batch_execute(&format!("create role {role} login")).await;
        let there = made.as_ref().err().and_then(tokio_postgres::Error::code);
        let is_there = there.is_some_and(|code| ["42710", "23505"].contains(&code.code()));
        assert!(made.is_ok() || is_there, "{made:?}");
    }
}

/// The cluster's URL for another database and role.
pub fn url(database: &str, role: &str) -> String {
    let cluster = CLUSTER.as_ref().expect("only asked for where there is a cluster");
    let (_, rest) = cluster.split_once('@').expect("a URL names who connects");
    let (host, _) = rest.split_once('/').expect("a URL names a database");
    format!("postgres://{role}@{host}/{database}")
}

pub(super) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Runs something asynchronous to its end, wherever this is called.
pub(super) fn on<T: Send, F: Future<Output = T>>(work: impl FnOnce() -> F + Send) -> T {
    let body = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work())
    };
    std::thread::scope(|threads| threads.spawn(body).join()).unwrap()
}

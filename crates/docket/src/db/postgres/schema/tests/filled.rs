//! A database with one row of two tenants in every table there is.

use super::super::migrate;
use crate::testing::ground::{Ground, url};
use std::sync::LazyLock;
use tokio_postgres::{Client, Config, NoTls, error::SqlState};

pub const TENANTS: [&str; 2] = ["tenant-a", "tenant-b"];

const UNCHECKED: &str = "do $$ declare found record; begin
    for found in select conrelid::regclass as owner, conname from pg_constraint
        where contype = 'c' and connamespace = 'public'::regnamespace
    loop
        execute format('alter table %s drop constraint %I', found.owner, found.conname);
    end loop;
end $$";

/// A database of its own, with the role that owns it and the one that serves it.
pub struct Fresh {
    name: String,
}

/// Shared by the tests that leave it as it is.
pub static FILLED: LazyLock<Fresh> = LazyLock::new(|| on(Fresh::filled("shared")));

/// Runs something to its end where no other runtime is in the way.
fn on<T: Send>(work: impl Future<Output = T> + Send) -> T {
    let body = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work)
    };
    std::thread::scope(|threads| threads.spawn(body).join()).unwrap()
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let name = &self.name;
        on(async move {
            let root = connect(config()).await;
            for statement in [
                format!("drop database {name} with (force)"),
                format!("drop role {name}_owner, {name}_serving"),
            ] {
                root.batch_execute(&statement).await.unwrap();
            }
        });
    }
}

impl Fresh {
    /// An empty database.
    pub async fn empty(name: &str) -> Self {
        let fresh = Self { name: format!("schema_{name}_{}", std::process::id()) };
        let (root, name) = (connect(config()).await, &fresh.name);
        for statement in [
            format!("create role {name}_owner login"),
            format!("create role {name}_serving login"),
            format!("create database {name} owner {name}_owner"),
        ] {
            root.batch_execute(&statement).await.unwrap();
        }
        fresh
    }

    /// A database with the schema, and no rows.
    pub async fn migrated(name: &str) -> Self {
        let fresh = Self::empty(name).await;
        migrate(&mut fresh.owner().await, &fresh.serving_role(), 1).await.unwrap();
        fresh
    }

    /// A database with one row of each tenant in every table.
    pub async fn filled(name: &str) -> Self {
        let fresh = Self::migrated(name).await;
        fresh.fill().await;
        fresh
    }

    pub fn serving_role(&self) -> String {
        format!("{}_serving", self.name)
    }

    /// Somebody whom nothing keeps from anything.
    pub async fn root(&self) -> Client {
        let mut config = config();
        config.dbname(&self.name);
        connect(config).await
    }

    pub async fn owner(&self) -> Client {
        self.as_role(&format!("{}_owner", self.name)).await
    }

    pub async fn serving(&self) -> Client {
        self.as_role(&self.serving_role()).await
    }

    async fn as_role(&self, role: &str) -> Client {
        let mut config = config();
        config.dbname(&self.name).user(role);
        connect(config).await
    }

    async fn fill(&self) {
        let root = self.root().await;
        // Neither references nor triggers nor checks: what is here is about who
        // sees it, and need not make sense.
        root.batch_execute("set session_replication_role = replica").await.unwrap();
        root.batch_execute(UNCHECKED).await.unwrap();
        for table in tables(&root).await {
            let copies = if table.tenant.is_some() { &TENANTS[..] } else { &TENANTS[..1] };
            for tenant in copies {
                let insert = table.insert(tenant) + " on conflict do nothing";
                root.batch_execute(&insert).await.unwrap_or_else(|no| panic!("{insert}: {no:?}"));
            }
        }
    }
}

/// Whether there is a throw-away cluster. Without one there is nothing to ask:
/// all tests are run on SQLite and then again beside a cluster.
pub fn is_there() -> bool {
    Ground::is_postgres()
}

fn config() -> Config {
    url("postgres", "postgres").parse().unwrap()
}

async fn connect(config: Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A table as the catalogue knows it.
pub struct InCatalogue {
    pub name: String,
    /// The column that says whose a row is.
    pub tenant: Option<String>,
    /// Columns that need a value, with their types.
    wanted: Vec<(String, String)>,
}

/// All tables of the schema.
pub async fn tables(client: &Client) -> Vec<InCatalogue> {
    let columns = "select c.relname, array_agg(a.attname::text order by a.attnum)::text[],
            array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum)::text[]
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
            and a.attnotnull and a.attidentity = ''
        group by c.relname order by c.relname";
    let rows = client.query(columns, &[]).await.unwrap();
    let read = |row: &tokio_postgres::Row| {
        let (name, columns, types): (String, Vec<String>, Vec<String>) =
            (row.get(0), row.get(1), row.get(2));
        let has = |name: &str| columns.iter().any(|column| column == name);
        let tenant = match name.as_str() {
            "tenant" => Some("id".to_owned()),
            _ => has("tenant").then(|| "tenant".to_owned()),
        };
        InCatalogue { name, tenant, wanted: columns.into_iter().zip(types).collect() }
    };
    rows.iter().map(read).collect()
}

impl InCatalogue {
    /// A statement that writes a row of a tenant.
    pub fn insert(&self, tenant: &str) -> String {
        let value = |(column, kind): &(String, String)| match self.chosen(column) {
            Some(chosen) => chosen.to_owned(),
            None if self.tenant.as_ref() == Some(column) => format!("'{tenant}'"),
            None if kind == "text" => format!("'{column} of {tenant}'"),
            None if kind == "bigint" => "1".to_owned(),
            None if kind == "xid8" => "'1'".to_owned(),
            None if kind == "bytea" => "'\\x00'".to_owned(),
            None => panic!("`{}.{column}` is of a type that we do not use: {kind}", self.name),
        };
        let values: Vec<_> = self.wanted.iter().map(value).collect();
        let columns: Vec<_> = self.wanted.iter().map(|(column, _)| column.as_str()).collect();
        format!("insert into {} ({}) values ({})", self.name, columns.join(", "), values.join(", "))
    }

    /// A column that an update may name.
    pub fn any_column(&self) -> &str {
        &self.wanted[0].0
    }

    /// What a trigger wants to read.
    fn chosen(&self, column: &str) -> Option<&'static str> {
        match (self.name.as_str(), column) {
            ("invoice", "status") => Some("'draft'"),
            ("log_run", "leaf_index") => Some("0"),
            ("transition", "from_state") => Some("'new'"),
            ("transition", "to_state") => Some("'triaged'"),
            _ => None,
        }
    }
}

/// Whether a statement was refused because whoever asked may not.
pub fn is_forbidden<T>(answer: Result<T, tokio_postgres::Error>) -> bool {
    answer.is_err_and(|no| no.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE))
}

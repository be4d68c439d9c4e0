//! Bringing the schema up to date: forward only, each step once, in one
//! transaction that nobody else is in.

use super::{policies_and_grants, postgres, serving_role_faults, sources};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tokio_postgres::{Client, GenericClient, Transaction};

/// Whoever takes steps holds this advisory lock of the database.
const LOCK: i64 = 0x646f_636b_6574;
/// The oldest release of PostgreSQL that this was written for.
const OLDEST: i32 = 150_000;
/// Beside the steps stands the digest of what each serving role was given.
const ACCESS: &str = "access of ";

const TAKEN: &str = include_str!("../sql/steps_taken.postgres.sql");
const OPEN: &str = include_str!("../../../../migrations/postgres/open.sql");
const RESTORED: &str = include_str!("../../../../migrations/postgres/restored.sql");
const TABLE: &str = include_str!("../../../../migrations/postgres/migration.sql");

/// Why nobody can serve on a database. Nothing in it has changed.
#[derive(Debug, thiserror::Error)]
pub enum NotMigrated {
    #[error("the database did not answer")]
    Database(#[from] tokio_postgres::Error),
    #[error("the database was written by a newer release, which took the step `{0}`; use that one")]
    Newer(String),
    #[error("the step `{0}` is not the one taken")]
    Changed(&'static str),
    #[error("the step `{0}` of the schema is yet to be taken; `docket migrate` takes it")]
    Behind(&'static str),
    #[error("the step `{0}` failed")]
    Step(&'static str, #[source] tokio_postgres::Error),
    #[error("this needs PostgreSQL 15 or newer, and the server is {0}")]
    TooOld(String),
    #[error("the encoding of the database is {0}, and it has to be UTF8")]
    Encoding(String),
    #[error("the role `{role}` cannot serve: {}", first(faults))]
    Role { role: String, faults: Vec<String> },
    #[error("`synchronous_commit` is off, so what is answered could be lost; turn it on")]
    Careless,
}

/// A role that was given nothing lacks everything, which nobody wants to read.
fn first(faults: &[String]) -> String {
    match faults {
        [some @ .., _] if some.len() >= 4 => {
            format!("{}; and {} more", some[..3].join("; "), faults.len() - 3)
        }
        few => few.join("; "),
    }
}

/// Takes the steps that are missing, and gives the tables their policies and
/// the serving role its rights. `client` is connected as the role that owns
/// the tables, or is about to; `now_us` is the time, in microseconds since 1970.
/// Answers the steps that were missing.
///
/// # Errors
/// If the database was written by a newer release, a step that was taken has
/// changed, or the serving role can do more than serve.
pub async fn migrate(
    client: &mut Client,
    serving: &str,
    now_us: i64,
) -> Result<Vec<&'static str>, NotMigrated> {
    let tx = client.transaction().await?;
    tx.execute("select pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    check_server(&tx).await?;
    check_role(&tx, serving).await?;
    tx.batch_execute(TABLE).await?;

    let taken = taken(&tx).await?;
    let missing = missing(&taken)?;
    if !missing.is_empty() {
        // A table shows only what its policies say to its owner as well, and a
        // step is about every row.
        tx.batch_execute(OPEN).await?;
    }
    for (name, text) in &missing {
        tx.batch_execute(&postgres(text)).await.map_err(|cause| NotMigrated::Step(name, cause))?;
        note(&tx, name, text, now_us).await?;
    }
    tx.batch_execute(RESTORED).await?;
    let access = format!("{ACCESS}{serving}");
    let known = taken.get(&access).filter(|_| missing.is_empty());
    give_access(&tx, serving, &access, known, now_us).await?;
    tx.commit().await?;
    Ok(missing.iter().map(|step| step.0).collect())
}

/// Whether whoever is connected may serve here: every step is taken, the role
/// can do what it is for and nothing else, and what is committed stays.
///
/// # Errors
/// Why not.
pub async fn check(client: &mut Client) -> Result<(), NotMigrated> {
    let tx = client.transaction().await?;
    tx.batch_execute("set local docket.everyone = 'on'").await?;
    let about = "select session_user::text, current_setting('synchronous_commit') = 'off',
        case when has_schema_privilege('public', 'usage')
            then has_table_privilege(to_regclass('public.migration'), 'select')
            else false
        end";
    let row = tx.query_one(about, &[]).await?;
    let (role, careless): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
    let taken = match row.try_get(2)? {
        None => Some(BTreeMap::new()),
        Some(true) => Some(taken(&tx).await?),
        // Whoever may not read which steps there are lacks other rights too.
        Some(false) => None,
    };
    if let Some((name, _)) = taken.map(|taken| missing(&taken)).transpose()?.iter().flatten().next()
    {
        return Err(NotMigrated::Behind(name));
    }
    match serving_role_faults(&tx, &role).await? {
        faults if faults.is_empty() && careless => Err(NotMigrated::Careless),
        faults if faults.is_empty() => Ok(tx.commit().await?),
        faults => Err(unfit(&role, faults)),
    }
}

/// What is switched off that a power cut would be felt by: what is committed can be
/// lost, and the database with it.
///
/// # Errors
/// If the database does not answer.
pub async fn switched_off(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let off = "select name from pg_settings
        where name in ('fsync', 'full_page_writes') and setting = 'off' order by 1";
    client.query(off, &[]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// Whether this is a server that the steps were written for.
async fn check_server(tx: &Transaction<'_>) -> Result<(), NotMigrated> {
    let about = "select current_setting('server_version_num')::integer,
        current_setting('server_version'), current_setting('server_encoding')";
    let row = tx.query_one(about, &[]).await?;
    let (number, version, encoding): (i32, String, String) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if number < OLDEST {
        return Err(NotMigrated::TooOld(version));
    }
    if encoding != "UTF8" {
        return Err(NotMigrated::Encoding(encoding));
    }
    Ok(())
}

/// Whether there is somebody to give rights to, and somebody else.
async fn check_role(tx: &Transaction<'_>, role: &str) -> Result<(), NotMigrated> {
    let about = "select rolname = current_user from pg_roles where rolname = $1";
    let fault = match tx.query_opt(about, &[&role]).await? {
        None => "there is no such role",
        Some(row) if row.try_get(0)? => "it takes the steps, so it owns the tables",
        Some(_) => return Ok(()),
    };
    Err(unfit(role, vec![fault.to_owned()]))
}

fn unfit(role: &str, faults: Vec<String>) -> NotMigrated {
    NotMigrated::Role { role: role.to_owned(), faults }
}

/// What stands in the database: the digest of each step by its name.
async fn taken(client: &impl GenericClient) -> Result<BTreeMap<String, String>, NotMigrated> {
    let rows = client.query(TAKEN, &[]).await?;
    let taken = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    Ok(taken.collect::<Result<_, tokio_postgres::Error>>()?)
}

/// The steps that are not taken yet.
fn missing(
    taken: &BTreeMap<String, String>,
) -> Result<Vec<(&'static str, &'static str)>, NotMigrated> {
    let known = |name: &str| name.starts_with(ACCESS) || sources().any(|step| step.0 == name);
    if let Some(newer) = taken.keys().find(|name| !known(name)) {
        return Err(NotMigrated::Newer(newer.clone()));
    }
    let mut missing = Vec::new();
    for (name, text) in sources() {
        match taken.get(name) {
            None => missing.push((name, text)),
            Some(was) if *was == digest(text) => {}
            Some(_) => return Err(NotMigrated::Changed(name)),
        }
    }
    Ok(missing)
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

async fn note(
    tx: &Transaction<'_>,
    name: &str,
    text: &str,
    now_us: i64,
) -> Result<(), tokio_postgres::Error> {
    let statement = "insert into migration (name, sha256, at) values ($1, $2, $3)
        on conflict (name) do update set sha256 = excluded.sha256, at = excluded.at";
    tx.execute(statement, &[&name, &digest(text), &now_us]).await.map(drop)
}

/// Gives policies and rights, unless they are `known` to be the same and hold:
/// doing so waits for every transaction there is.
async fn give_access(
    tx: &Transaction<'_>,
    serving: &str,
    name: &str,
    known: Option<&String>,
    now_us: i64,
) -> Result<(), NotMigrated> {
    let text = policies_and_grants(serving);
    if known == Some(&digest(&text)) && serving_role_faults(tx, serving).await?.is_empty() {
        return Ok(());
    }
    tx.batch_execute(&text).await?;
    note(tx, name, &text, now_us).await?;
    match serving_role_faults(tx, serving).await? {
        faults if faults.is_empty() => Ok(()),
        faults => Err(unfit(serving, faults)),
    }
}

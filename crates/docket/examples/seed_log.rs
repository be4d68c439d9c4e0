#![expect(clippy::print_stdout, reason = "what it is for")]
//! Fills a data folder with audit entries and sequences them, to measure with:
//!
//! ```text
//!   cargo run --release --example seed_log -- FOLDER 1000000
//!   time docket audit verify --data FOLDER
//! ```

use docket::{
    audit::Sequencer,
    chance::{SystemChance, WallClock},
    db::{Committed, Db, Tx},
    failure::Fault,
};
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use kernel::{
    audit::{Entry, Outcome},
    canonical::Digest,
    id::{Id, Principal, Tenant},
    note::Signer,
    role::Role,
    state::State,
};
use std::{error::Error, path::Path, sync::Arc, time::Instant};

/// Entries that are committed at once.
const BATCH: u64 = 1_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(folder), Some(entries)) = (words.next(), words.next()) else {
        return Err("usage: seed_log FOLDER ENTRIES".into());
    };
    let (folder, entries) = (Path::new(&folder), entries.parse::<u64>()?);
    std::fs::create_dir_all(folder)?;
    let path = folder.join("docket.db");
    let db = Db::open(&path, Arc::new(WallClock), Arc::new(SystemChance))?;
    let tenant: Id<Tenant> = Id::from_parts(1, 1);
    rusqlite::Connection::open(&path)?.execute(
        "insert or ignore into tenant (id, name, settings, created_at) values (?1, 'Measured', '{}', 0)",
        [tenant.to_string()],
    )?;
    let signer = Signer::new("docket.test/measured", SigningKey::from_bytes(&[1; 32]))?;
    let sequencer = Sequencer::new(db.clone(), signer);
    std::fs::write(folder.join("log.vkey"), format!("{}\n", sequencer.key()))?;

    let (began, cpu) = (Instant::now(), cpu_seconds());
    for _ in 0..entries / BATCH {
        db.write(move |tx| commit(tx, tenant)).await?;
    }
    report("committed", entries, began, cpu);
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let leaves = sequencer.finish().await?;
    report("sequenced", leaves, began, cpu);
    Ok(())
}

fn commit(tx: &mut Tx<'_>, tenant: Id<Tenant>) -> Committed<()> {
    let mut last = Err(Fault::Other("nothing to commit".to_owned()));
    for _ in 0..BATCH {
        let (id, at) = (tx.new_id(), tx.now());
        last = tx.record(&entry(id, at, tenant));
    }
    match last {
        Ok(recorded) => Committed::Changed((), recorded),
        Err(fault) => Committed::Failed(fault.into()),
    }
}

/// As long as those that real commands leave.
fn entry(id: Id<kernel::id::Entry>, at: Timestamp, tenant: Id<Tenant>) -> Entry {
    let digest = Digest::of_bytes(id.to_string().as_bytes());
    Entry {
        v: 1,
        id,
        at,
        tenant,
        actor: Some(Id::<Principal>::from_parts(1, 2)),
        on_behalf_of: Some(Id::from_parts(1, 3)),
        roles: vec![Role::AgentIntake],
        surface: "http".to_owned(),
        tool: "ticket.triage".to_owned(),
        ticket: Some(Id::from_parts(1, 4)),
        subjects: Vec::new(),
        request: Some(digest),
        correlation: Some("a-call-from-monday".to_owned()),
        trace: Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
        outcome: Outcome::Committed,
        refusal: None,
        before: Some(State::New),
        after: Some(State::Triaged),
        input: Some(digest),
        output: Some(digest),
        toolset: digest,
        payload: serde_json::Map::new(),
    }
}

fn report(what: &str, entries: u64, began: Instant, cpu: f64) {
    let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let each = cpu * 1e6 / entries as f64;
    let rate = entries as f64 / wall;
    println!("{what} {entries} entries: {wall:.2} s, {rate:.0}/s, {each:.2} µs CPU each");
}

/// What this process has used so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

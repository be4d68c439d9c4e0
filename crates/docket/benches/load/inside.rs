//! What is measured without a socket between: the authorisation, and the log.

use crate::{
    cpu,
    home::{docket, printed},
    say,
};
use docket::{
    audit::Sequencer,
    chance::{SystemChance, WallClock},
    db::{Committed, Db, Tx},
    door::authorise,
    ticket::{Channel, Claim, Identity, Standing, Ticket},
};
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use kernel::{
    audit::{Entry, Outcome},
    canonical::Digest,
    id::{Id, Principal, Tenant},
    money::Money,
    note::Signer,
    role::{Role, Roles},
    sla::Priority,
    state::State,
    tool::Tool,
};
use std::{hint::black_box, path::Path, sync::Arc, time::Instant};

/// Asks `count` times whether a dispatcher may triage a ticket.
pub fn authorisation(count: usize) {
    let (caller, ticket) = (caller(), ticket());
    let claim = Claim::default();
    let start = Instant::now();
    for _ in 0..count {
        let (caller, ticket) = (black_box(&caller), black_box(&ticket));
        let may = authorise::role(caller, Tool::TicketTriage)
            .and_then(|()| authorise::on_ticket(caller, Tool::TicketTriage, ticket, &claim));
        assert!(black_box(may).is_ok());
    }
    let took = start.elapsed().as_secs_f64();
    let each = took * 1e6 / count as f64;
    say(&format!("{:<34}{:>12.0}{each:>16.3}", "authorisation", count as f64 / took));
}

fn caller() -> docket::identity::Caller {
    docket::identity::Caller {
        tenant: Id::from_parts(1, 1),
        operator: false,
        actor: Id::from_parts(1, 2),
        on_behalf_of: None,
        roles: Roles::of(&[Role::Dispatcher]),
        token: "measured".to_owned(),
        key: None,
        expires: Timestamp::MAX,
    }
}

fn ticket() -> Ticket {
    Ticket {
        id: Id::from_parts(1, 1),
        version: 1,
        account: Id::from_parts(1, 1),
        site: Id::from_parts(1, 1),
        contact: None,
        asset: None,
        standing: Standing::New,
        priority: Priority::Routine,
        incident_type: None,
        type_version: None,
        summary: "front door".to_owned(),
        description: None,
        channel: Channel::Console,
        identity: Identity::Unverified,
        nte: Money::zero("USD".parse().expect("a currency")),
        technician: None,
        window: None,
        response_due: None,
        resolution_due: None,
        responded_at: None,
        resolved_at: None,
        paused_at: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// Commits entries durably, makes them leaves, and has the binary verify the log.
pub fn log(runtime: &tokio::runtime::Runtime, count: u64) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("docket.db");
    let db = Db::open(&path, Arc::new(WallClock), Arc::new(SystemChance)).expect("it opens");
    let tenant = tenant(&path);
    let signer = Signer::new("docket.test/measured", SigningKey::from_bytes(&[1; 32]));
    let sequencer = Sequencer::new(db.clone(), signer.expect("a name"));
    let key = sequencer.key().to_string();

    let us = std::process::id();
    crate::measure("durable audit entries, 64 at once", count as usize, || {
        let (start, before) = (Instant::now(), cpu::seconds(us));
        runtime.block_on(commit(&db, tenant, count));
        (start.elapsed().as_secs_f64(), cpu::seconds(us) - before)
    });
    crate::measure("entries made leaves", count as usize, || {
        let (start, before) = (Instant::now(), cpu::seconds(us));
        runtime.block_on(sequencer.finish()).expect("it sequences");
        (start.elapsed().as_secs_f64(), cpu::seconds(us) - before)
    });
    crate::measure("entries verified offline", count as usize, || {
        let (start, before) = (Instant::now(), cpu::seconds_of_children(us));
        let data = folder.path().to_str().expect("a path is text");
        printed(docket(&["audit", "verify", "--data", data, "--key", &key]));
        (start.elapsed().as_secs_f64(), cpu::seconds_of_children(us) - before)
    });
}

fn tenant(path: &Path) -> Id<Tenant> {
    let tenant: Id<Tenant> = Id::from_parts(1, 1);
    let connection = rusqlite::Connection::open(path).expect("it opens");
    let sql =
        "insert into tenant (id, name, settings, created_at) values (?1, 'Measured', '{}', 0)";
    connection.execute(sql, [tenant.to_string()]).expect("it writes");
    tenant
}

async fn commit(db: &Db, tenant: Id<Tenant>, count: u64) {
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..count / 64 {
                    db.write(tenant, move |tx| record(tx, tenant)).await.expect("it commits");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("nothing panics");
    }
}

fn record(tx: &mut Tx<'_>, tenant: Id<Tenant>) -> Committed<()> {
    let digest = Digest::of_bytes(b"measured");
    let entry = Entry {
        v: 1,
        id: tx.new_id(),
        at: tx.now(),
        tenant,
        actor: Some(Id::<Principal>::from_parts(1, 2)),
        on_behalf_of: None,
        roles: vec![Role::Dispatcher],
        surface: "http".to_owned(),
        tool: Tool::TicketTriage.name().to_owned(),
        ticket: Some(tx.new_id()),
        subjects: Vec::new(),
        request: Some(digest),
        correlation: Some("b7ad6b7169203331".to_owned()),
        trace: None,
        outcome: Outcome::Committed,
        refusal: None,
        before: Some(State::New),
        after: Some(State::Triaged),
        input: Some(digest),
        output: Some(digest),
        policy: None,
        toolset: digest,
        payload: serde_json::Map::new(),
    };
    match tx.record(&entry) {
        Ok(recorded) => Committed::Changed((), recorded),
        Err(fault) => Committed::Failed(fault.into()),
    }
}

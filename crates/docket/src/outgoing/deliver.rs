//! Delivering what waits. The one adapter there is writes each text into a
//! folder, as a file named by its id.

use super::Kind;
use crate::{
    audit::record::by_docket,
    db::{Committed, Row, Scope, Tx, args, statements},
    door::Door,
    failure::{Failure, Fault},
};
use jiff::Timestamp;
use kernel::id::{self, Contact, Id, Outgoing, Tenant};
use serde::Serialize;
use std::{
    fs, io,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

statements! {
    OUTGOING_WAITING = "waiting.sql";
    OUTGOING_END = "end.sql";
}

/// More at once would keep the writer from others.
const BATCH_MAX: i64 = 100;

/// One text with its address, as the folder keeps it.
#[derive(Clone, Debug, Serialize)]
struct Letter {
    #[serde(skip)]
    tenant: Id<Tenant>,
    id: Id<Outgoing>,
    ticket: Id<id::Ticket>,
    kind: String,
    body: Option<String>,
    queued_at: Timestamp,
    contact: Option<Id<Contact>>,
    phone: Option<String>,
    email: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Delivered,
    NoAddress,
}

/// Delivers what waits and says how many texts left. What cannot be written
/// now stays, and is tried again by the next sweep.
///
/// # Errors
/// If the folder or the database does not answer.
pub(crate) async fn deliver(door: &Door, folder: &Path) -> Result<u64, Failure> {
    let mut delivered: u64 = 0;
    loop {
        let waiting = door
            .db()
            .read(Scope::Everyone, |snap| {
                Ok(snap.all(&OUTGOING_WAITING, args![BATCH_MAX], letter)?)
            })
            .await?;
        let all = waiting.len();
        let folder = folder.to_owned();
        let writing = tokio::task::spawn_blocking(move || write_all(waiting, &folder));
        let ended =
            writing.await.map_err(|gone| Fault::Other(format!("writing letters: {gone}")))??;
        let left = ended.iter().filter(|(_, how)| *how == Ended::Delivered).count();
        delivered = delivered.saturating_add(left as u64);
        if !ended.is_empty() {
            door.db().write(Scope::Everyone, move |tx| end(tx, &ended)).await?;
        }
        if all < BATCH_MAX as usize {
            return Ok(delivered);
        }
    }
}

fn letter(row: &Row<'_>) -> Result<Letter, Fault> {
    Ok(Letter {
        tenant: row.get(0)?,
        id: row.get(1)?,
        ticket: row.get(2)?,
        kind: row.get(3)?,
        body: row.get(4)?,
        queued_at: row.get(5)?,
        contact: row.get(6)?,
        phone: row.get(7)?,
        email: row.get(8)?,
    })
}

fn write_all(letters: Vec<Letter>, folder: &Path) -> Result<Vec<(Letter, Ended)>, Fault> {
    if letters.is_empty() {
        return Ok(Vec::new());
    }
    fs::create_dir_all(folder).map_err(|cause| file(folder, cause))?;
    let mut ended = Vec::with_capacity(letters.len());
    for letter in letters {
        let how = if letter.phone.is_none() && letter.email.is_none() {
            Ended::NoAddress
        } else {
            write(&letter, folder)?;
            Ended::Delivered
        };
        ended.push((letter, how));
    }
    // What is marked as delivered has to survive a power cut too.
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|cause| file(folder, cause))?;
    Ok(ended)
}

/// Written beside and moved into place: a reader sees a whole letter or none.
/// Sweeps beside this one write the same letter, so each has a name of its own.
fn write(letter: &Letter, folder: &Path) -> Result<(), Fault> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let (process, count) = (std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed));
    let half = folder.join(format!(".{}.{process}-{count}", letter.id));
    let whole = folder.join(format!("{}.json", letter.id));
    let text = serde_json::to_vec_pretty(letter)?;
    let written = fs::File::create(&half).and_then(|mut open| {
        io::Write::write_all(&mut open, &text)?;
        open.sync_all()
    });
    written.and_then(|()| fs::rename(&half, &whole)).map_err(|cause| file(&whole, cause))
}

fn file(path: &Path, cause: io::Error) -> Fault {
    Fault::File { path: path.display().to_string(), cause }
}

/// Writes down how each text ended, unless a sweep beside this one has.
fn end(tx: &mut Tx<'_>, ended: &[(Letter, Ended)]) -> Committed<()> {
    let mut last = None;
    for (letter, how) in ended {
        match end_one(tx, letter, *how) {
            Ok(recorded) => last = recorded.or(last),
            Err(fault) => return Committed::Failed(fault.into()),
        }
    }
    match last {
        Some(recorded) => Committed::Changed((), recorded),
        None => Committed::Unchanged(()),
    }
}

fn end_one(
    tx: &mut Tx<'_>,
    letter: &Letter,
    how: Ended,
) -> Result<Option<crate::audit::Recorded>, Fault> {
    let name = match how {
        Ended::Delivered => "delivered",
        Ended::NoAddress => "no_address",
    };
    let secret = Kind::of(&letter.kind).is_none_or(Kind::is_secret);
    let args = args![letter.tenant, letter.id, tx.now(), name, secret];
    if tx.execute(&OUTGOING_END, args)? == 0 {
        return Ok(None);
    }
    let mut entry = by_docket(letter.tenant, tx.new_id(), tx.now(), "outgoing.deliver");
    entry.ticket = Some(letter.ticket);
    entry.subjects = vec![letter.id.to_string()];
    entry.payload.insert("kind".to_owned(), letter.kind.clone().into());
    entry.payload.insert("ended".to_owned(), name.into());
    tx.record(&entry).map(Some)
}

//! Checking the log in the database that it grows in.

use super::{
    Against, Found, Held, NotHeld,
    columns::disagrees,
    name_of, open,
    walk::{Root, Walk},
};
use crate::{
    audit::{
        log::{self, Run, Stored},
        sequence,
    },
    db::{Row, Snap, args, statements},
    failure::Fault,
};
use kernel::{
    checkpoint::Checkpoint,
    note::{Algorithm, Signature, VerifierKey},
};
use std::ops::ControlFlow;

statements! {
    RUNS = "log_runs.sql";
    CHECKPOINTS = "log_checkpoints.sql";
    COSIGNED = "log_cosigned.sql";
    ENTRIES = "entry_all.sqlite.sql" | "entry_all.postgres.sql";
}

/// How often progress is told.
const STRIDE: u64 = 4_096;

/// Checks every entry, tile, checkpoint and known cosignature of a database.
///
/// # Errors
/// The first thing that does not hold, or that the database does not answer.
pub fn database(snap: &Snap<'_>, against: &Against<'_>) -> Result<Held, NotHeld> {
    let (mut roots, head) = checkpoints(snap, against.keys)?;
    let cosignatures = cosignatures(snap, against.keys)?;
    let checkpoints = roots.len() as u64;
    let size = head.as_ref().map_or(0, |head| head.size);
    if let Some(known) = &against.known {
        roots.push(known_root(known, head.as_ref())?);
    }

    let read = |tile| log::tile(snap, tile);
    let runs = runs(snap, size)?;
    let settled = sequence::settled(snap)?.entry_no;
    let walk = Walk::new(size, roots, &read);
    let shared = snap.is_shared();
    let mut all = All { walk, runs: &runs, at: 0, leaf: 0, settled, shared };
    let mut waiting = 0;
    snap.each(&ENTRIES, args![], |row| {
        if all.leaf.is_multiple_of(STRIDE) {
            (against.progress)(all.leaf, size);
        }
        waiting += u64::from(!all.row(row)?);
        Ok::<_, NotHeld>(ControlFlow::Continue(()))
    })?;
    all.end()?;
    (against.progress)(size, size);
    Ok(Held { entries: size, checkpoints, cosignatures, waiting, head })
}

/// The checkpoint from elsewhere, as one more root the log must have had.
pub(super) fn known_root(known: &Checkpoint, head: Option<&Checkpoint>) -> Result<Root, Found> {
    let place = format!("known checkpoint of size {}", known.size);
    if let Some(head) = head.filter(|head| head.origin != known.origin) {
        let what = format!("it is of the log `{}`, and this is `{}`", known.origin, head.origin);
        return Err(Found::new(place, what));
    }
    Ok(Root { size: known.size, hash: known.root, place })
}

/// Every checkpoint, opened, and the last of them.
fn checkpoints(
    snap: &Snap<'_>,
    keys: &[VerifierKey],
) -> Result<(Vec<Root>, Option<Checkpoint>), NotHeld> {
    let (mut roots, mut head) = (Vec::new(), None);
    snap.each(&CHECKPOINTS, args![], |row| {
        let place = || Ok::<_, Fault>(format!("checkpoint of size {}", row.get::<i64>(0)?));
        let stored = Stored::read(row)
            .map_err(|_| Found::new(place().unwrap_or_default(), "it cannot be read"))?;
        let opened = open(&stored.note, keys).map_err(|found| Found {
            place: format!("checkpoint of size {}", stored.size),
            ..found
        })?;
        if (opened.size, opened.root) != (stored.size, stored.root) {
            return Err(Found::new(place()?, "what was signed is not what is stored").into());
        }
        roots.push(Root { size: opened.size, hash: opened.root, place: place()? });
        head = Some(opened);
        Ok::<_, NotHeld>(ControlFlow::Continue(()))
    })?;
    Ok((roots, head))
}

/// What known witnesses said.
fn cosignatures(snap: &Snap<'_>, keys: &[VerifierKey]) -> Result<u64, NotHeld> {
    let mut checked = 0;
    for key in keys.iter().filter(|key| key.algorithm() == Algorithm::Witness) {
        snap.each(&COSIGNED, args![key.to_string()], |row| {
            let holds = row.parsed::<Signature>(1).ok().zip(text_of(&row.get::<String>(2)?));
            if holds.is_none_or(|(line, text)| key.verify(&text, &line).is_err()) {
                let place = format!("checkpoint of size {}", row.get::<i64>(0)?);
                let what = format!("the signature by the witness `{}` is wrong", key.name());
                return Err(NotHeld::from(Found::new(place, what)));
            }
            checked += 1;
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(checked)
}

fn text_of(note: &str) -> Option<String> {
    Some(note.parse::<kernel::note::SignedNote>().ok()?.text().to_owned())
}

/// Which entries became which leaves: all of them, each once, in order.
fn runs(snap: &Snap<'_>, size: u64) -> Result<Vec<Run>, NotHeld> {
    let runs = snap.all(&RUNS, args![], Run::read)?;
    let (mut leaf, mut entry_no) = (0, i64::MIN);
    for run in &runs {
        // Where commits run side by side, a slow one is a later leaf.
        if run.leaf != leaf || run.entry_no <= entry_no && !snap.is_shared() {
            let what = "the leaves here do not follow those before";
            return Err(Found::new(format!("leaf {leaf}"), what).into());
        }
        (leaf, entry_no) = (run.end(), run.last_entry());
    }
    if let Some(twice) = twice(&runs) {
        let what = "an entry here is a leaf already";
        return Err(Found::new(format!("leaf {}", twice.leaf), what).into());
    }
    if leaf != size {
        let what = format!("the checkpoints end at {size} leaves, the leaves at {leaf}");
        return Err(Found::new(format!("leaf {}", leaf.min(size)), what).into());
    }
    Ok(runs)
}

/// A run with an entry that is in another one too.
fn twice(runs: &[Run]) -> Option<&Run> {
    let mut runs: Vec<&Run> = runs.iter().collect();
    runs.sort_by_key(|run| run.entry_no);
    let both = runs.windows(2).find(|both| both[1].entry_no <= both[0].last_entry());
    both.map(|both| if both[0].leaf > both[1].leaf { both[0] } else { both[1] })
}

/// Entries beside the runs that say which leaves they are.
struct All<'a> {
    walk: Walk<'a>,
    runs: &'a [Run],
    /// How far into the first of the runs.
    at: u64,
    leaf: u64,
    /// The number up to which no entry can turn up any more.
    settled: i64,
    /// Whether the entries come in the order of leaves, and not of their numbers.
    shared: bool,
}

impl All<'_> {
    /// Checks one row and says whether it is a leaf.
    fn row(&mut self, row: &Row<'_>) -> Result<bool, NotHeld> {
        let entry_no: i64 = row.get(0)?;
        let Some(expected) = self.expected() else {
            return if entry_no > self.settled { Ok(false) } else { Err(between(entry_no).into()) };
        };
        let body = row.bytes(8)?;
        if entry_no > expected || entry_no < expected && self.shared {
            return Err(self.missing(expected).into());
        }
        if entry_no < expected {
            return Err(between(entry_no).into());
        }
        self.walk.entry(body)?;
        if let Some(column) = disagrees(row, body)? {
            let what = format!("its column `{column}` does not say what the entry says");
            return Err(Found::new(name_of(self.leaf, body), what).into());
        }
        self.step();
        Ok(true)
    }

    fn expected(&self) -> Option<i64> {
        let run = self.runs.first()?;
        Some(run.entry_no.saturating_add_unsigned(self.at))
    }

    fn step(&mut self) {
        self.leaf += 1;
        self.at += 1;
        if self.runs.first().is_some_and(|run| run.entries == self.at) {
            (self.runs, self.at) = (&self.runs[1..], 0);
        }
    }

    fn missing(&self, entry_no: i64) -> Found {
        Found::new(format!("entry number {entry_no} (leaf {})", self.leaf), "it is missing")
    }

    fn end(self) -> Result<(), NotHeld> {
        match self.expected() {
            Some(entry_no) => Err(self.missing(entry_no).into()),
            None => self.walk.end(),
        }
    }
}

fn between(entry_no: i64) -> Found {
    let what = "it stands between the entries of the log and is none of its leaves";
    Found::new(format!("entry number {entry_no}"), what)
}

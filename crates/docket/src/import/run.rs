//! Taking the rows of a file, many at a time and in their order.

use super::{Format, Kind, Row, Unreadable, csv, json, wave::Waves};
use crate::{
    door::{Answer, Call, Denied, Door, authorise, tools},
    failure::{Failure, Fault},
    identity::Caller,
};
use futures_util::future::join_all;
use kernel::{
    canonical::Digest,
    refusal::{Code, Refusal},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, io::Write};

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub rows: u64,
    pub created: u64,
    /// Written again, over what was there.
    pub updated: u64,
    /// Taken by an earlier import of the same row.
    pub unchanged: u64,
    pub quarantined: u64,
    /// How many were quarantined for which reason.
    pub reasons: BTreeMap<&'static str, u64>,
}

/// A row that was not taken, as a line of the quarantine file.
#[derive(Debug, Serialize)]
pub struct Bad {
    /// Where it begins in the file, counted from 1.
    pub line: u64,
    /// As it stands in the file.
    pub row: String,
    pub code: &'static str,
    pub detail: String,
    /// The field or column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    pub hint: &'static str,
}

/// Takes the rows of a file through the door, as the caller. Rows that are not
/// taken go to `quarantine`, as JSON Lines. `progress` is told how many bytes of
/// the file are behind.
///
/// # Errors
/// A refusal of the whole file, if the caller may not import it, their token
/// ends on the way or its header cannot be used; or a fault. Rows that were
/// taken stay, and are not taken twice when the file is imported again.
pub async fn run(
    door: &Door,
    caller: &Caller,
    kind: Kind,
    format: Format,
    file: &[u8],
    quarantine: &mut dyn Write,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Report, Failure> {
    may(door, caller, kind).await?;
    let rows = open(kind, format, file)?;
    let mut report = Report::default();
    for wave in Waves::of(kind, rows) {
        let taken = wave.into_iter().map(|row| take(door, caller, kind, row));
        for (end, taken) in join_all(taken).await {
            report.count(taken?, quarantine)?;
            progress(end);
        }
    }
    Ok(report)
}

/// Asks once for all rows. Whoever may not is told, and that leaves its entry.
async fn may(door: &Door, caller: &Caller, kind: Kind) -> Result<(), Failure> {
    if authorise::role(caller, kind.tool()).is_ok() {
        return Ok(());
    }
    let asked = door.call(caller, Call::new(kind.tool(), "{}", "import")).await;
    match asked {
        Err(Denied::Refused(refusal, _)) => Err(refusal.into()),
        Err(Denied::Broke(fault)) => Err(fault.into()),
        Ok(_) => Ok(()),
    }
}

fn open<'a>(
    kind: Kind,
    format: Format,
    file: &'a [u8],
) -> Result<Box<dyn Iterator<Item = Row> + Send + 'a>, Failure> {
    let tool = kind.tool();
    match format {
        Format::Json => Ok(json::rows(file)?),
        Format::Csv => Ok(Box::new(csv::Rows::new(file, tools::schema(tool).as_value())?)),
    }
}

/// What became of one row.
enum Taken {
    Created,
    Updated,
    Unchanged,
    Bad(Bad),
}

async fn take(
    door: &Door,
    caller: &Caller,
    kind: Kind,
    row: Row,
) -> (usize, Result<Taken, Failure>) {
    let Row { line, end, raw, input } = row;
    let input = match input {
        Ok(input) => input,
        Err(Unreadable { path, detail }) => {
            let mut refusal = Refusal::new(Code::InputMalformed, detail);
            refusal.path = path;
            return (end, Ok(Taken::Bad(Bad::of(line, raw, *refusal))));
        }
    };
    // A verified token opens the door until it ends, however long the file is.
    if door.db().clock().now() >= caller.expires {
        let detail = "the token ended on the way; import the file again with a new one";
        return (end, Err(Refusal::new(Code::TokenExpired, detail).into()));
    }
    let key = format!("import.{line}.{}", Digest::of_bytes(input.as_bytes()));
    let call = Call { key: Some(key), ..Call::new(kind.tool(), input, "import") };
    let taken = match door.call(caller, call).await {
        Ok(answer) => became(&answer),
        // Nothing is wrong with a row that nobody could look at.
        Err(Denied::Refused(refusal, _)) if refusal.code == Code::Unready => Err(refusal.into()),
        Err(Denied::Refused(refusal, _)) => Ok(Taken::Bad(Bad::of(line, raw, *refusal))),
        Err(Denied::Broke(fault)) => Err(fault.into()),
    };
    (end, taken)
}

/// What the answers of all tools that take rows have in common.
#[derive(Deserialize)]
struct Said {
    result: Put,
}

#[derive(Deserialize)]
struct Put {
    created: bool,
}

fn became(answer: &Answer) -> Result<Taken, Failure> {
    if answer.replayed {
        return Ok(Taken::Unchanged);
    }
    let said: Said = serde_json::from_str(&answer.body)?;
    Ok(if said.result.created { Taken::Created } else { Taken::Updated })
}

impl Bad {
    fn of(line: u64, row: String, refusal: Refusal) -> Self {
        let Refusal { code, detail, path, missing, .. } = refusal;
        Self { line, row, code: code.name(), detail, path, missing, hint: code.hint() }
    }
}

impl Report {
    fn count(&mut self, taken: Taken, quarantine: &mut dyn Write) -> Result<(), Fault> {
        let (count, bad) = match taken {
            Taken::Created => (&mut self.created, None),
            Taken::Updated => (&mut self.updated, None),
            Taken::Unchanged => (&mut self.unchanged, None),
            Taken::Bad(bad) => (&mut self.quarantined, Some(bad)),
        };
        *count = count.saturating_add(1);
        self.rows = self.rows.saturating_add(1);
        let Some(bad) = bad else { return Ok(()) };
        let reason = self.reasons.entry(bad.code).or_default();
        *reason = reason.saturating_add(1);
        let line = serde_json::to_string(&bad)?;
        let wrote = writeln!(quarantine, "{line}");
        wrote.map_err(|cause| Fault::File { path: "the quarantine file".to_owned(), cause })
    }
}

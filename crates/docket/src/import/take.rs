//! Taking the rows of a file, many at a time and in their order.

use super::{Bad, Format, Kind, Report, Row, Unreadable, csv, json, wave::Waves};
use crate::{
    door::{Answer, Call, Denied, Door, tools},
    failure::Failure,
    identity::Caller,
};
use futures_util::future::join_all;
use kernel::{
    canonical::Digest,
    id::{Entry, Id},
    refusal::{Code, Refusal},
};
use serde::Deserialize;

type Rows<'a> = Box<dyn Iterator<Item = Row> + Send + 'a>;

/// The rows of a file.
///
/// # Errors
/// A refusal of the whole file, if nobody can tell where its rows begin or what
/// is in them.
pub(super) fn rows(kind: Kind, format: Format, file: &[u8]) -> Result<Rows<'_>, Box<Refusal>> {
    match format {
        Format::Json => json::rows(file),
        Format::Csv => Ok(Box::new(csv::Rows::new(file, tools::schema(kind.tool()).as_value())?)),
    }
}

/// The rows that are not behind yet, in waves.
pub(super) fn waves(kind: Kind, rows: Rows<'_>, done: u64) -> Waves<impl Iterator<Item = Row>> {
    Waves::of(kind, rows.skip_while(move |row| row.end as u64 <= done))
}

/// Who takes the rows, and for what.
pub(super) struct Taking {
    pub door: Door,
    pub caller: Caller,
    pub kind: Kind,
    pub correlation: Option<String>,
    /// An entry that is not older was left by this import, before it was broken off.
    pub since: Option<Id<Entry>>,
}

/// What became of a wave.
pub(super) struct Taken {
    /// How many bytes of the file are behind it.
    pub end: u64,
    pub bad: Vec<(u64, Bad)>,
}

impl Taking {
    /// Takes a wave through the door, and counts what became of it.
    ///
    /// # Errors
    /// If nobody could look at a row. Those that were taken stay, and are not
    /// taken twice.
    pub async fn take(&self, wave: Vec<Row>, report: &mut Report) -> Result<Taken, Failure> {
        let ends = wave.iter().map(|row| row.end as u64).collect::<Vec<_>>();
        let all = join_all(wave.into_iter().map(|row| self.take_one(row))).await;
        let mut taken = Taken { end: ends.into_iter().max().unwrap_or(0), bad: Vec::new() };
        for one in all {
            if let Some(bad) = report.count(one?) {
                taken.bad.push((report.rows, bad));
            }
        }
        Ok(taken)
    }

    async fn take_one(&self, row: Row) -> Result<Became, Failure> {
        let Row { line, raw, input, .. } = row;
        let input = match input {
            Ok(input) => input,
            Err(Unreadable { path, detail }) => {
                let mut refusal = Refusal::new(Code::InputMalformed, detail);
                refusal.path = path;
                return Ok(Became::Bad(Bad::of(line, raw, *refusal)));
            }
        };
        let key = format!("import.{line}.{}", Digest::of_bytes(input.as_bytes()));
        let mut call = Call::new(self.kind.tool(), input, "import");
        (call.key, call.correlation) = (Some(key), self.correlation.clone());
        match self.door.call(&self.caller, call).await {
            Ok(answer) => self.became(&answer),
            // Nothing is wrong with a row that nobody could look at.
            Err(Denied::Refused(refusal, _)) if refusal.code == Code::Unready => {
                Err(refusal.into())
            }
            Err(Denied::Refused(refusal, _)) => Ok(Became::Bad(Bad::of(line, raw, *refusal))),
            Err(Denied::Broke(fault)) => Err(fault.into()),
        }
    }

    fn became(&self, answer: &Answer) -> Result<Became, Failure> {
        let said: Said = serde_json::from_str(&answer.body)?;
        let ours = self.since.is_some_and(|since| said.entry >= since);
        Ok(match said.result.created {
            _ if answer.replayed && !ours => Became::Unchanged,
            true => Became::Created,
            false => Became::Updated,
        })
    }
}

/// What became of one row.
pub(super) enum Became {
    Created,
    Updated,
    Unchanged,
    Bad(Bad),
}

/// What the answers of all tools that take rows have in common.
#[derive(Deserialize)]
struct Said {
    entry: Id<Entry>,
    result: Put,
}

#[derive(Deserialize)]
struct Put {
    created: bool,
}

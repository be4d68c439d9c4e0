//! Taking the entries of a tenant out, each with its proof.

use super::{list, log};
use crate::{
    db::{Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
};
use kernel::{
    id::{self, Id, Tenant},
    receipt::Receipt,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

statements! {
    PAGE = "entry_export.sql";
}

const LIMIT: u16 = 500;
const LIMIT_MAX: u16 = 1_000;

/// Export the audit entries of your tenant, oldest first, each as a receipt.
/// Written one to a line, they are a file for `docket audit verify --export`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Where to go on: `next` of the page before.
    pub after: Option<Id<id::Entry>>,
    /// How many at most: 1 to 1,000, 500 if not said.
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u16>,
}

/// One page of an export.
#[derive(Debug, Serialize)]
pub struct Page {
    pub receipts: Vec<Receipt>,
    /// Pass it as `after` to go on; nothing when there is no more for now.
    pub next: Option<Id<id::Entry>>,
}

impl Look for Export {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let limit = list::limit(self.limit, LIMIT, LIMIT_MAX)?;
        let tenant = sight.caller.tenant;
        let after = match self.after {
            Some(entry) => list::find(snap, tenant, entry)?.entry_no,
            None => 0,
        };

        let page = page(snap, tenant, after, limit)?;

        let facts = [
            ("entries".to_owned(), page.receipts.len().into()),
            ("after".to_owned(), self.after.map(|id| id.to_string()).into()),
        ];
        Ok(Looked::new(&page)?.sensitive(Map::from_iter(facts)))
    }
}

struct Taken {
    entry_no: i64,
    id: Id<id::Entry>,
    index: u64,
    body: String,
}

/// The receipts after an entry, all against one checkpoint.
///
/// # Errors
/// If the database does not answer, or its log is not whole.
pub fn page(snap: &Snap<'_>, tenant: Id<Tenant>, after: i64, limit: u16) -> Result<Page, Fault> {
    let taken = take(snap, tenant, after, limit)?;
    let end = taken.last().map_or(0, |last| last.index + 1);
    let Some(stored) = log::shown(snap, end)? else {
        return Ok(Page { receipts: Vec::new(), next: None });
    };
    let checkpoint = log::note(snap, &stored)?.to_string();
    let mut prover = log::Prover::new(snap, stored.size);

    let next = taken.last().filter(|_| taken.len() == usize::from(limit)).map(|last| last.id);
    let receipts = taken.into_iter().map(|Taken { index, body, .. }| {
        let proof = prover.inclusion(index)?;
        Ok(Receipt { entry: body, index, proof, checkpoint: checkpoint.clone() })
    });
    Ok(Page { receipts: receipts.collect::<Result<_, Fault>>()?, next })
}

/// The next entries that are leaves.
fn take(snap: &Snap<'_>, tenant: Id<Tenant>, after: i64, limit: u16) -> Result<Vec<Taken>, Fault> {
    snap.all(&PAGE, args![tenant, after, i64::from(limit)], |row| {
        let (entry_no, id, body) = (row.get(0)?, row.get(1)?, row.get(3)?);
        Ok(Taken { entry_no, id, index: log::index(row.get(2)?)?, body })
    })
}

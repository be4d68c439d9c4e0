//! Taking the entries of a tenant out, each with its proof.

use super::{list, log};
use crate::{
    db::{Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    page::{Limit, Page},
};
use kernel::{
    audit::Entry,
    id::{self, Id, Tenant},
    receipt::Receipt,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Map;

statements! {
    PAGE = "entry_export.sql" | "entry_export.postgres.sql";
}

/// Export the audit entries of your tenant, oldest first, each as a receipt.
/// Written one to a line, they are a file for `docket audit verify --export`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before.
    pub after: Option<Id<id::Entry>>,
}

impl Look for Export {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let tenant = sight.caller.tenant;
        let after = match self.after {
            Some(entry) => list::find(snap, tenant, entry)?.entry_no,
            None => 0,
        };

        let page = page(snap, tenant, after, self.limit)?;

        let facts = [
            ("entries".to_owned(), page.items.len().into()),
            ("after".to_owned(), self.after.map(|id| id.to_string()).into()),
        ];
        Ok(Looked::new(&page)?.sensitive(Map::from_iter(facts)))
    }
}

struct Taken {
    id: Id<id::Entry>,
    index: u64,
    body: String,
}

/// The receipts after an entry, all against one checkpoint.
fn page(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    after: i64,
    limit: Limit,
) -> Result<Page<Receipt, Id<id::Entry>>, Fault> {
    let taken = take(snap, tenant, after, limit)?;
    let Page { items: taken, next } = Page::cut(taken, limit, |last| last.id);
    // An entry that was committed late is a later leaf than some that follow it here.
    let end = taken.iter().map(|taken| taken.index + 1).max().unwrap_or(0);
    let Some(stored) = log::shown(snap, end)? else {
        return Ok(Page { items: Vec::new(), next: None });
    };
    let checkpoint = log::note(snap, &stored)?.to_string();
    let mut prover = log::Prover::new(snap, stored.size);
    let receipts = taken.into_iter().map(|Taken { index, body, .. }| {
        let proof = prover.inclusion(index)?;
        Ok(Receipt { entry: body, index, proof, checkpoint: checkpoint.clone() })
    });
    Ok(Page { items: receipts.collect::<Result<_, Fault>>()?, next })
}

/// The next entries that are leaves.
fn take(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    after: i64,
    limit: Limit,
) -> Result<Vec<Taken>, Fault> {
    snap.all(&PAGE, args![tenant, after, limit.rows()], |row| {
        Ok(Taken { id: row.get(0)?, index: log::index(row.get(1)?)?, body: row.get(2)? })
    })
}

/// Hands over the receipts of all entries that are leaves, or of those of one
/// tenant, and says how many: for whoever has the database itself.
///
/// # Errors
/// What `see` fails with, or that the database does not answer.
pub(crate) fn all(
    snap: &Snap<'_>,
    tenant: Option<Id<Tenant>>,
    progress: &(dyn Fn(u64, u64) + Sync),
    mut see: impl FnMut(&Receipt) -> Result<(), Fault>,
) -> Result<u64, Fault> {
    let Some(stored) = log::shown(snap, 0)? else { return Ok(0) };
    let checkpoint = log::note(snap, &stored)?.to_string();
    let mut prover = log::Prover::new(snap, stored.size);
    let mut receipts = 0;
    log::each_entry(snap, 0, stored.size, |index, entry| {
        progress(index, stored.size);
        let entry = String::from_utf8_lossy(entry).into_owned();
        if tenant.is_some() && tenant != tenant_of(&entry)? {
            return Ok(());
        }
        let proof = prover.inclusion(index)?;
        receipts += 1;
        see(&Receipt { entry, index, proof, checkpoint: checkpoint.clone() })
    })?;
    Ok(receipts)
}

fn tenant_of(entry: &str) -> Result<Option<Id<Tenant>>, Fault> {
    let entry: Entry = serde_json::from_str(entry)?;
    Ok(Some(entry.tenant))
}

//! The documents of invoices and credit notes: made by a job once they are
//! issued, kept by their digest, and read by whoever may read the invoice.

use super::{
    Invoice, get, store,
    ubl::{self, Facts},
};
use crate::{
    audit::{Recorded, record::by_docket},
    db::{Committed, Snap, Tx, args, statements},
    directory::zone,
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    job::{
        self, Kind, NewJob,
        work::{Done, Lease, Run, Stop},
    },
};
use jiff::Timestamp;
use kernel::{
    canonical::Digest,
    id::{self, Id, Tenant},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

statements! {
    DOCUMENT_FACTS = "document_facts.sql";
    DOCUMENT_ADD = "document_add.sql";
    DOCUMENT_FIND = "document_find.sql";
}

/// Makes the document of what was issued.
pub(crate) static MAKE: Kind = Kind::new("invoice.document");

/// Universal Business Language 2.1, as XML.
const UBL: &str = "ubl";

#[derive(Debug, Serialize, Deserialize)]
struct Make {
    invoice: Id<id::Invoice>,
}

/// Has the document made, in the transaction that issues.
pub(super) fn queue(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    invoice: Id<id::Invoice>,
) -> Result<(), Failure> {
    job::enqueue(tx, tenant, NewJob::new(&MAKE, &Make { invoice })?)?;
    Ok(())
}

/// Does the job.
pub(crate) async fn make(run: Run) -> Result<Done, Stop> {
    let Make { invoice } = run.payload()?;
    let (tenant, lease) = (run.job.tenant, run.lease.clone());
    let gathered = run.db.read(tenant, move |snap| Ok(gather(snap, tenant, invoice)?)).await?;
    let Some((invoice, facts)) = gathered else {
        return Err(Stop::GiveUp { code: Code::RecordNotFound.name() });
    };
    let body = ubl::document(&invoice, &facts);
    let made = Arc::new((invoice, body));
    let step = move |tx: &mut Tx<'_>| match keep(tx, tenant, &made.0, &made.1, &lease) {
        Ok(Some(recorded)) => Committed::Changed(true, recorded),
        Ok(None) => Committed::Unchanged(false),
        Err(failure) => Committed::Failed(failure),
    };
    let kept = run.db.write(tenant, step).await?;
    Ok(if kept { Done::Committed } else { Done::Finished })
}

/// What was issued, and what its document says besides; nothing, if it was not.
fn gather(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<id::Invoice>,
) -> Result<Option<(Invoice, Facts)>, Fault> {
    let Some(invoice) = store::find(snap, tenant, id)? else { return Ok(None) };
    let (Some(number), Some(issued_at)) = (invoice.number, invoice.issued_at) else {
        return Ok(None);
    };
    let facts = snap.one(&DOCUMENT_FACTS, args![tenant, id], |row| {
        let zone = zone::stored(&row.get::<String>(4)?)?;
        // The day that it was where the work was done.
        let day = |at: Timestamp| zone.to_datetime(at).date();
        let credited = row.get::<Option<i64>>(5)?.zip(row.get::<Option<Timestamp>>(6)?);
        Ok(Facts {
            seller: row.get(0)?,
            buyer: row.get(1)?,
            place: row.get(2)?,
            address: row.get(3)?,
            issued_on: day(issued_at),
            number,
            credits: credited.map(|(number, at)| (number, day(at))),
        })
    })?;
    Ok(Some((invoice, facts)))
}

/// Keeps a document and ends the job with it, unless somebody else has.
fn keep(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    invoice: &Invoice,
    body: &str,
    lease: &Lease,
) -> Result<Option<Recorded>, Failure> {
    let digest = Digest::of_bytes(body.as_bytes()).to_string();
    let args = args![tenant, invoice.id, UBL, &digest, body, tx.now()];
    if tx.execute(&DOCUMENT_ADD, args)? == 0 {
        return Ok(None);
    }
    let mut entry = by_docket(tenant, tx.new_id(), tx.now(), MAKE.name);
    entry.ticket = Some(invoice.ticket);
    entry.subjects = vec![invoice.id.to_string()];
    entry.payload.insert("format".to_owned(), UBL.into());
    entry.payload.insert("digest".to_owned(), digest.as_str().into());
    let recorded = tx.record(&entry)?;
    lease.complete(tx, &json!({ "digest": digest }))?;
    Ok(Some(recorded))
}

/// Read the document of an issued invoice or credit note, as UBL 2.1. It is made
/// right after the issue, and never changes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetDocument {
    pub invoice: Id<id::Invoice>,
}

#[derive(Debug, Serialize)]
struct Seen {
    invoice: Id<id::Invoice>,
    number: Option<i64>,
    media_type: &'static str,
    /// SHA-256 of the document's bytes.
    digest: String,
    document: String,
}

impl Look for GetDocument {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let invoice = get::seen(snap, sight, self.invoice)?;
        let args = args![sight.caller.tenant, self.invoice, UBL];
        let kept = snap.maybe(&DOCUMENT_FIND, args, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (digest, document) = kept.ok_or_else(|| {
            let detail = "there is no document of this invoice yet";
            Refusal::new(Code::DocumentMissing, detail)
        })?;
        let (invoice, number) = (invoice.id, invoice.number);
        Looked::new(&Seen { invoice, number, media_type: "application/xml", digest, document })
    }
}

//! Rows to rate cards and back; the only code that names their SQL.

use super::{list::Seen, put::Put};
use crate::{
    db::{Snap, Tx, args, statements},
    directory::record::{self, Named},
    failure::{Failure, Fault},
    tenant,
};
use kernel::{
    id::{Account, Id, RateCard as Card, Tenant},
    invoice::RateCard,
    refusal::{Code, Refusal},
};

statements! {
    CARD_FIND = "find.sql";
    CARD_NAMED = "named.sql";
    CARD_OF_ACCOUNT = "of_account.sql";
    CARD_PAGE = "page.sql";
    CARD_PUT = "put.sql";
    CARD_VERSION_ADD = "version_add.sql";
}

/// The prices for work at an account: its own, or else the tenant's.
///
/// # Errors
/// `rate_card.missing`, if neither has any.
pub(crate) fn for_account(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    account: Id<Account>,
) -> Result<(Id<Card>, RateCard), Failure> {
    let own: Option<Id<Card>> =
        snap.maybe(&CARD_OF_ACCOUNT, args![tenant, account], |row| row.get(0))?.flatten();
    let card = match own {
        Some(own) => Some(own),
        None => tenant::settings(snap, tenant)?.rate_card,
    };
    let found = card.map(|id| Ok::<_, Fault>((id, current(snap, tenant, id)?))).transpose()?;
    let prices = found.and_then(|(id, current)| Some((id, current?.1)));
    prices.ok_or_else(|| {
        let detail = "neither the account nor the tenant has a rate card";
        Refusal::new(Code::RateCardMissing, detail).into()
    })
}

/// Asks ahead for [`for_account`].
pub(crate) fn foresee_for_account(snap: &Snap<'_>, tenant: Id<Tenant>, account: Id<Account>) {
    snap.foresee(&CARD_OF_ACCOUNT, args![tenant, account]);
    tenant::foresee_settings(snap, tenant);
}

/// What a card says now, and the version that says it.
pub(super) fn current(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    id: Id<Card>,
) -> Result<Option<(i64, RateCard)>, Fault> {
    snap.maybe(&CARD_FIND, args![tenant, id], |row| Ok((row.get(0)?, row.json(1)?)))
}

/// The card that is named.
///
/// # Errors
/// `record.not_found`, whether there is none or it is another tenant's.
pub(crate) fn named(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    which: &Named<Card>,
) -> Result<Id<Card>, Failure> {
    record::resolve(snap, &CARD_NAMED, tenant, which, "rate_card")
}

/// Whether there is such a card.
///
/// # Errors
/// `record.not_found`, whether there is none or it is another tenant's.
pub(crate) fn check(snap: &Snap<'_>, tenant: Id<Tenant>, id: Id<Card>) -> Result<(), Failure> {
    named(snap, tenant, &Named::Id(id)).map(drop)
}

/// Which record a `put` is about.
///
/// # Errors
/// See [`record::target`].
pub(super) fn target(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    put: &Put,
) -> Result<record::Put<Card>, Failure> {
    record::target(tx, &CARD_NAMED, tenant, put.id, put.reference.as_deref())
}

/// Writes a card down, and what it says if that is new.
pub(super) fn put(
    tx: &mut Tx<'_>,
    tenant: Id<Tenant>,
    id: Id<Card>,
    put: &Put,
    version: i64,
    changed: bool,
) -> Result<(), Failure> {
    let reference = put.reference.as_deref();
    let args = args![tenant, id, put.name.as_str(), reference, version, tx.now()];
    tx.put(&CARD_PUT, args)?;
    if changed {
        let card = serde_json::to_string(&put.card)?;
        tx.put(&CARD_VERSION_ADD, args![tenant, id, version, card, tx.now()])?;
    }
    Ok(())
}

/// A page of cards as they are now.
pub(super) fn page(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    after: &str,
    rows: i64,
) -> Result<Vec<Seen>, Fault> {
    snap.all(&CARD_PAGE, args![tenant, after, rows], |row| {
        Ok(Seen {
            id: row.get(0)?,
            name: row.get(1)?,
            reference: row.get(2)?,
            version: row.get(3)?,
            card: row.json(4)?,
        })
    })
}

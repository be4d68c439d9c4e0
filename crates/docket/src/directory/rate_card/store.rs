//! Rows to rate cards and back; the only code that names their SQL.

use crate::{
    db::{Snap, args, statements},
    failure::Failure,
    tenant,
};
use kernel::{
    id::{Account, Id, RateCard as Card, Tenant},
    invoice::RateCard,
    refusal::{Code, Refusal},
};

statements! {
    CARD_FIND = "find.sql";
    CARD_OF_ACCOUNT = "of_account.sql";
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
    let found = card.map(|id| snap.maybe(&CARD_FIND, args![tenant, id], |row| row.json(0)));
    let prices = found.transpose()?.flatten();
    card.zip(prices).ok_or_else(|| {
        let detail = "neither the account nor the tenant has a rate card";
        Refusal::new(Code::RateCardMissing, detail).into()
    })
}

//! The checks: what has to agree before somebody is asked to pay.

use super::{NotPriced, RateCard, Work, line::not_negative};
use crate::money::{BadSum, Money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that was looked at, whether or not it passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub name: CheckName,
    pub passed: bool,
    /// What was compared, for people.
    pub detail: String,
}

/// What is looked at.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// The total is not above the limit with its approved changes.
    WithinLimit,
    /// No more time was logged than between check-in and check-out, with the
    /// allowance of the card.
    TimeOnSite,
    /// The limit and its changes are in the currency of the card.
    CurrencyAgrees,
    /// Every hourly rate that was said is the card's.
    RateOnCard,
    /// What was verified is there, for the packet that goes with the invoice.
    AttachmentPresent,
}

impl CheckName {
    fn found(self, passed: bool, detail: String) -> Check {
        Check { name: self, passed, detail }
    }
}

/// A limit with the approved changes that raise it, each once.
pub fn raised(limit: Money, approved: &[Money]) -> Result<Money, NotPriced> {
    let limit = not_negative(limit, "the limit")?;
    approved.iter().try_fold(limit, |limit, change| {
        Ok(limit.checked_add(not_negative(*change, "an approved change")?)?)
    })
}

pub(super) fn all(card: &RateCard, work: &Work, total: Money) -> Result<Vec<Check>, NotPriced> {
    let attached =
        if work.attached { "the verified evidence is attached" } else { "nothing is attached" };
    Ok(vec![
        within_limit(work, total)?,
        time_on_site(card, work),
        currency_agrees(card, work),
        rate_on_card(card, work),
        CheckName::AttachmentPresent.found(work.attached, attached.to_owned()),
    ])
}

fn within_limit(work: &Work, total: Money) -> Result<Check, NotPriced> {
    let limit = match raised(work.limit, &work.approved) {
        Ok(limit) if limit.currency == total.currency => limit,
        Ok(_) | Err(NotPriced::BadSum(BadSum::Currencies { .. })) => {
            let detail = format!("{total} cannot be compared with the limit");
            return Ok(CheckName::WithinLimit.found(false, detail));
        }
        Err(other) => return Err(other),
    };
    let detail = format!("{total} of {limit}");
    Ok(CheckName::WithinLimit.found(total.minor <= limit.minor, detail))
}

fn time_on_site(card: &RateCard, work: &Work) -> Check {
    // Each is at most 32 bits, so these sums are far from the end of 64.
    let logged: u64 = work.labor.iter().map(|entry| u64::from(entry.minutes)).sum();
    let (on_site, allowed) = (work.on_site_minutes, card.allowance_minutes);
    let passed = logged <= u64::from(on_site).saturating_add(u64::from(allowed));
    let detail = format!("{logged} min logged, {on_site} min on site, {allowed} min allowance");
    CheckName::TimeOnSite.found(passed, detail)
}

fn currency_agrees(card: &RateCard, work: &Work) -> Check {
    let mut agreed = work.approved.iter().chain([&work.limit]);
    let other = agreed.find(|amount| amount.currency != card.currency);
    let detail = match other {
        Some(other) => format!("the card is in {}, but {other} was agreed", card.currency),
        None => format!("all is in {}", card.currency),
    };
    CheckName::CurrencyAgrees.found(other.is_none(), detail)
}

fn rate_on_card(card: &RateCard, work: &Work) -> Check {
    let differing = work.labor.iter().find_map(|entry| {
        let (said, rate) = (entry.rate?, card.labor.get(&entry.kind)?.per_hour);
        let told = format!("`{}` was logged at {said}, the card says {rate}", entry.kind);
        (said != rate).then_some(told)
    });
    let passed = differing.is_none();
    let detail = differing.unwrap_or_else(|| "every rate is the card's".to_owned());
    CheckName::RateOnCard.found(passed, detail)
}

//! The invoice draft: what the work costs by the card, and whether it may be
//! asked for.
//!
//! What must stay true:
//!
//! * The total is the sum of the lines and the taxes, to the minor unit.
//! * More work never costs less, and rounding time up never lowers a bill.
//! * A draft and its credit cancel.
//! * Pricing uses the card and nothing else. What disagrees with it is not
//!   corrected but shown, as a check that did not pass.
//!
//! Nothing is ever converted: work priced in another currency than the card's
//! is an error, and a limit in another is a check that does not pass.
//!
//! Start with [`price`].

mod check;
mod line;

pub use check::{Check, CheckName, raised};
pub use line::cost_so_far;

use crate::{
    key::Key,
    money::{BadSum, Currency, Money, Rate, Rounding},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};

/// Prices that hold together. None of them is negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateCard {
    /// The currency of the card, and of every invoice made by it.
    pub currency: Currency,
    /// By kind: `regular`, `overtime`, `travel`.
    pub labor: BTreeMap<Key, LaborRate>,
    /// How many minutes more than the time on site may be logged.
    pub allowance_minutes: u32,
    /// For each visit.
    pub trip_fee: Money,
    /// What is added to the cost of a part. The price of one piece is rounded
    /// to the minor unit, half up, before it is multiplied.
    pub part_markup: Rate,
    pub taxes: Vec<TaxRule>,
}

/// What time costs. All entries of one kind are added up before they are
/// rounded: three calls of five minutes are a quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaborRate {
    pub per_hour: Money,
    /// Time is billed in multiples of this, rounded up.
    pub increment_minutes: NonZeroU32,
    /// At least this much is billed if any time was worked.
    pub minimum_minutes: u32,
}

/// A tax, computed on the sum of the lines it applies to and rounded once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxRule {
    pub name: Line<60>,
    pub rate: Rate,
    pub rounding: Rounding,
    pub applies_to: BTreeSet<LineKind>,
}

/// What a line is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    Labor,
    Part,
    Trip,
}

/// Time that somebody worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaborEntry {
    pub minutes: u32,
    pub kind: Key,
    /// The price of an hour that was said when it was logged, if one was.
    pub rate: Option<Money>,
}

/// Material that somebody used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartEntry {
    pub description: Line<200>,
    pub quantity: NonZeroU32,
    /// What one piece cost us, before the mark-up.
    pub unit_cost: Money,
}

/// Everything that was done, and what was agreed about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Work {
    pub labor: Vec<LaborEntry>,
    pub parts: Vec<PartEntry>,
    /// Visits, each of which costs one trip fee.
    pub trips: u32,
    /// Minutes between check-in and check-out, summed over technicians.
    pub on_site_minutes: u32,
    /// Not to exceed; the total with its taxes.
    pub limit: Money,
    /// What each approved change added to the limit.
    pub approved: Vec<Money>,
    /// The verified evidence is there; the packet that goes with the invoice is
    /// made of it when the ticket closes.
    pub attached: bool,
}

/// An invoice before it has a number, or a credit of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    pub currency: Currency,
    pub lines: Vec<InvoiceLine>,
    pub taxes: Vec<TaxLine>,
    /// The sum of the lines.
    pub subtotal: Money,
    /// The sum of the taxes.
    pub tax: Money,
    pub total: Money,
    /// What was looked at. A credit looks at nothing.
    pub checks: Vec<Check>,
}

/// One line: `amount` is `unit_price` × `quantity` ÷ `per`, rounded half up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceLine {
    pub kind: LineKind,
    pub description: String,
    /// Negative on a credit.
    pub quantity: i64,
    pub unit: Unit,
    pub unit_price: Money,
    /// How many units the price is for: 60 for minutes priced by the hour.
    pub per: NonZeroU32,
    pub amount: Money,
}

/// What is counted on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Minute,
    Piece,
    Trip,
}

/// One tax on the lines it applies to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxLine {
    pub name: Line<60>,
    pub rate: Rate,
    pub rounding: Rounding,
    /// What the tax is a share of.
    pub base: Money,
    pub amount: Money,
}

/// Why there is no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPriced {
    #[error("the rate card has no rate for labor of the kind `{kind}`")]
    NoRate { kind: Key },
    #[error("{what} is negative")]
    Negative { what: &'static str },
    #[error(transparent)]
    BadSum(#[from] BadSum),
}

/// Prices the work by the card and checks the result. A check that does not
/// pass is part of the answer; only what cannot be computed is an error.
pub fn price(card: &RateCard, work: &Work) -> Result<Draft, NotPriced> {
    let currency = card.currency;
    let mut lines = line::of_labor(&work.labor, card)?;
    lines.extend(line::of_parts(&work.parts, card)?);
    lines.extend(line::of_trips(work.trips, card)?);
    let taxes = card.taxes.iter().map(|rule| rule.on(&lines, currency));
    let taxes = taxes.collect::<Result<Vec<_>, _>>()?;

    let subtotal = Money::sum(currency, lines.iter().map(|line| line.amount))?;
    let tax = Money::sum(currency, taxes.iter().map(|tax| tax.amount))?;
    let total = subtotal.checked_add(tax)?;
    let checks = check::all(card, work, total)?;
    Ok(Draft { currency, lines, taxes, subtotal, tax, total, checks })
}

/// The credit note that takes a draft back: the same lines at the same prices,
/// with every quantity and every amount negated.
pub fn credit_of(draft: &Draft) -> Result<Draft, BadSum> {
    let lines = draft.lines.iter().map(InvoiceLine::negated);
    let taxes = draft.taxes.iter().map(TaxLine::negated);
    Ok(Draft {
        currency: draft.currency,
        lines: lines.collect::<Result<_, _>>()?,
        taxes: taxes.collect::<Result<_, _>>()?,
        subtotal: draft.subtotal.negated()?,
        tax: draft.tax.negated()?,
        total: draft.total.negated()?,
        checks: vec![],
    })
}

impl RateCard {
    /// Whether every price of the card can be used: in its currency, and not
    /// negative. [`price`] looks only at the prices it needs.
    pub fn check(&self) -> Result<(), NotPriced> {
        let rates = self.labor.values().map(|rate| (rate.per_hour, "a labor rate"));
        for (amount, what) in rates.chain([(self.trip_fee, "the trip fee")]) {
            Money::zero(self.currency).checked_add(line::not_negative(amount, what)?)?;
        }
        Ok(())
    }
}

impl Draft {
    /// Whether every check passed.
    pub fn passes(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }
}

impl TaxRule {
    fn on(&self, lines: &[InvoiceLine], currency: Currency) -> Result<TaxLine, BadSum> {
        let taxed = lines.iter().filter(|line| self.applies_to.contains(&line.kind));
        let base = Money::sum(currency, taxed.map(|line| line.amount))?;
        let amount = base.share(self.rate, self.rounding)?;
        let (name, rate, rounding) = (self.name.clone(), self.rate, self.rounding);
        Ok(TaxLine { name, rate, rounding, base, amount })
    }
}

impl InvoiceLine {
    fn negated(&self) -> Result<Self, BadSum> {
        let quantity = self.quantity.checked_neg().ok_or(BadSum::Overflow)?;
        Ok(Self { quantity, amount: self.amount.negated()?, ..self.clone() })
    }
}

impl TaxLine {
    fn negated(&self) -> Result<Self, BadSum> {
        Ok(Self { base: self.base.negated()?, amount: self.amount.negated()?, ..self.clone() })
    }
}

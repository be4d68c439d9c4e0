//! The lines: time by kind, parts as they were logged, trips.

use super::{InvoiceLine, LaborEntry, LaborRate, LineKind, NotPriced, PartEntry, RateCard, Unit};
use crate::{
    key::Key,
    money::{BadSum, Money, Rounding, round_up_to_increment},
};
use std::{collections::BTreeMap, num::NonZeroU32};

const ONE: NonZeroU32 = NonZeroU32::MIN;
const HOUR: NonZeroU32 = NonZeroU32::new(60).expect("sixty is not zero");

/// What the labor and the parts logged so far come to, before trips and taxes.
pub fn cost_so_far(
    labor: &[LaborEntry],
    parts: &[PartEntry],
    card: &RateCard,
) -> Result<Money, NotPriced> {
    let lines = [of_labor(labor, card)?, of_parts(parts, card)?].concat();
    Ok(Money::sum(card.currency, lines.iter().map(|line| line.amount))?)
}

pub(super) fn of_labor(
    labor: &[LaborEntry],
    card: &RateCard,
) -> Result<Vec<InvoiceLine>, NotPriced> {
    let mut worked: BTreeMap<&Key, u32> = BTreeMap::new();
    for entry in labor {
        let minutes = worked.entry(&entry.kind).or_default();
        *minutes = minutes.checked_add(entry.minutes).ok_or(BadSum::Overflow)?;
    }
    worked
        .into_iter()
        .filter(|(_, minutes)| *minutes > 0)
        .map(|(kind, minutes)| {
            let rate = card.labor.get(kind);
            rate.ok_or_else(|| NotPriced::NoRate { kind: kind.clone() })?.line(kind, minutes)
        })
        .collect()
}

impl LaborRate {
    fn line(&self, kind: &Key, worked: u32) -> Result<InvoiceLine, NotPriced> {
        let unit_price = not_negative(self.per_hour, "a labor rate")?;
        let rounded = round_up_to_increment(worked, self.increment_minutes)?;
        let quantity = i64::from(rounded.max(self.minimum_minutes));
        Ok(InvoiceLine {
            kind: LineKind::Labor,
            description: format!("labor: {kind} ({worked} min worked)"),
            quantity,
            unit: Unit::Minute,
            unit_price,
            per: HOUR,
            amount: unit_price.times(quantity, HOUR, Rounding::HalfUp)?,
        })
    }
}

pub(super) fn of_parts(
    parts: &[PartEntry],
    card: &RateCard,
) -> Result<Vec<InvoiceLine>, NotPriced> {
    let line = |part: &PartEntry| {
        let cost = not_negative(part.unit_cost, "the cost of a part")?;
        let unit_price = cost.checked_add(cost.share(card.part_markup, Rounding::HalfUp)?)?;
        let quantity = i64::from(part.quantity.get());
        Ok(InvoiceLine {
            kind: LineKind::Part,
            description: part.description.to_string(),
            quantity,
            unit: Unit::Piece,
            unit_price,
            per: ONE,
            amount: unit_price.checked_mul(quantity)?,
        })
    };
    parts.iter().map(line).collect()
}

pub(super) fn of_trips(trips: u32, card: &RateCard) -> Result<Option<InvoiceLine>, NotPriced> {
    let unit_price = not_negative(card.trip_fee, "the trip fee")?;
    if trips == 0 || unit_price.minor == 0 {
        return Ok(None);
    }
    let quantity = i64::from(trips);
    Ok(Some(InvoiceLine {
        kind: LineKind::Trip,
        description: "trip".to_owned(),
        quantity,
        unit: Unit::Trip,
        unit_price,
        per: ONE,
        amount: unit_price.checked_mul(quantity)?,
    }))
}

pub(super) fn not_negative(amount: Money, what: &'static str) -> Result<Money, NotPriced> {
    if amount.minor < 0 { Err(NotPriced::Negative { what }) } else { Ok(amount) }
}

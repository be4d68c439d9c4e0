//! Changing how a tenant wants things. What is not named stays as it is.

use super::{Settings, save_settings, settings_to_change};
use crate::{
    db::Tx,
    directory::{rate_card, zone},
    door::{Act, Verb},
    failure::Failure,
};
use kernel::{
    id::{Id, RateCard},
    money::Currency,
    refusal::{Code, Refusal},
    sla::Calendar,
    text::Line,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Change how the tenant wants things; what is not named stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Configure {
    /// The currency of new tickets, as in ISO 4217.
    pub currency: Option<Currency>,
    /// The region (ISO 3166) whose phone numbers need no country code.
    pub region: Option<Line<2>>,
    /// The IANA zone of the calendar.
    pub zone: Option<Line<64>>,
    /// When the clocks of targets run.
    pub calendar: Option<Calendar>,
    /// For how long the same call counts as the same call; at most a week.
    pub duplicate_minutes: Option<u32>,
    /// An approval above this many minor units needs a second factor.
    pub second_factor_above_minor: Option<i64>,
    /// The prices of accounts that have none of their own.
    pub rate_card: Option<Id<RateCard>>,
}

const DUPLICATE_MINUTES_MAX: u32 = 7 * 24 * 60;

impl Verb for Configure {
    type Done = Settings;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Settings, Failure> {
        let before = settings_to_change(tx, act.caller.tenant)?;
        if let Some(card) = self.rate_card {
            rate_card::check(tx, act.caller.tenant, card)?;
        }

        let after = self.decide(before.clone())?;

        for name in changed(&before, &after)? {
            act.fact(&name, true);
        }
        save_settings(tx, act.caller.tenant, &after)?;
        Ok(after)
    }
}

impl Configure {
    fn decide(self, before: Settings) -> Result<Settings, Failure> {
        let after = Settings {
            currency: self.currency.unwrap_or(before.currency),
            region: self.region.unwrap_or(before.region),
            zone: self.zone.unwrap_or(before.zone),
            calendar: self.calendar.unwrap_or(before.calendar),
            duplicate_minutes: self.duplicate_minutes.unwrap_or(before.duplicate_minutes),
            second_factor_above_minor: self
                .second_factor_above_minor
                .unwrap_or(before.second_factor_above_minor),
            rate_card: self.rate_card.or(before.rate_card),
        };
        zone::named(&after.zone).map_err(|no| no.at("zone"))?;
        let wrong = |path: &str, detail: &str| {
            Err(Refusal::new(Code::InputMalformed, detail).at(path).into())
        };
        if !after.region.chars().all(|letter| letter.is_ascii_uppercase())
            || after.region.len() != 2
        {
            return wrong("region", "a region is two capital letters, like `US`");
        }
        if after.duplicate_minutes > DUPLICATE_MINUTES_MAX {
            return wrong("duplicate_minutes", "a call is the same call for a week at most");
        }
        if after.second_factor_above_minor < 0 {
            return wrong("second_factor_above_minor", "a threshold is not below zero");
        }
        Ok(after)
    }
}

/// The names of the settings that are now others.
fn changed(before: &Settings, after: &Settings) -> Result<Vec<String>, Failure> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let names = after.as_object().into_iter().flatten();
    Ok(names
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|at| at.0.clone())
        .collect())
}

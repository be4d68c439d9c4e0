//! How many jobs of a kind a tenant has done at once, and how fast.

use super::enqueue::within;
use crate::{
    db::{Tx, args, statements},
    door::{Act, Verb},
    failure::Failure,
};
use jiff::SignedDuration;
use kernel::{
    job::{BadRate, KindName, Rate},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    LIMIT_PUT = "limit_put.sql";
}

/// Set how many jobs of a kind run at once and how many may begin in a time, of
/// all workers together. What is not named has no limit. Workers know of it
/// within seconds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// One of Docket's own, or one that begins with `ext.`.
    pub kind: KindName,
    /// How many run at once; 0 stops them for a while.
    #[schemars(range(max = 100_000))]
    pub running_max: Option<u32>,
    pub rate: Option<Pace>,
}

/// So many in so long.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// How many jobs may begin.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: u32,
    /// In how many seconds.
    #[schemars(range(min = 1, max = 31_622_400))]
    pub seconds: u32,
    /// How many of them may begin at once, after a quiet time.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub burst: u32,
}

#[derive(Debug, Serialize)]
pub struct Limited {
    pub kind: KindName,
    pub running_max: Option<u32>,
    pub rate: Option<Pace>,
}

impl Verb for Limit {
    type Done = Limited;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<Limited, Failure> {
        let Self { kind, running_max, rate } = self;
        within("running_max", running_max.unwrap_or(0).into(), 0, 100_000)?;
        if let Some(Pace { count, seconds, burst }) = rate {
            let per = SignedDuration::from_secs(seconds.into());
            Rate::new(count, per, burst).map_err(|no: BadRate| {
                Refusal::new(Code::InputMalformed, no.to_string()).at("rate")
            })?;
        }
        let number = |of: fn(Pace) -> u32| rate.map(|rate| i64::from(of(rate)));
        tx.put(
            &LIMIT_PUT,
            args![
                act.caller.tenant,
                kind.as_str(),
                running_max.map(i64::from),
                number(|rate| rate.count),
                number(|rate| rate.seconds),
                number(|rate| rate.burst),
            ],
        )?;
        act.fact("kind", kind.as_str());
        act.fact("running_max", running_max);
        act.fact("rate", serde_json::to_value(rate)?);
        tx.ring(kind.to_string());
        Ok(Limited { kind, running_max, rate })
    }
}

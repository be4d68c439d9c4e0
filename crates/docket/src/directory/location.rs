//! Places on the globe, in whole ten-millionths of a degree: a centimetre, and
//! the same number everywhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place on the globe (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Degrees north, times ten million.
    #[schemars(range(min = -900_000_000, max = 900_000_000))]
    #[serde(deserialize_with = "within::<_, 900_000_000>")]
    pub latitude_e7: i64,
    /// Degrees east, times ten million.
    #[schemars(range(min = -1_800_000_000, max = 1_800_000_000))]
    #[serde(deserialize_with = "within::<_, 1_800_000_000>")]
    pub longitude_e7: i64,
}

impl Location {
    /// A place from two columns, which are there together or not at all.
    pub(crate) fn of(latitude_e7: Option<i64>, longitude_e7: Option<i64>) -> Option<Self> {
        let (latitude_e7, longitude_e7) = latitude_e7.zip(longitude_e7)?;
        Some(Self { latitude_e7, longitude_e7 })
    }
}

fn within<'de, D: serde::Deserializer<'de>, const MAX: i64>(d: D) -> Result<i64, D::Error> {
    let degrees = i64::deserialize(d)?;
    if (-MAX..=MAX).contains(&degrees) {
        Ok(degrees)
    } else {
        Err(serde::de::Error::custom(format_args!("expected at most {MAX} either way of zero")))
    }
}

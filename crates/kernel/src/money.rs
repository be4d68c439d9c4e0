//! Money in whole minor units, and the arithmetic that may lose none of it.
//!
//! What must stay true:
//!
//! * No amount is ever a float, and no sum mixes currencies.
//! * A result that does not fit is an error, not another amount.
//! * Rounding is symmetric: what is charged and what is credited cancel.

mod currency;

pub use currency::{Currency, UnknownCurrency};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, num::NonZeroU32};

/// An amount: `{ "minor": 12500, "currency": "USD" }` is 125.00 dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Whole minor units of the currency: cents of a dollar, yen of a yen.
    pub minor: i64,
    pub currency: Currency,
}

/// A share in parts per million: 8.875 % is 88,750.
///
/// Basis points are too coarse: New York City's sales tax is not a whole
/// number of them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Rate(pub u32);

/// What happens to the part of a minor unit that is left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest; a half goes away from zero.
    HalfUp,
    /// To the nearest; a half goes to the even neighbour.
    HalfEven,
    /// Towards zero.
    Down,
}

/// Why amounts could not be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSum {
    #[error("{left} and {right} cannot be added")]
    Currencies { left: Currency, right: Currency },
    #[error("the amount is too large to be written down")]
    Overflow,
}

impl Money {
    /// The most minor units that canonical JSON can write down exactly, and so
    /// the most that a limit, a cost or an entry of the audit log can hold.
    pub const MINOR_MAX: i64 = (1 << 53) - 1;

    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    pub fn checked_add(self, other: Self) -> Result<Self, BadSum> {
        self.agrees(other)?;
        self.with(self.minor.checked_add(other.minor))
    }

    pub fn checked_sub(self, other: Self) -> Result<Self, BadSum> {
        self.agrees(other)?;
        self.with(self.minor.checked_sub(other.minor))
    }

    pub fn checked_mul(self, by: i64) -> Result<Self, BadSum> {
        self.with(self.minor.checked_mul(by))
    }

    pub fn negated(self) -> Result<Self, BadSum> {
        self.with(self.minor.checked_neg())
    }

    /// The sum of amounts that are all in `currency`; zero if there are none.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, BadSum> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// The share of this amount that a tax or a mark-up takes.
    pub fn share(self, rate: Rate, rounding: Rounding) -> Result<Self, BadSum> {
        self.scaled(i64::from(rate.0), Rate::WHOLE, rounding)
    }

    /// This amount times `count`, for a price that is quoted per `per` of them:
    /// 90 minutes at a price per 60.
    pub fn times(self, count: i64, per: NonZeroU32, rounding: Rounding) -> Result<Self, BadSum> {
        self.scaled(count, per, rounding)
    }

    fn scaled(self, by: i64, over: NonZeroU32, rounding: Rounding) -> Result<Self, BadSum> {
        // The product of two 64-bit numbers always fits into 128 bits.
        let product = i128::from(self.minor) * i128::from(by);
        self.with(i64::try_from(rounding.divide(product, over)).ok())
    }

    fn agrees(self, other: Self) -> Result<(), BadSum> {
        let (left, right) = (self.currency, other.currency);
        if left == right { Ok(()) } else { Err(BadSum::Currencies { left, right }) }
    }

    fn with(self, minor: Option<i64>) -> Result<Self, BadSum> {
        let minor = minor.ok_or(BadSum::Overflow)?;
        Ok(Self { minor, ..self })
    }
}

impl Rate {
    const WHOLE: NonZeroU32 = NonZeroU32::new(1_000_000).expect("a million is not zero");

    /// A rate from hundredths of a percent; nothing if it is above 429,496 %.
    pub fn from_bp(bp: u32) -> Option<Self> {
        bp.checked_mul(100).map(Self)
    }
}

impl Rounding {
    fn divide(self, amount: i128, over: NonZeroU32) -> i128 {
        let over = i128::from(over.get());
        // `over` is not zero, so the quotient and the rest are always there.
        let whole = amount.checked_div(over).unwrap_or_default();
        let rest = amount.checked_rem(over).unwrap_or_default();
        let twice = rest.abs().saturating_mul(2);
        let away = match self {
            Self::HalfUp => twice >= over,
            Self::HalfEven => twice > over || (twice == over && whole % 2 != 0),
            Self::Down => false,
        };
        if away { whole.saturating_add(amount.signum()) } else { whole }
    }
}

/// The least multiple of `increment` that is not less than `minutes`.
pub fn round_up_to_increment(minutes: u32, increment: NonZeroU32) -> Result<u32, BadSum> {
    minutes.checked_next_multiple_of(increment.get()).ok_or(BadSum::Overflow)
}

/// For people: `125.00 USD`, `-0.05 EUR`, `125 JPY`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = usize::from(self.currency.digits());
        let padded = format!("{:0>width$}", self.minor.unsigned_abs(), width = digits + 1);
        let (whole, part) = padded.split_at(padded.len().saturating_sub(digits));
        let point = if digits == 0 { "" } else { "." };
        write!(f, "{sign}{whole}{point}{part} {}", self.currency)
    }
}

/// For people: `8.875 %`, `19 %`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (percent, rest) = (self.0 / 10_000, self.0 % 10_000);
        let part = format!("{rest:04}");
        match part.trim_end_matches('0') {
            "" => write!(f, "{percent} %"),
            part => write!(f, "{percent}.{part} %"),
        }
    }
}

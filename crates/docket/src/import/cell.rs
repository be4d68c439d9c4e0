//! Cells: text that means what the tool's schema says it means.

use serde_json::Value;

/// How the text of a cell is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// As it stands.
    Text,
    /// A whole number: `-12`, and not `12.0`, `1,000` or `+12`.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Texts with `;` between them; blanks around each do not count.
    List,
    /// Degrees with up to seven decimals, kept as whole ten-millionths.
    Degrees,
    /// JSON, for what has parts of its own.
    Json,
}

impl Cell {
    /// What the text says.
    pub fn read(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text => Ok(text.into()),
            Self::Integer => integer(text)
                .map(Value::from)
                .ok_or_else(|| "expected a whole number like `12`".to_owned()),
            Self::Boolean => match text {
                "true" => Ok(true.into()),
                "false" => Ok(false.into()),
                _ => Err("expected `true` or `false`".to_owned()),
            },
            Self::List => Ok(text.split(';').map(str::trim).collect()),
            Self::Degrees => e7(text)
                .map(Value::from)
                .ok_or_else(|| "expected degrees like `-73.9857` with up to 7 decimals".to_owned()),
            Self::Json => {
                serde_json::from_str(text).map_err(|no| format!("expected JSON in the cell: {no}"))
            }
        }
    }
}

/// A number has one spelling.
fn integer(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}

/// Decimal degrees as ten-millionths, digit by digit: a float would round.
fn e7(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(part) || whole.len() > 3 || part.len() > 7 {
        return None;
    }
    let e7: i64 = format!("{whole}{part:0<7}").parse().ok()?;
    Some(if negative { e7.wrapping_neg() } else { e7 })
}

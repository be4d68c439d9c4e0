//! Text that people wrote: short enough to show, and showing all that it says.
//!
//! What must stay true:
//!
//! * A [`Line`] stays one line wherever it is printed: a log, a PDF, a header.
//! * What is read is what is stored: nothing reorders the text around it, and
//!   nothing is there for a program to read that a person cannot see.
//! * Text is kept as it was written. It is refused, never repaired.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, ops::Deref, str::FromStr};

/// One line: 1 to `MAX` characters, not blank, no control characters.
pub type Line<const MAX: usize> = Written<MAX, false>;

/// Several lines: like [`Line`], but newline and tab are allowed.
pub type Text<const MAX: usize> = Written<MAX, true>;

/// Checked text of 1 to `MAX` characters (not bytes); see [`Line`] and [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Written<const MAX: usize, const LINES: bool>(String);

/// Why text was refused. It names characters by number and never repeats the
/// text: what was pasted by mistake may be a name or a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    #[error("text is blank; write something that can be seen")]
    Blank,
    #[error("text has {is} characters; at most {max} are allowed")]
    TooLong { is: usize, max: usize },
    #[error("character {at} is the control character U+{code:04X}; remove it")]
    Control { at: usize, code: u32 },
    #[error("character {at} is a line break (U+{code:04X}); write one line")]
    LineBreak { at: usize, code: u32 },
    #[error("character {at} is U+{code:04X}, which reorders or hides text; remove it")]
    Hidden { at: usize, code: u32 },
}

impl<const MAX: usize, const LINES: bool> Written<MAX, LINES> {
    fn check(text: &str) -> Result<(), BadText> {
        let is = text.chars().count();
        if is > MAX {
            return Err(BadText::TooLong { is, max: MAX });
        }
        for (before, letter) in text.chars().enumerate() {
            let (at, code) = (before.saturating_add(1), u32::from(letter));
            match letter {
                '\n' | '\t' if LINES => {}
                '\n' | '\r' | '\u{2028}' | '\u{2029}' if !LINES => {
                    return Err(BadText::LineBreak { at, code });
                }
                _ if letter.is_control() => return Err(BadText::Control { at, code }),
                _ if hides(letter) => return Err(BadText::Hidden { at, code }),
                _ => {}
            }
        }
        if text.chars().all(is_blank) { Err(BadText::Blank) } else { Ok(()) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// Embeddings, overrides and isolates make text read differently from what it
/// says; tag characters show nothing at all and are read by language models.
fn hides(letter: char) -> bool {
    matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{E0000}'..='\u{E007F}')
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// What came in from outside, as it may be shown: one kind of line break, and
/// nothing that hides, reorders or controls. The original is kept elsewhere.
pub fn readable(raw: &str) -> String {
    let lines = raw.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let shown =
        |letter: &char| matches!(letter, '\n' | '\t') || !(letter.is_control() || hides(*letter));
    lines.chars().filter(shown).collect::<String>().trim().to_owned()
}

/// Whether two texts say the same words, whatever their case and punctuation.
pub fn same_words(one: &str, other: &str) -> bool {
    fn words(text: &str) -> impl Iterator<Item = String> + '_ {
        let parts = text.split(|letter: char| !letter.is_alphanumeric());
        parts.filter(|word| !word.is_empty()).map(str::to_lowercase)
    }
    words(one).eq(words(other))
}

impl<const MAX: usize, const LINES: bool> TryFrom<String> for Written<MAX, LINES> {
    type Error = BadText;

    fn try_from(text: String) -> Result<Self, BadText> {
        Self::check(&text)?;
        Ok(Self(text))
    }
}
impl<const MAX: usize, const LINES: bool> FromStr for Written<MAX, LINES> {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        Self::try_from(text.to_owned())
    }
}
impl<const MAX: usize, const LINES: bool> Deref for Written<MAX, LINES> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}
impl<const MAX: usize, const LINES: bool> fmt::Display for Written<MAX, LINES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<const MAX: usize, const LINES: bool> JsonSchema for Written<MAX, LINES> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}{MAX}", if LINES { "Text" } else { "Line" }).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX, "pattern": "\\S" })
    }
}
impl<const MAX: usize, const LINES: bool> From<Written<MAX, LINES>> for String {
    fn from(text: Written<MAX, LINES>) -> Self {
        text.0
    }
}

//! What an action is done to, as whoever does it names it.

use crate::spelled::written_as_text;
use std::{fmt, str::FromStr};

/// What an action is done to, like `invoice/inv_01J8…`: 1 to 200 visible ASCII
/// characters, so that two that look alike are alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource(String);

impl Resource {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Resource {
    type Err = BadResource;

    fn from_str(text: &str) -> Result<Self, BadResource> {
        let fits = (1..=200).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or(BadResource)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that names no resource; it does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a resource like `invoice/42`: 1 to 200 visible ASCII characters")]
pub struct BadResource;

written_as_text!(Resource, "resource", "^[!-~]{1,200}$");

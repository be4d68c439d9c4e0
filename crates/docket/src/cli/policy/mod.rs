//! `docket policy`: what whoever holds a policy token does with it, with no server.

mod keys;
mod verify;

use super::{Trouble, host::secret, print};
use clap::{Args, Subcommand};
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use kernel::{
    id::{Id, Principal},
    policy::{BadToken, Narrowing, NotNarrowed, Token, Verified},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::io::Read;

#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Print what a token says. Nothing of it is proven: `verify` proves it.
    Show(Held),
    /// Print a token that permits less, for whoever it is passed on to.
    Narrow(Narrow),
    /// Check the signatures of a token, and whether it permits something.
    Verify(verify::Words),
}

/// The token. It is never an argument: other users of the machine can read those.
#[derive(Args, Debug)]
pub struct Held {
    /// Where the token is, as `env:NAME` or `file:PATH`; standard input, unless said.
    #[arg(long, value_name = "REFERENCE")]
    token: Option<String>,
}

#[derive(Args, Debug)]
pub struct Narrow {
    #[command(flatten)]
    held: Held,
    /// Have it expire then, in RFC 3339; fractions of a second are cut off.
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
    /// Have it count from then on.
    #[arg(long, value_name = "TIME")]
    not_before: Option<Timestamp>,
    /// Have nobody else use it.
    #[arg(long, value_name = "ID")]
    bearer: Option<Id<Principal>>,
    /// Have nobody narrow it any more.
    #[arg(long)]
    seal: bool,
}

impl Policy {
    /// # Errors
    /// Usage, that the token cannot be read, or what does not hold of it.
    pub fn run(self) -> Result<(), Trouble> {
        match self {
            Self::Show(held) => {
                let token = held.read()?;
                print(&shown(&token.read().map_err(bad)?, token.is_sealed())?);
                Ok(())
            }
            Self::Narrow(words) => words.run(),
            Self::Verify(words) => words.run(),
        }
    }
}

impl Held {
    fn read(&self) -> Result<Token, Trouble> {
        let text = match &self.token {
            Some(named) => secret(named)?.resolve()?,
            None => {
                let mut text = String::new();
                let read = std::io::stdin().lock().read_to_string(&mut text);
                read.map_err(|error| Trouble::Usage(format!("standard input: {error}")))?;
                SecretString::from(text)
            }
        };
        text.expose_secret().trim_end_matches(['\r', '\n']).parse().map_err(bad)
    }
}

impl Narrow {
    fn run(self) -> Result<(), Trouble> {
        let Self { held, expires, not_before, bearer, seal } = self;
        let mut token = held.read()?;
        let narrowing = Narrowing { expires, not_before, bearer, ..Narrowing::default() };
        // To seal it is something, too.
        if !seal || narrowing != Narrowing::default() {
            let next = SigningKey::from_bytes(&rand::random());
            token = token.narrow(&narrowing, next).map_err(|no| match no {
                NotNarrowed::Nothing => Trouble::Usage(no.to_string()),
                no => Trouble::DoesNotHold(no.to_string()),
            })?;
        }
        print(&if seal { token.sealed() } else { token }.expose());
        Ok(())
    }
}

/// What a token says, block by block, and what is left of it.
fn shown(says: &Verified, sealed: bool) -> Result<String, Trouble> {
    let all = json!({
        "grant": says.grant(),
        "narrowings": says.narrowings(),
        "permits": says.permits(),
        "sealed": sealed,
    });
    Ok(serde_json::to_string_pretty(&all).map_err(crate::failure::Fault::from)?)
}

fn bad(bad: BadToken) -> Trouble {
    Trouble::DoesNotHold(bad.to_string())
}

#[cfg(test)]
mod tests;

//! Revoking a token, or everything a key has signed.

use crate::{
    db::{Tx, args, statements},
    door::{Act, Verb},
    failure::{Failure, Fault},
    identity,
};
use kernel::{
    id::{Id, Tenant},
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    REVOCATION_ADD = "revocation_add.sql";
}

/// Refuse a token, or all tokens of a key, from now on. Name one of the two.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The `jti` of the token.
    pub token: Option<Line<255>>,
    /// The `kid` of the key.
    pub key: Option<Line<255>>,
}

#[derive(Debug, Serialize)]
pub struct TokenRevoked {
    pub kind: &'static str,
    pub value: String,
}

/// What is revoked.
#[derive(Clone, Debug)]
pub enum Revoked {
    Token(String),
    Key(String),
}

impl Verb for Revoke {
    type Done = TokenRevoked;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<TokenRevoked, Failure> {
        let revoked = match (self.token, self.key) {
            (Some(jti), None) => Revoked::Token(jti.into()),
            (None, Some(kid)) => Revoked::Key(kid.into()),
            _ => {
                let detail = "name a `token` or a `key`, and not both";
                return Err(Refusal::new(Code::InputMalformed, detail).into());
            }
        };

        let (kind, value) = revoked.parts();
        act.fact(kind, value);
        write(tx, act.caller.tenant, &revoked)?;
        Ok(TokenRevoked { kind, value: value.to_owned() })
    }
}

impl Revoked {
    pub(crate) fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Token(jti) => ("token", jti),
            Self::Key(kid) => ("key", kid),
        }
    }
}

/// Writes what is revoked, and has every gate ask again. What the operating
/// tenant revokes is revoked for all.
///
/// # Errors
/// If the database does not answer.
pub(crate) fn write(tx: &mut Tx<'_>, tenant: Id<Tenant>, revoked: &Revoked) -> Result<(), Fault> {
    let (kind, value) = revoked.parts();
    tx.execute(&REVOCATION_ADD, args![tenant, kind, value, tx.now()])?;
    identity::changed(tx, tenant)
}

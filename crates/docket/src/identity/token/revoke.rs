//! Revoking a token, or everything a key has signed.

use crate::{
    audit::Recorded,
    db::{Committed, Db, Scope, Tx, args, statements},
    door::{Act, Verb},
    failure::{Failure, Fault},
    identity::{self, Issuer, principal},
};
use kernel::{
    audit::Outcome,
    id::{self, Id, Tenant},
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
    Principal(Id<id::Principal>),
}

impl Verb for Revoke {
    type Done = TokenRevoked;

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<TokenRevoked, Failure> {
        let (kind, value) = match (self.token, self.key) {
            (Some(jti), None) => ("token", String::from(jti)),
            (None, Some(kid)) => ("key", String::from(kid)),
            _ => {
                let detail = "name a `token` or a `key`, and not both";
                return Err(Refusal::new(Code::InputMalformed, detail).into());
            }
        };

        act.fact(kind, value.as_str());
        write(tx, act.caller.tenant, kind, &value)?;
        Ok(TokenRevoked { kind, value })
    }
}

impl Issuer {
    /// Revokes something at the machine itself, for every tenant.
    ///
    /// # Errors
    /// `record.not_found` or `principal.revoked`, or a fault.
    pub async fn revoke(&self, db: &Db, revoked: Revoked) -> Result<(), Failure> {
        let wrote = db.write(Scope::Everyone, move |tx| match revoke(tx, &revoked) {
            Ok(recorded) => Committed::Changed((), recorded),
            Err(failure) => Committed::Failed(failure),
        });
        wrote.await
    }
}

fn revoke(tx: &mut Tx<'_>, revoked: &Revoked) -> Result<Recorded, Failure> {
    let operator = identity::operator(tx)?;
    let tool = match revoked {
        Revoked::Token(_) | Revoked::Key(_) => "token.revoke",
        Revoked::Principal(_) => "principal.revoke",
    };
    let mut entry = identity::entry(tx, operator, "cli", tool, Outcome::Configured);
    match revoked {
        Revoked::Token(jti) => {
            tx.enter(operator);
            write(tx, operator, "token", jti)?;
            entry.payload.insert("token".to_owned(), jti.as_str().into());
        }
        Revoked::Key(kid) => {
            tx.enter(operator);
            write(tx, operator, "key", kid)?;
            entry.payload.insert("key".to_owned(), kid.as_str().into());
        }
        Revoked::Principal(id) => {
            let (tenant, known) = principal::anywhere(tx, *id)?;
            known.usable()?;
            tx.enter(tenant);
            principal::revoke::write(tx, tenant, *id)?;
            entry.tenant = tenant;
            entry.subjects.push(id.to_string());
        }
    }
    Ok(tx.record(&entry)?)
}

/// Writes what is revoked, and has every gate ask again. What the operating
/// tenant revokes is revoked for all.
///
/// # Errors
/// If the database does not answer.
fn write(tx: &mut Tx<'_>, tenant: Id<Tenant>, kind: &str, value: &str) -> Result<(), Fault> {
    tx.put(&REVOCATION_ADD, args![tenant, kind, value, tx.now()])?;
    identity::changed(tx, tenant)
}

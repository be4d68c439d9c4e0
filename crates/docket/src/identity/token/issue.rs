//! Issuing an access token to a principal of our own issuer.

use crate::{
    db::{Committed, Db, Scope, Snap},
    failure::{Failure, Fault},
    identity::{
        self, LIFE_MAX,
        caller::Kind,
        key::{Ring, Thumbprint},
        principal::{self, Principal, needs_key},
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::Signer;
use jiff::Timestamp;
use kernel::{
    audit::Outcome,
    id::{self, Id, Tenant},
    refusal::{Code, Refusal},
    role::{Role, Roles},
};
use serde_json::{Value, json};

/// What a token is asked for.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Who will act.
    pub principal: Id<id::Principal>,
    /// For whom, if not for themselves.
    pub on_behalf_of: Option<Id<id::Principal>>,
    pub roles: Wanted,
    /// At most 15.
    pub minutes: u8,
    /// The key that it is bound to. Whoever has registered one is bound to that.
    pub key: Option<Thumbprint>,
}

/// Which of the granted roles a token is to carry.
#[derive(Clone, Debug)]
pub enum Wanted {
    All,
    These(Vec<Role>),
}

/// A token and what it is good for.
#[derive(Clone, Debug)]
pub struct Issued {
    pub token: String,
    pub jti: String,
    pub kid: String,
    pub tenant: Id<Tenant>,
    pub roles: Roles,
    pub expires: Timestamp,
}

/// Our own issuer: its name, whom its tokens are for, and its keys.
#[derive(Clone, Debug)]
pub struct Issuer {
    pub name: String,
    pub audience: String,
    pub ring: Ring,
}

impl Issuer {
    /// Makes a token and records that it was made.
    ///
    /// # Errors
    /// `record.not_found`, `principal.revoked`, `role.not_granted` or
    /// `role.unfit`, or a fault.
    pub async fn issue(&self, db: &Db, wanted: &Issue) -> Result<Issued, Failure> {
        let asked = wanted.clone();
        let entitled = db.read(Scope::Everyone, move |snap| entitled(snap, &asked));
        let Entitled { tenant, roles, key } = entitled.await?;
        let now = db.clock().now();
        let issued = self.sign(wanted, tenant, roles, key, now)?;
        let entry = (wanted.clone(), issued.clone());
        db.write(tenant, move |tx| {
            let (wanted, issued) = entry;
            let mut entry = identity::entry(tx, tenant, "cli", "token.issue", Outcome::Configured);
            entry.subjects = [Some(wanted.principal), wanted.on_behalf_of]
                .into_iter()
                .flatten()
                .map(|id| id.to_string())
                .collect();
            entry.payload.insert("jti".to_owned(), issued.jti.clone().into());
            entry.payload.insert("kid".to_owned(), issued.kid.clone().into());
            entry.payload.insert("expires".to_owned(), issued.expires.to_string().into());
            if let Some(key) = key {
                entry.payload.insert("key".to_owned(), key.to_string().into());
            }
            entry.payload.insert("granted".to_owned(), names(issued.roles));
            match tx.record(&entry) {
                Ok(recorded) => Committed::Changed(issued, recorded),
                Err(fault) => Committed::Failed(fault.into()),
            }
        })
        .await
    }

    fn sign(
        &self,
        wanted: &Issue,
        tenant: Id<Tenant>,
        roles: Roles,
        key: Option<Thumbprint>,
        now: Timestamp,
    ) -> Result<Issued, Failure> {
        let minutes = i64::from(wanted.minutes);
        if minutes < 1 || minutes > LIFE_MAX.as_mins() {
            let detail = format!("a token lives 1 to {} minutes", LIFE_MAX.as_mins());
            return Err(Refusal::new(Code::InputMalformed, detail).at("minutes").into());
        }
        let (kid, signer) = self.ring.signer()?;
        // Whole seconds, rounded down, so that a token is valid at once.
        let (iat, exp) = (now.as_second(), now.as_second() + minutes * 60);
        let jti = BASE64.encode(rand::random::<[u8; 16]>());
        let mut claims = json!({
            "iss": self.name, "aud": self.audience, "tenant": tenant, "roles": names(roles),
            "jti": jti, "iat": iat, "nbf": iat, "exp": exp,
            "sub": wanted.on_behalf_of.unwrap_or(wanted.principal),
        });
        if wanted.on_behalf_of.is_some() {
            claims["act"] = json!({ "sub": wanted.principal });
        }
        if let Some(key) = key {
            claims["cnf"] = json!({ "jkt": key });
        }
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": kid });
        let message = [header.to_string(), claims.to_string()].map(|part| BASE64.encode(part));
        let message = message.join(".");
        let signature = BASE64.encode(signer.sign(message.as_bytes()).to_bytes());
        let expires = Timestamp::from_second(exp)
            .map_err(|_| Fault::Other("the clock is at the end of time".to_owned()))?;
        Ok(Issued { token: format!("{message}.{signature}"), jti, kid, tenant, roles, expires })
    }
}

fn names(roles: Roles) -> Value {
    roles.iter().map(Role::name).collect::<Vec<_>>().into()
}

/// What a token carries.
struct Entitled {
    tenant: Id<Tenant>,
    roles: Roles,
    key: Option<Thumbprint>,
}

/// Whether the principal may have what is asked for. The gate asks the same
/// again of every token; a token that it would refuse is not made.
fn entitled(snap: &Snap<'_>, wanted: &Issue) -> Result<Entitled, Failure> {
    let (tenant, actor) = principal::anywhere(snap, wanted.principal)?;
    let subject = wanted.on_behalf_of.map(|id| principal::found(snap, tenant, id)).transpose()?;
    for one in [Some(&actor), subject.as_ref()].into_iter().flatten() {
        one.usable()?;
        if one.issuer.is_some() {
            let detail = format!("another issuer vouches for `{}`", one.id);
            return Err(Refusal::new(Code::RecordConflict, detail).at("principal").into());
        }
    }
    if subject.as_ref().is_some_and(|subject| subject.kind != Kind::User)
        || (subject.is_some() && actor.kind == Kind::User)
    {
        let detail = "an agent or a service acts for a user, and nobody else for anybody";
        return Err(Refusal::new(Code::InputMalformed, detail).at("for").into());
    }
    let may = principal::may_carry(&actor, subject.as_ref());
    let asked = match &wanted.roles {
        Wanted::All => may,
        Wanted::These(roles) => roles.iter().copied().collect(),
    };
    principal::check_granted(asked, may)?;
    Ok(Entitled { tenant, roles: asked, key: bound(&actor, wanted)? })
}

/// The key that the token is bound to: the one that was registered, so that
/// whoever asks for a token of somebody else cannot have it bound to their own.
fn bound(actor: &Principal, wanted: &Issue) -> Result<Option<Thumbprint>, Failure> {
    match (actor.key, wanted.key) {
        (Some(registered), Some(asked)) if registered != asked => {
            let detail = format!("`{}` has registered another key", actor.id);
            Err(Refusal::new(Code::RecordConflict, detail).at("key").into())
        }
        (None, _) if needs_key(actor) => {
            let detail = format!("the service `{}` has registered no key", actor.id);
            Err(Refusal::new(Code::PrincipalKeyless, detail).at("principal").into())
        }
        (registered, asked) => Ok(registered.or(asked)),
    }
}

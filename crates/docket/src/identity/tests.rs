//! A deployment with real keys and real tokens, and a forger's tools.

mod fuzz;
mod gate;
mod keys;
mod oidc;
mod principals;
mod proofs;
mod tokens;

use super::{Caller, Issue, Issued, Wanted, proof::make::thumbprint};
use crate::{
    app::App,
    chance::Counting,
    door::{Answer, Call, Denied},
    setup::{Made, Setup},
    testing::{STARTS_AT, ground::Ground},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signer, SigningKey};
use jiff::SignedDuration;
use kernel::{
    clock::{Clock, StillClock},
    id::{Id, Principal, Tenant},
    refusal::Refusal,
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tempfile::TempDir;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Bench {
    app: App,
    clock: Arc<StillClock>,
    tenant: Id<Tenant>,
    admin: Id<Principal>,
    calls: AtomicU64,
    folder: TempDir,
    ground: Ground,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(StillClock::at(STARTS_AT.parse().unwrap()));
        let (ground, database) = match Ground::vacant(&(clock.clone() as Arc<dyn Clock>)) {
            Some((ground, named)) => (ground, Some(named)),
            None => (Ground::File(folder.path().join("data/docket.db")), None),
        };
        let setup = Setup {
            folder: folder.path().join("data"),
            tenant: "Hinge & Sons".parse().unwrap(),
            admin: "Ada".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            database,
        };
        let made = setup.make_with(clock.clone(), Arc::new(Counting::default())).await;
        let Made { app, tenant, admin, .. } = made.unwrap_or_else(|no| panic!("{no}"));
        Self { app, clock, tenant, admin, calls: AtomicU64::new(0), folder, ground }
    }

    async fn rotate(&self) -> String {
        self.app.gate.issuer().rotate(&self.app.db).await.unwrap()
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    async fn issue(&self, principal: Id<Principal>) -> Issued {
        let wanted =
            Issue { principal, on_behalf_of: None, roles: Wanted::All, minutes: 15, key: None };
        self.app.gate.issuer().issue(&self.app.db, &wanted).await.unwrap()
    }

    async fn admin(&self) -> Caller {
        (*self.verify(&self.issue(self.admin).await.token).await.unwrap()).clone()
    }

    async fn verify(&self, token: &str) -> Result<Arc<Caller>, Box<Refusal>> {
        self.app.gate.verify(token).await
    }

    /// The code that a token is refused with.
    async fn refused(&self, token: &str) -> &'static str {
        self.verify(token).await.unwrap_err().code.name()
    }

    async fn call(&self, caller: &Caller, tool: Tool, input: Value) -> Result<Value, Denied> {
        let mut call = Call::new(tool, input.to_string(), "test");
        call.key = Some(format!("key-{}", self.calls.fetch_add(1, Ordering::Relaxed)));
        let answer: Answer = self.app.door.call(caller, call).await?;
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        Ok(if tool.is_command() { body["result"].clone() } else { body })
    }

    /// Registers somebody.
    async fn register(&self, kind: &str, roles: &[Role]) -> Id<Principal> {
        let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let input = json!({ "kind": kind, "name": "Somebody", "roles": roles });
        let done = self.call(&self.admin().await, Tool::PrincipalPut, input).await.unwrap();
        done["id"].as_str().unwrap().parse().unwrap()
    }

    /// Registers a service with the key of this number.
    async fn register_service(&self, key: u8, roles: &[Role]) -> Id<Principal> {
        let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let key = thumbprint(&SigningKey::from_bytes(&[key; 32]));
        let input = json!({ "kind": "service", "name": "Something", "roles": roles, "key": key });
        let done = self.call(&self.admin().await, Tool::PrincipalPut, input).await.unwrap();
        done["id"].as_str().unwrap().parse().unwrap()
    }

    /// What a good token of a principal claims, to be spoilt.
    fn claims(&self, principal: Id<Principal>, roles: &[Role]) -> Value {
        let now = self.clock.now().as_second();
        let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
        json!({
            "iss": self.app.config.issuer, "aud": self.app.config.audience,
            "tenant": self.tenant, "sub": principal, "roles": roles,
            "jti": format!("jti-{}", self.calls.fetch_add(1, Ordering::Relaxed)),
            "iat": now, "nbf": now, "exp": now + 600,
        })
    }

    /// Signs with the issuer's own key, whatever it says.
    fn sign(&self, claims: &Value) -> String {
        let (kid, key) = self.app.gate.issuer().ring.signer().unwrap();
        sign(&json!({ "alg": "EdDSA", "kid": kid }), claims, &key)
    }

    /// Bodies of all audit entries, the oldest first.
    fn entries(&self) -> Vec<Value> {
        self.ground.back().column("select body from audit_entry order by entry_no")
    }

    fn entries_of(&self, tool: &str) -> Vec<Value> {
        self.entries().into_iter().filter(|entry| entry["tool"] == tool).collect()
    }
}

fn sign(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let message = message(header, claims);
    let signature = BASE64.encode(key.sign(message.as_bytes()).to_bytes());
    format!("{message}.{signature}")
}

fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()))
}

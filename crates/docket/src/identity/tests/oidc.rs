use super::{BASE64, Bench, HERE, message};
use crate::{
    config::Oidc,
    door::Denied,
    identity::{Caller, Gate, gate::KEYS_KEPT_FOR},
};
use axum::{Router, http::StatusCode, routing::get};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use kernel::{
    role::{Role, Roles},
    tool::Tool,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const ISSUER: &str = "https://login.example.com/realm";

/// Made for these tests, and good for nothing else.
const EC_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJuE/A+92drExuwQTTi3psGgiSCEcYjwuxFJUGTgb\
    yeuhRANCAATvMl51lWTo44WuO9a3BtmbnrsD9Q0M8ExTn3ph89biC1W2uuc/YE2mTHCGFMX+/KPOGTB0NeNDYm4V\
    9Jlf0Z75";
const RSA_KEY: &str = "MIIEowIBAAKCAQEAlukLZBAad8T+feuiSNDCRk0jPB8+LVQxyXVrfvqX3g6Siv4mi/giqJ7PwPmHKOjZOkXROHrR\
    NWDY8whCIdLKjme6XJCth9hEv8rXnl/obGLzE2puqYvVgGPrxLxklmmZfevewnGKykEZAz1vimKagmRks8W+Wc7w\
    P4zSn7vkuv8j0eaKksn6UybuDOq4rt7kgoEfE38BnY797LJa5VfvwWSgyIso2YnWVALqcKx1bY0fDwNcz9NTB4UV\
    O8wNjL2vVrk2u+FoKHQHqH7G66IcRQ9Hurs4ELyOz2Av63psBlwtNuXO9FzSX+Bsbl7yOwkQh9ag6zC9nd3tkuco\
    gu6dmQIDAQABAoIBABU5YHCUcoyECFYrCjobINT6AKnHgRtR8JCeCDN7HgR34IoA1ZNbn3rp9FvLxwPCFS8aEPip\
    uVERtmFz42KAvsaJdc89Sn1FCuI92Su9NGHuBrQlL2bUCP/TeHNvxZEr9+TwWUuCjtuu4nbaBfJyDLtS+vYXqmj/\
    buWZMimPUkuEODl6N4zhPhLbC1JLxNMC/xXPrLa/a95c1SAMVwz3Rn/pgort2302QDqN1ovnz8CIxXQIxfyZe9ms\
    Ms1BWavLXLeUnrQC1YeVCVWdqy5uKPPLF6IA5NbGIhSMPwCuwhthT1Y+lsUewGlyjO0pHwmnVaLLN/5cv86QwI1h\
    9PKaYSsCgYEA1Kbt2QW394sn3ETttCQd4y4hKwxuvWahknkbVxszvBiVD5hVU/CgYam8Kq3hDoJ8NnaPILAXDi/4\
    PF3/e7NDqjfjKxz4Z6LhcFbpCNkWemCLi2wlww8WJHJvSHJr1HsJcLVQqN6ZcdM2EyjhEupgreFc7oTmxVmuGDn3\
    oIB4e0sCgYEAtawsoEN13rDDuY5asA8NZnYFT6zxClM6etGR2JZnHZZqK1BjuL6qTacAdElvKMlvdjZusE13cOko\
    X9wfsN1eZe8RpB3G/vbPovhrkqiU73Z7IdoE5Xpw6/K2xEHQ5bTX6GzPPP0EBoXe/ASkYDZgqgbOIJUa37NWel57\
    I4G8uCsCgYAu3GJJktMJf+bWyXHAYr0bVQ0GGYVFw5oTVxDJTztFVf1zJFSZXMta+jZ3CT4xHlwU/GdqAqPyAmwn\
    kWc9cTGWDx7GX2n2HJSlVuGfi4dCjIfzv29K3sY4XedcBarxdfOMnMgbjoIt7SdbbYS70F5hsunxvePE1ZBh0lRZ\
    UDY8pQKBgF9F4M1XM3xKlQo9ll+YNT3TjOuA1ZPFm/iG6QZ9sav5ksoOSY28J9G7T+isDiiEoviKiTfaGFZVYAAN\
    j20QWo34dvbrSs2xH6jmwHtT/28pYl+ZV1IFCS0jxydbILMmSMgyL+hbA/5rvEnMIWv3eHASS40YxNQl16cq30b6\
    pb6rAoGBALmM55HzZ0102zuUIoPD2UCATFtoLj0ZDRZ3wZ/oKNQhq2zIDzF1+bdaw6+yyjr2cdtaiw7FxjCuMtAm\
    S4odqBzAw60Hjir2wBjjXPseJNKrOiv6kOtD+5O3NXHgxrFXDv2vlnwpDb0Ioo633kVzP2nRsmqQynC/CYwrSwiU\
    shIe";

/// An issuer that is not ours: keys, and a server that publishes them.
struct Elsewhere {
    url: String,
    published: Arc<Mutex<Published>>,
}

#[derive(Default)]
struct Published {
    status: u16,
    body: String,
    asked: usize,
}

impl Elsewhere {
    async fn new(keys: &[Value]) -> Self {
        let published = Arc::new(Mutex::new(Published { status: 200, ..Published::default() }));
        let shared = Arc::clone(&published);
        let answer = move || {
            let mut published = shared.lock().unwrap();
            published.asked += 1;
            let status = StatusCode::from_u16(published.status).unwrap();
            let elsewhere = [("location", "/other")];
            let answer = (status, elsewhere, published.body.clone());
            async move { answer }
        };
        let app = Router::new().route("/keys", get(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let elsewhere = Self { url, published };
        elsewhere.publish(keys);
        elsewhere
    }

    fn publish(&self, keys: &[Value]) {
        self.published.lock().unwrap().body = json!({ "keys": keys }).to_string();
    }

    fn answer(&self, status: u16) {
        self.published.lock().unwrap().status = status;
    }

    fn asked(&self) -> usize {
        self.published.lock().unwrap().asked
    }

    fn oidc(&self, bench: &Bench) -> Oidc {
        oidc(&json!({
            "issuer": ISSUER, "audience": "docket", "jwks": self.url,
            "algorithms": ["EdDSA", "ES256", "RS256"], "tenant": bench.tenant,
            "roles_claim": "/realm_access/roles",
        }))
    }
}

fn oidc(config: &Value) -> Oidc {
    serde_json::from_value(config.clone()).unwrap()
}

/// A key of the issuer elsewhere, by the algorithm it signs with.
fn key(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_der(&STANDARD.decode(EC_KEY).unwrap()),
        Algorithm::RS256 => EncodingKey::from_rsa_der(&STANDARD.decode(RSA_KEY).unwrap()),
        _ => {
            let mut der = hex::decode("302e020100300506032b657004220420").unwrap();
            der.extend([9; 32]);
            EncodingKey::from_ed_der(&der)
        }
    }
}

fn published(algorithm: Algorithm, kid: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(&key(algorithm), algorithm).unwrap();
    jwk.common.key_id = Some(kid.to_owned());
    serde_json::to_value(jwk).unwrap()
}

fn signed(algorithm: Algorithm, kid: &str, claims: &Value) -> String {
    let message = message(&json!({ "alg": algorithm, "kid": kid, "typ": "JWT" }), claims);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key(algorithm), algorithm);
    format!("{message}.{}", signature.unwrap())
}

/// What a good token of the issuer claims.
fn claims(bench: &Bench, subject: &str) -> Value {
    let ours = bench.claims(bench.admin, &[]);
    json!({
        "iss": ISSUER, "aud": ["docket", "account"], "sub": subject, "jti": ours["jti"],
        "iat": ours["iat"], "exp": ours["exp"],
        "realm_access": { "roles": ["offline_access", "dispatcher", "admin"] },
    })
}

async fn register(bench: &Bench, subject: &str, roles: &[Role]) -> Value {
    let input = json!({
        "kind": "user", "name": "Somebody", "roles": roles, "issuer": ISSUER, "subject": subject,
    });
    bench.call(&bench.admin().await, Tool::PrincipalPut, input).await.unwrap()["id"].clone()
}

fn gate(bench: &Bench, oidc: Oidc) -> Gate {
    Gate::open(bench.app.db.clone(), bench.app.gate.issuer().clone(), &[oidc]).unwrap()
}

async fn admit(gate: &Gate, token: &str) -> Result<Arc<Caller>, &'static str> {
    match gate.admit(Some(token), HERE).await {
        Ok(caller) => Ok(caller),
        Err(Denied::Refused(refusal, _)) => Err(refusal.code.name()),
        Err(Denied::Broke(fault)) => panic!("{fault}"),
    }
}

#[tokio::test]
async fn somebody_registered_gets_in_with_the_roles_that_are_both_claimed_and_granted() {
    let bench = Bench::new().await;
    let id = register(&bench, "u-1", &[Role::Dispatcher, Role::Qa]).await;
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256] {
        let elsewhere = Elsewhere::new(&[published(algorithm, "one")]).await;
        let gate = gate(&bench, elsewhere.oidc(&bench));
        let token = signed(algorithm, "one", &claims(&bench, "u-1"));
        let caller = admit(&gate, &token).await.unwrap();
        assert_eq!((json!(caller.actor), caller.tenant), (id.clone(), bench.tenant));
        assert_eq!(caller.roles, Roles::of(&[Role::Dispatcher]), "{algorithm:?}");
        assert!(Arc::ptr_eq(&caller, &gate.verify(&token).await.unwrap()), "checked once");
        assert_eq!(elsewhere.asked(), 1);
    }
}

#[tokio::test]
async fn nobody_gets_in_because_an_issuer_knows_them() {
    let bench = Bench::new().await;
    register(&bench, "u-1", &[Role::Approver]).await;
    let elsewhere = Elsewhere::new(&[published(Algorithm::ES256, "one")]).await;
    let gate = gate(&bench, elsewhere.oidc(&bench));
    let sign = |claims: &Value| signed(Algorithm::ES256, "one", claims);
    let stranger = sign(&claims(&bench, "u-2"));
    assert_eq!(admit(&gate, &stranger).await.unwrap_err(), "token.invalid");
    let ungranted = sign(&claims(&bench, "u-1"));
    assert_eq!(admit(&gate, &ungranted).await.unwrap_err(), "role.not_granted");

    // Nor by the name of one of ours, nor one of theirs by our word.
    let ours = sign(&claims(&bench, &bench.admin.to_string()));
    assert_eq!(admit(&gate, &ours).await.unwrap_err(), "token.invalid");
    let theirs = register(&bench, "u-3", &[Role::Qa]).await;
    let mut claims = bench.claims(bench.admin, &[Role::Qa]);
    claims["sub"] = theirs;
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.invalid");
}

#[tokio::test]
async fn what_an_issuer_elsewhere_says_wrongly_is_refused() {
    let bench = Bench::new().await;
    register(&bench, "u-1", &[Role::Dispatcher]).await;
    let elsewhere = Elsewhere::new(&[published(Algorithm::ES256, "one")]).await;
    let gate = gate(&bench, elsewhere.oidc(&bench));
    let now = bench.claims(bench.admin, &[])["iat"].as_i64().unwrap();
    for (code, name, value) in [
        ("token.invalid", "aud", json!("account")),
        ("token.invalid", "iss", json!("https://login.example.com/realm/")),
        ("token.invalid", "exp", json!(now + 3_600)),
        ("token.invalid", "nbf", json!(now + 60)),
        ("token.invalid", "iat", json!(now + 60)),
        ("token.expired", "exp", json!(now - 10)),
        ("token.invalid", "act", json!({ "sub": "u-1" })),
        ("role.not_granted", "realm_access", json!({ "roles": "admin qa" })),
        ("role.not_granted", "realm_access", json!("dispatcher")),
    ] {
        let mut claims = claims(&bench, "u-1");
        claims[name] = value.clone();
        let token = signed(Algorithm::ES256, "one", &claims);
        assert_eq!(admit(&gate, &token).await.unwrap_err(), code, "{name} {value}");
    }
}

#[tokio::test]
async fn an_algorithm_is_pinned_by_the_key_that_was_published() {
    let bench = Bench::new().await;
    register(&bench, "u-1", &[Role::Dispatcher]).await;
    let mut encryption = published(Algorithm::RS256, "enc");
    encryption["use"] = json!("enc");
    let mut other = published(Algorithm::RS256, "pss");
    other["alg"] = json!("PS256");
    let secret = json!({ "kty": "oct", "kid": "oct", "k": BASE64.encode("secret") });
    let nameless = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
    let keys =
        [published(Algorithm::RS256, "one"), encryption, other, secret, nameless, json!("no key")];
    let elsewhere = Elsewhere::new(&keys).await;
    let gate = gate(&bench, elsewhere.oidc(&bench));
    let claims = claims(&bench, "u-1");
    assert!(admit(&gate, &signed(Algorithm::RS256, "one", &claims)).await.is_ok());
    for kid in ["enc", "pss"] {
        let token = signed(Algorithm::RS256, kid, &claims);
        assert_eq!(admit(&gate, &token).await.unwrap_err(), "token.invalid", "{kid}");
    }
    // The public key as a secret, and another way to sign with the same key.
    let jwk = &keys[0];
    for (alg, secret, kid) in [
        ("HS256", jwk["n"].as_str().unwrap().as_bytes(), "one"),
        ("HS256", b"secret", "oct"),
        ("PS256", b"", "one"),
        ("none", b"", "one"),
    ] {
        let message = message(&json!({ "alg": alg, "kid": kid }), &claims);
        let secret = EncodingKey::from_secret(secret);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::HS256).unwrap();
        let token = format!("{message}.{signature}");
        assert_eq!(admit(&gate, &token).await.unwrap_err(), "token.invalid", "{alg} {kid}");
    }
}

#[tokio::test]
async fn an_algorithm_that_is_not_allowed_is_refused() {
    let bench = Bench::new().await;
    register(&bench, "u-1", &[Role::Dispatcher]).await;
    let elsewhere = Elsewhere::new(&[published(Algorithm::RS256, "one")]).await;
    let allowed =
        Oidc { algorithms: vec![crate::config::Algorithm::Es256], ..elsewhere.oidc(&bench) };
    let token = signed(Algorithm::RS256, "one", &claims(&bench, "u-1"));
    assert_eq!(admit(&gate(&bench, allowed), &token).await.unwrap_err(), "token.invalid");
}

#[tokio::test]
async fn an_issuer_speaks_for_its_tenant_and_for_no_other() {
    let bench = Bench::new().await;
    register(&bench, "u-1", &[Role::Dispatcher]).await;
    let created = json!({ "name": "Latch & Daughters", "admin": "Eve", "currency": "USD" });
    let created = bench.call(&bench.admin().await, Tool::TenantCreate, created).await.unwrap();
    let elsewhere = Elsewhere::new(&[published(Algorithm::ES256, "one")]).await;
    let token = |tenant: &Value| {
        let mut claims = claims(&bench, "u-1");
        claims["tenant"] = tenant.clone();
        signed(Algorithm::ES256, "one", &claims)
    };

    let fixed: Oidc = elsewhere.oidc(&bench);
    let theirs =
        Oidc { tenant: Some(created["id"].as_str().unwrap().parse().unwrap()), ..fixed.clone() };
    let ours = json!(bench.tenant);
    assert_eq!(admit(&gate(&bench, theirs), &token(&ours)).await.unwrap_err(), "token.invalid");

    let claim = Oidc { tenant: None, tenant_claim: Some("tenant".to_owned()), ..fixed };
    let gate = gate(&bench, claim);
    assert!(admit(&gate, &token(&ours)).await.is_ok());
    assert_eq!(admit(&gate, &token(&created["id"])).await.unwrap_err(), "token.invalid");
    assert_eq!(admit(&gate, &token(&json!("Hinge & Sons"))).await.unwrap_err(), "token.invalid");
}

#[tokio::test]
async fn groups_are_read_as_roles_only_where_they_are_mapped() {
    let bench = Bench::new().await;
    register(&bench, "u-1", &[Role::Dispatcher, Role::Admin]).await;
    let elsewhere = Elsewhere::new(&[published(Algorithm::ES256, "one")]).await;
    let mapped = Oidc {
        roles_claim: "groups".to_owned(),
        roles: Some([("desk".to_owned(), Role::Dispatcher)].into()),
        ..elsewhere.oidc(&bench)
    };
    let gate = gate(&bench, mapped);
    let token = |groups: Value| {
        let mut claims = claims(&bench, "u-1");
        claims["groups"] = groups;
        signed(Algorithm::ES256, "one", &claims)
    };
    let caller = admit(&gate, &token(json!(["everyone", "desk", "admin"]))).await.unwrap();
    assert_eq!(caller.roles, Roles::of(&[Role::Dispatcher]));
    let unmapped = admit(&gate, &token(json!(["dispatcher", "admin"]))).await;
    assert_eq!(unmapped.unwrap_err(), "role.not_granted");
}

#[tokio::test]
async fn a_new_key_is_fetched_once_and_strangers_cannot_have_it_fetched_often() {
    let bench = Bench::new().await;
    register(&bench, "u-1", &[Role::Dispatcher]).await;
    let elsewhere = Elsewhere::new(&[published(Algorithm::ES256, "one")]).await;
    let gate = gate(&bench, elsewhere.oidc(&bench));
    let token = |kid: &str| signed(Algorithm::ES256, kid, &claims(&bench, "u-1"));
    assert!(admit(&gate, &token("one")).await.is_ok());

    elsewhere.publish(&[published(Algorithm::ES256, "two")]);
    for _ in 0..10 {
        assert_eq!(admit(&gate, &token("made-up")).await.unwrap_err(), "token.invalid");
    }
    assert_eq!(elsewhere.asked(), 1, "it was asked a moment ago");
    bench.wait(30);
    assert!(admit(&gate, &token("two")).await.is_ok());
    assert_eq!(admit(&gate, &token("one")).await.unwrap_err(), "token.invalid", "it is gone");
    assert_eq!(elsewhere.asked(), 2);
}

#[tokio::test]
async fn a_token_of_a_key_that_was_withdrawn_is_not_known_any_more() {
    let bench = Bench::new().await;
    register(&bench, "u-1", &[Role::Dispatcher]).await;
    let elsewhere = Elsewhere::new(&[published(Algorithm::ES256, "one")]).await;
    let gate = gate(&bench, elsewhere.oidc(&bench));
    let token = signed(Algorithm::ES256, "one", &claims(&bench, "u-1"));
    assert!(admit(&gate, &token).await.is_ok());
    elsewhere.publish(&[published(Algorithm::ES256, "two")]);
    bench.wait(599);
    gate.tend_once().await.unwrap();
    assert!(gate.verify(&token).await.is_ok(), "not looked at again yet");
    bench.wait(1);
    gate.tend_once().await.unwrap();
    assert_eq!(gate.verify(&token).await.unwrap_err().code.name(), "token.invalid");
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_lets_nobody_in_but_is_remembered_for_a_day() {
    let bench = Bench::new().await;
    register(&bench, "u-1", &[Role::Dispatcher]).await;
    let elsewhere = Elsewhere::new(&[published(Algorithm::ES256, "one")]).await;
    let gate = gate(&bench, elsewhere.oidc(&bench));
    let token = || signed(Algorithm::ES256, "one", &claims(&bench, "u-1"));
    for status in [500, 204, 302] {
        elsewhere.answer(status);
        assert_eq!(admit(&gate, &token()).await.unwrap_err(), "server.unready", "{status}");
        bench.wait(30);
    }
    elsewhere.answer(200);
    elsewhere.published.lock().unwrap().body = "[".repeat(300 << 10);
    assert_eq!(admit(&gate, &token()).await.unwrap_err(), "server.unready");

    bench.wait(30);
    elsewhere.publish(&[published(Algorithm::ES256, "one")]);
    assert!(admit(&gate, &token()).await.is_ok());
    elsewhere.answer(500);
    bench.wait(KEYS_KEPT_FOR.as_secs() - 1);
    assert!(admit(&gate, &token()).await.is_ok());
    bench.wait(1);
    assert_eq!(admit(&gate, &token()).await.unwrap_err(), "server.unready");
}

#[tokio::test]
async fn what_is_revoked_here_is_revoked_for_every_issuer() {
    let bench = Bench::new().await;
    let id = register(&bench, "u-1", &[Role::Dispatcher]).await;
    let elsewhere = Elsewhere::new(&[published(Algorithm::ES256, "one")]).await;
    let gate = gate(&bench, elsewhere.oidc(&bench));
    let claims = claims(&bench, "u-1");
    let token = signed(Algorithm::ES256, "one", &claims);
    assert!(admit(&gate, &token).await.is_ok());
    let admin = bench.admin().await;
    let input = json!({ "token": claims["jti"] });
    bench.call(&admin, Tool::TokenRevoke, input).await.unwrap();
    bench.wait(1);
    assert_eq!(admit(&gate, &token).await.unwrap_err(), "token.revoked");

    let token = signed(Algorithm::ES256, "one", &self::claims(&bench, "u-1"));
    assert!(admit(&gate, &token).await.is_ok());
    let input = json!({ "principal": id });
    bench.call(&admin, Tool::PrincipalRevoke, input).await.unwrap();
    bench.wait(1);
    assert_eq!(admit(&gate, &token).await.unwrap_err(), "token.revoked");
}

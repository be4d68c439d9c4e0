use super::{BASE64, Bench, HERE, message, sign};
use crate::{door::Denied, identity::Gate};
use base64::Engine;
use ed25519_dalek::{Signer, SigningKey};
use kernel::{
    role::{Role, Roles},
    tool::Tool,
};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn a_token_that_was_issued_says_who_is_calling() {
    let bench = Bench::new().await;
    let issued = bench.issue(bench.admin).await;
    let caller = bench.verify(&issued.token).await.unwrap();
    assert_eq!((caller.tenant, caller.actor), (bench.tenant, bench.admin));
    assert_eq!((caller.on_behalf_of, caller.roles), (None, Roles::of(&[Role::Admin])));
    assert!(caller.operator);
    assert_eq!((&caller.token, caller.expires), (&issued.jti, issued.expires));
}

#[tokio::test]
async fn a_signature_is_checked_once() {
    let bench = Bench::new().await;
    let issued = bench.issue(bench.admin).await;
    let (first, second) =
        (bench.verify(&issued.token).await.unwrap(), bench.verify(&issued.token).await.unwrap());
    assert!(Arc::ptr_eq(&first, &second));
}

/// Each of these is authentic, and wrong in one way.
#[tokio::test]
async fn a_token_that_says_one_wrong_thing_is_refused() {
    let bench = Bench::new().await;
    let now = bench.claims(bench.admin, &[])["iat"].as_i64().unwrap();
    let good = bench.claims(bench.admin, &[Role::Admin]);
    assert!(bench.verify(&bench.sign(&good)).await.is_ok());

    let wrong = [
        ("token.invalid", json!({ "aud": "somebody-else" })),
        ("token.invalid", json!({ "aud": [] })),
        ("token.invalid", json!({ "iss": "https://evil.example" })),
        ("token.expired", json!({ "iat": now - 600, "nbf": now - 600, "exp": now - 10 })),
        ("token.invalid", json!({ "exp": now + 901 })),
        ("token.invalid", json!({ "iat": now - 1, "nbf": now, "exp": now + 900 })),
        ("token.invalid", json!({ "exp": i64::MAX })),
        ("token.invalid", json!({ "nbf": now + 11 })),
        ("token.invalid", json!({ "iat": now + 11, "exp": now + 900 })),
        ("token.invalid", json!({ "iat": i64::MIN, "nbf": i64::MIN })),
        ("token.invalid", json!({ "exp": 1.5e9 })),
        ("token.invalid", json!({ "jti": null })),
        ("token.invalid", json!({ "nbf": null })),
        ("token.invalid", json!({ "tenant": null })),
        ("token.invalid", json!({ "tenant": "ten_00000000010000000000000009" })),
        ("token.invalid", json!({ "tenant": "Hinge & Sons" })),
        ("token.invalid", json!({ "sub": "prn_00000000010000000000000009" })),
        ("token.invalid", json!({ "sub": "root" })),
        ("token.invalid", json!({ "roles": "admin" })),
        ("token.invalid", json!({ "act": { "sub": bench.admin } })),
        ("token.invalid", json!({ "act": "prn_00000000010000000000000009" })),
        ("role.unknown", json!({ "roles": ["Admin"] })),
        ("role.unknown", json!({ "roles": ["admin", "superuser"] })),
        ("role.not_granted", json!({ "roles": ["admin", "auditor"] })),
        ("role.not_granted", json!({ "roles": [] })),
    ];
    for (code, spoilt) in wrong {
        let mut claims = good.clone();
        for (name, value) in spoilt.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        assert_eq!(bench.refused(&bench.sign(&claims)).await, code, "{spoilt}");
    }
}

#[tokio::test]
async fn the_algorithm_is_the_one_of_the_key_and_never_of_the_token() {
    let bench = Bench::new().await;
    let claims = bench.claims(bench.admin, &[Role::Admin]);
    let (kid, key) = bench.app.gate.issuer().ring.signer().unwrap();
    for alg in ["none", "None", "HS256", "ES256", "RS256", "eddsa", "Ed25519"] {
        let header = json!({ "alg": alg, "kid": kid });
        assert_eq!(bench.refused(&sign(&header, &claims, &key)).await, "token.invalid", "{alg}");
    }
    let unsigned = message(&json!({ "alg": "none", "kid": kid }), &claims);
    for signature in ["", "AA"] {
        assert_eq!(bench.refused(&format!("{unsigned}.{signature}")).await, "token.invalid");
    }
}

/// The public key is known to everybody, so it must not work as a secret.
#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    let bench = Bench::new().await;
    let claims = bench.claims(bench.admin, &[Role::Admin]);
    let (kid, key) = bench.app.gate.issuer().ring.signer().unwrap();
    for alg in ["HS256", "EdDSA"] {
        let message = message(&json!({ "alg": alg, "kid": kid }), &claims);
        let secret = jsonwebtoken::EncodingKey::from_secret(key.verifying_key().as_bytes());
        let algorithm = jsonwebtoken::Algorithm::HS256;
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, algorithm).unwrap();
        assert_eq!(bench.refused(&format!("{message}.{signature}")).await, "token.invalid");
    }
}

#[tokio::test]
async fn a_key_that_is_not_the_issuers_is_refused() {
    let bench = Bench::new().await;
    let claims = bench.claims(bench.admin, &[Role::Admin]);
    let (kid, _) = bench.app.gate.issuer().ring.signer().unwrap();
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let theirs = crate::identity::key::thumbprint(&stranger.verifying_key());
    for kid in [kid.as_str(), theirs.as_str(), "../../log", ""] {
        let header = json!({ "alg": "EdDSA", "kid": kid });
        assert_eq!(
            bench.refused(&sign(&header, &claims, &stranger)).await,
            "token.invalid",
            "{kid}"
        );
    }
    let header = json!({ "alg": "EdDSA" });
    assert_eq!(bench.refused(&sign(&header, &claims, &stranger)).await, "token.invalid");
}

#[tokio::test]
async fn a_token_is_whole() {
    let bench = Bench::new().await;
    let token = bench.issue(bench.admin).await.token;
    assert!(bench.verify(&token).await.is_ok());
    for at in 0..token.len() {
        for other in [b'A', b'B', b'.', b'=', b' ', 0] {
            let mut spoilt = token.clone().into_bytes();
            if spoilt[at] == other {
                continue;
            }
            spoilt[at] = other;
            let spoilt = String::from_utf8(spoilt).unwrap();
            assert_eq!(bench.refused(&spoilt).await, "token.invalid", "byte {at}");
        }
    }
    for longer in [format!("{token}="), format!("{token}.{token}"), format!(" {token}")] {
        assert_eq!(bench.refused(&longer).await, "token.invalid");
    }
}

/// Adding the order of the curve to the second half of a signature gives
/// another one that a careless verifier accepts.
#[tokio::test]
async fn a_signature_has_one_spelling() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let bench = Bench::new().await;
    let (kid, key) = bench.app.gate.issuer().ring.signer().unwrap();
    let claims = bench.claims(bench.admin, &[Role::Admin]);
    let message = message(&json!({ "alg": "EdDSA", "kid": kid }), &claims);
    let mut signature = key.sign(message.as_bytes()).to_bytes();
    let mut carry = 0;
    for (byte, more) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    let token = format!("{message}.{}", BASE64.encode(signature));
    assert_eq!(bench.refused(&token).await, "token.invalid");
}

#[tokio::test]
async fn a_token_expires_where_it_is_known_too() {
    let bench = Bench::new().await;
    let token = bench.issue(bench.admin).await.token;
    assert!(bench.verify(&token).await.is_ok());
    bench.wait(15 * 60 + 9);
    assert!(bench.verify(&token).await.is_ok(), "within the skew");
    bench.wait(1);
    assert_eq!(bench.refused(&token).await, "token.expired");
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_others_are_not() {
    let bench = Bench::new().await;
    let (lost, kept) = (bench.issue(bench.admin).await, bench.issue(bench.admin).await);
    let admin = bench.verify(&lost.token).await.unwrap();
    let input = json!({ "token": lost.jti });
    bench.call(&admin, Tool::TokenRevoke, input).await.unwrap();
    assert_eq!(bench.refused(&lost.token).await, "token.revoked");
    assert!(bench.verify(&kept.token).await.is_ok());
}

#[tokio::test]
async fn a_revoked_principal_is_out_with_every_token() {
    let bench = Bench::new().await;
    let somebody = bench.register("user", &[Role::Dispatcher]).await;
    let tokens = [bench.issue(somebody).await.token, bench.issue(somebody).await.token];
    for token in &tokens {
        bench.verify(token).await.unwrap();
    }

    let input = json!({ "principal": somebody });
    bench.call(&bench.admin().await, Tool::PrincipalRevoke, input).await.unwrap();
    for token in &tokens {
        assert_eq!(bench.refused(token).await, "token.revoked");
    }
}

#[tokio::test]
async fn a_revoked_key_is_out_with_every_token() {
    let bench = Bench::new().await;
    let issued = bench.issue(bench.admin).await;
    let admin = bench.verify(&issued.token).await.unwrap();
    let input = json!({ "key": issued.kid });
    bench.call(&admin, Tool::TokenRevoke, input).await.unwrap();
    assert_eq!(bench.refused(&issued.token).await, "token.revoked");
}

/// As another node or the command line would: through no door that we know of.
#[tokio::test]
async fn what_another_process_revokes_is_out_within_a_second() {
    let bench = Bench::new().await;
    let somebody = bench.register("user", &[Role::Dispatcher]).await;
    let token = bench.issue(somebody).await.token;
    assert!(bench.verify(&token).await.is_ok());

    let elsewhere = crate::app::App::open_with(
        bench.app.config.clone(),
        bench.clock.clone(),
        Arc::new(crate::chance::Counting::after(1_000_000)),
    )
    .unwrap();
    let admin = elsewhere.gate.verify(&bench.issue(bench.admin).await.token).await.unwrap();
    let mut call = crate::door::Call::new(
        Tool::PrincipalRevoke,
        json!({ "principal": somebody }).to_string(),
        "test",
    );
    call.key = Some("elsewhere".to_owned());
    elsewhere.door.call(&admin, call).await.unwrap();

    assert!(bench.verify(&token).await.is_ok(), "believed for the moment");
    bench.wait(1);
    assert_eq!(bench.refused(&token).await, "token.revoked");
}

#[tokio::test]
async fn a_role_that_is_taken_back_is_out_at_once() {
    let bench = Bench::new().await;
    let somebody = bench.register("user", &[Role::Dispatcher, Role::Qa]).await;
    let token = bench.issue(somebody).await.token;
    assert!(bench.verify(&token).await.is_ok());
    let input = json!({ "principal": somebody, "kind": "user", "name": "S", "roles": ["qa"] });
    bench.call(&bench.admin().await, Tool::PrincipalPut, input).await.unwrap();
    assert_eq!(bench.refused(&token).await, "role.not_granted");
}

#[tokio::test]
async fn a_login_is_recorded_once_for_every_token() {
    let bench = Bench::new().await;
    let issued = bench.issue(bench.admin).await;
    let admit = |gate: Gate| {
        let token = issued.token.clone();
        async move { gate.admit(Some(&token), HERE).await.unwrap() }
    };
    let gate = &bench.app.gate;
    // At the same time, known, after a change, and by another node.
    tokio::join!(admit(gate.clone()), admit(gate.clone()), admit(gate.clone()));
    admit(gate.clone()).await;
    bench.register("user", &[Role::Qa]).await;
    admit(gate.clone()).await;
    let other = Gate::open(bench.app.db.clone(), gate.issuer().clone(), &[]).unwrap();
    admit(other).await;

    let logins: Vec<_> = bench.entries_of("authenticate");
    assert_eq!(logins.len(), 1, "{logins:?}");
    assert_eq!(logins[0]["outcome"], "admitted");
    assert_eq!(logins[0]["actor"], bench.admin.to_string());
    assert_eq!(logins[0]["payload"]["jti"], issued.jti);
}

#[tokio::test]
async fn nobody_without_a_token_and_failures_are_counted() {
    let bench = Bench::new().await;
    let gate = &bench.app.gate;
    let mut entries = 0;
    for _ in 0..100 {
        match gate.admit(None, HERE).await.unwrap_err() {
            Denied::Refused(refusal, entry) => {
                assert_eq!(refusal.code.name(), "token.missing");
                entries += usize::from(entry.is_some());
            }
            Denied::Broke(fault) => panic!("{fault}"),
        }
    }
    let forged = gate.admit(Some("a.b.c"), HERE).await.unwrap_err();
    assert!(matches!(forged, Denied::Refused(_, Some(_))));
    assert_eq!(entries, 1);

    bench.wait(60);
    gate.tend_once().await.unwrap();
    let failures = bench.entries_of("authenticate");
    let counts: Vec<_> = failures
        .iter()
        .map(|entry| {
            (entry["refusal"].as_str().unwrap(), entry["payload"]["count"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(counts, [("token.missing", 1), ("token.invalid", 1), ("token.missing", 99)]);
    for entry in failures {
        assert_eq!((&entry["outcome"], entry.get("actor")), (&json!("refused"), None));
        assert!(!entry.to_string().contains("127.0.0.1"), "an address is personal");
    }
}

#[tokio::test]
async fn a_gate_that_cannot_look_lets_nobody_in() {
    let bench = Bench::new().await;
    let token = bench.issue(bench.admin).await.token;
    assert!(bench.verify(&token).await.is_ok());
    std::fs::rename(bench.app.config.keys(), bench.folder.path().join("gone")).unwrap();
    bench.wait(1);
    assert_eq!(bench.refused(&token).await, "server.unready");
}

#[tokio::test]
async fn the_first_question_that_fails_is_the_one_that_is_answered() {
    let bench = Bench::new().await;
    let somebody = bench.register("user", &[Role::Qa]).await;
    let mut claims = bench.claims(somebody, &[Role::Qa]);
    claims["roles"] = json!(["approver", "boss"]);
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "role.unknown", "before what is granted");

    let input = json!({ "principal": somebody });
    bench.call(&bench.admin().await, Tool::PrincipalRevoke, input).await.unwrap();
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.revoked", "before the roles");

    let now = claims["iat"].as_i64().unwrap();
    claims["exp"] = json!(now - 11);
    claims["iat"] = json!(now - 60);
    claims["nbf"] = json!(now - 60);
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.expired", "before the principal");

    claims["aud"] = json!("somebody-else");
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.invalid", "before the time");
}

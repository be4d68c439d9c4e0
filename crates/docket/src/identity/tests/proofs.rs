//! Tokens that are bound to a key: how they come to be, and for whom they have to.

use super::{Bench, HERE};
use crate::{
    door::{Call, Denied},
    failure::Failure,
    identity::{
        Issue, Sent, Wanted,
        proof::make::{self, Outgoing, thumbprint},
        proof::{self, Request},
    },
    testing::code,
};
use ed25519_dalek::SigningKey;
use kernel::{
    clock::Clock,
    id::{Id, Principal},
    role::Role,
    tool::Tool,
};
use serde_json::json;

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

async fn issue(
    bench: &Bench,
    principal: Id<Principal>,
    bound_to: Option<u8>,
) -> Result<String, &'static str> {
    let key = bound_to.map(|number| thumbprint(&key(number)));
    let wanted = Issue { principal, on_behalf_of: None, roles: Wanted::All, minutes: 15, key };
    match bench.app.gate.issuer().issue(&bench.app.db, &wanted).await {
        Ok(issued) => Ok(issued.token),
        Err(Failure::Refused(refusal)) => Err(refusal.code.name()),
        Err(Failure::Broke(fault)) => panic!("{fault}"),
    }
}

#[tokio::test]
async fn a_token_of_a_service_is_bound_to_the_key_that_was_registered_and_to_no_other() {
    let bench = Bench::new().await;
    let service = bench.register_service(1, &[Role::Integration]).await;
    assert_eq!(issue(&bench, service, Some(2)).await, Err("record.conflict"));
    let token = issue(&bench, service, None).await.unwrap();
    assert_eq!(bench.verify(&token).await.unwrap().key, Some(thumbprint(&key(1))));

    let keyless = bench.register("service", &[Role::Dispatcher]).await;
    for asked in [None, Some(1)] {
        assert_eq!(issue(&bench, keyless, asked).await, Err("principal.no_key"));
    }
    let listed = bench.call(&bench.admin().await, Tool::PrincipalList, json!({})).await.unwrap();
    let listed = listed["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(service));
    assert_eq!(listed.unwrap()["key"], json!(thumbprint(&key(1))));
}

#[tokio::test]
async fn whatever_an_issuer_says_a_service_that_is_not_bound_as_registered_is_refused() {
    let bench = Bench::new().await;
    let service = bench.register_service(1, &[Role::Worker]).await;
    let keyless = bench.register("service", &[Role::Dispatcher]).await;
    let mut claims = bench.claims(service, &[Role::Worker]);
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.unbound");
    claims["cnf"] = json!({ "jkt": thumbprint(&key(2)) });
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.unbound");
    claims["cnf"] = json!({ "jkt": thumbprint(&key(1)) });
    assert!(bench.verify(&bench.sign(&claims)).await.is_ok());
    // Bound in a way that is not known here is not unbound.
    for cnf in [json!({ "x5t#S256": "a" }), json!({ "jkt": "short" }), json!("a"), json!({})] {
        claims["cnf"] = cnf;
        assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.invalid");
    }
    let mut claims = bench.claims(keyless, &[Role::Dispatcher]);
    claims["cnf"] = json!({ "jkt": thumbprint(&key(1)) });
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.unbound");
}

#[tokio::test]
async fn a_service_that_acts_for_a_person_is_bound_to_its_own_key() {
    let bench = Bench::new().await;
    let service = bench.register_service(1, &[Role::Technician]).await;
    let person = bench.register("user", &[Role::Technician]).await;
    let mut claims = bench.claims(person, &[Role::Technician]);
    claims["act"] = json!({ "sub": service });
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.unbound");
    claims["cnf"] = json!({ "jkt": thumbprint(&key(1)) });
    assert!(bench.verify(&bench.sign(&claims)).await.is_ok());
}

#[tokio::test]
async fn a_key_that_is_registered_anew_ends_every_token_of_the_one_before() {
    let bench = Bench::new().await;
    let service = bench.register_service(1, &[Role::Integration]).await;
    let token = issue(&bench, service, None).await.unwrap();
    assert!(bench.verify(&token).await.is_ok());
    let input = json!({
        "principal": service, "kind": "service", "name": "Something", "roles": ["integration"],
        "key": thumbprint(&key(2)),
    });
    bench.call(&bench.admin().await, Tool::PrincipalPut, input.clone()).await.unwrap();
    assert_eq!(bench.refused(&token).await, "token.unbound");
    let entry = bench.entries_of("principal.put").pop().unwrap();
    assert_eq!(entry["payload"]["key"], json!(thumbprint(&key(2))));

    let mut misspelt = input;
    misspelt["key"] = json!("not a thumbprint");
    let put = bench.call(&bench.admin().await, Tool::PrincipalPut, misspelt).await;
    assert_eq!(code(put), "input.malformed");
}

#[tokio::test]
async fn what_is_final_is_called_over_a_wire_by_whoever_has_proven_a_key() {
    let bench = Bench::new().await;
    let call = |sent: Sent| {
        let mut call = Call::sent(Tool::TokenRevoke, "{\"token\":\"a\"}", "http", sent);
        call.key = Some("one".to_owned());
        call
    };
    let mut admin = bench.admin().await;
    let refused = async |caller: &_, sent| code(bench.app.door.call(caller, call(sent)).await);
    assert_eq!(refused(&admin, Sent::Bare).await, "token.unbound");
    admin.key = Some(thumbprint(&key(1)));
    assert_eq!(refused(&admin, Sent::Bare).await, "proof.missing");
    let other = Sent::Proven(proven(&bench, 2).await);
    assert_eq!(refused(&admin, other).await, "proof.missing");
    let own = Sent::Proven(proven(&bench, 1).await);
    assert!(bench.app.door.call(&admin, call(own)).await.is_ok());

    let refused = bench.entries_of("token.revoke");
    assert_eq!(refused[0]["refusal"], "token.unbound");
    assert_eq!(refused[0]["actor"], json!(bench.admin));
}

/// A proof of this key that went all the way.
async fn proven(bench: &Bench, number: u8) -> proof::Proven {
    let token = issue(bench, bench.admin, Some(number)).await.unwrap();
    let url = "https://docket.example/v1/tools/token.revoke";
    let about = Outgoing { method: "POST", url, token: &token, body: b"" };
    let shown = make::proof(&key(number), "once", bench.clock.now(), &about);
    let caller = bench.verify(&token).await.unwrap();
    let request = |proofs| Request {
        bound: true,
        token: &token,
        proofs,
        method: "POST",
        addresses: vec![url.parse().unwrap()],
    };
    let gate = &bench.app.gate;
    let seal = gate.prove(&caller, &request(vec![shown.as_bytes()]), HERE).await.unwrap();
    let again = gate.prove(&caller, &request(vec![shown.as_bytes()]), HERE).await.unwrap_err();
    assert!(
        matches!(again, Denied::Refused(refusal, _) if refusal.code.name() == "proof.replayed")
    );
    seal.unwrap().over(b"").unwrap()
}

#[tokio::test]
async fn proofs_that_were_refused_are_counted_in_the_log_of_their_tenant_and_named() {
    let bench = Bench::new().await;
    let token = issue(&bench, bench.admin, Some(1)).await.unwrap();
    let caller = bench.verify(&token).await.unwrap();
    let mut entries = 0;
    for _ in 0..50 {
        let request = Request {
            bound: true,
            token: &token,
            proofs: vec![b"a.b.c"],
            method: "GET",
            addresses: Vec::new(),
        };
        match bench.app.gate.prove(&caller, &request, HERE).await.unwrap_err() {
            Denied::Refused(refusal, entry) => {
                assert_eq!(refusal.code.name(), "proof.invalid");
                entries += usize::from(entry.is_some());
            }
            Denied::Broke(fault) => panic!("{fault}"),
        }
    }
    assert_eq!(entries, 1, "a flood leaves few entries");
    bench.wait(60);
    bench.app.gate.tend_once().await.unwrap();
    let counted = bench.entries_of("authenticate");
    let counts: Vec<_> = counted.iter().map(|entry| &entry["payload"]["count"]).collect();
    assert_eq!(counts, [1, 49]);
    for entry in &counted {
        assert_eq!(entry["actor"], json!(bench.admin));
        assert_eq!(
            (&entry["tenant"], &entry["outcome"]),
            (&json!(bench.tenant), &json!("refused"))
        );
    }
}

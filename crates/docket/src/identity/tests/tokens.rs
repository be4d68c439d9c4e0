use super::{BASE64, Bench};
use crate::identity::proof::make::thumbprint;
use crate::{
    failure::Failure,
    identity::{
        Issue, Wanted,
        token::{BYTES_MAX, read},
    },
};
use base64::Engine;
use ed25519_dalek::SigningKey;
use kernel::{
    id::{Id, Principal},
    role::{Role, Roles},
};
use proptest::prelude::*;
use serde_json::{Value, json};

async fn try_issue(bench: &Bench, wanted: Issue) -> Result<String, &'static str> {
    match bench.app.gate.issuer().issue(&bench.app.db, &wanted).await {
        Ok(issued) => Ok(issued.token),
        Err(Failure::Refused(refusal)) => Err(refusal.code.name()),
        Err(Failure::Broke(fault)) => panic!("{fault}"),
    }
}

fn wanted(principal: Id<Principal>) -> Issue {
    Issue { principal, on_behalf_of: None, roles: Wanted::All, minutes: 15, key: None }
}

#[tokio::test]
async fn an_agent_acts_for_a_user_and_is_named_with_them() {
    let bench = Bench::new().await;
    let user = bench.register("user", &[Role::Technician]).await;
    let agent = bench.register("agent", &[Role::AgentLiaison]).await;
    let issue = Issue { on_behalf_of: Some(user), ..wanted(agent) };
    let caller = bench.verify(&try_issue(&bench, issue).await.unwrap()).await.unwrap();
    assert_eq!((caller.actor, caller.on_behalf_of), (agent, Some(user)));
    assert_eq!(caller.roles, Roles::of(&[Role::AgentLiaison]));
    assert!(caller.is_any_of(&[user]) && caller.is_any_of(&[agent]));

    let issue = Issue { on_behalf_of: Some(agent), ..wanted(user) };
    assert_eq!(try_issue(&bench, issue).await, Err("input.malformed"));
}

#[tokio::test]
async fn a_service_lends_nobody_a_role_that_they_do_not_have() {
    let bench = Bench::new().await;
    let user = bench.register("user", &[Role::Technician]).await;
    let service = bench.register_service(7, &[Role::Technician, Role::Approver]).await;
    let issue = |roles: Wanted| Issue { on_behalf_of: Some(user), roles, ..wanted(service) };
    let both = issue(Wanted::These(vec![Role::Technician, Role::Approver]));
    assert_eq!(try_issue(&bench, both).await, Err("role.not_granted"));
    let all = bench.verify(&try_issue(&bench, issue(Wanted::All)).await.unwrap()).await.unwrap();
    assert_eq!(all.roles, Roles::of(&[Role::Technician]));

    // And not if a token says so, either.
    let mut claims = bench.claims(user, &[Role::Approver]);
    claims["act"] = json!({ "sub": service });
    claims["cnf"] = json!({ "jkt": thumbprint(&SigningKey::from_bytes(&[7; 32])) });
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "role.not_granted");
    claims["roles"] = json!(["technician"]);
    assert!(bench.verify(&bench.sign(&claims)).await.is_ok());
    claims["act"] = json!({ "sub": service, "act": { "sub": bench.admin } });
    assert_eq!(bench.refused(&bench.sign(&claims)).await, "token.invalid");
}

#[tokio::test]
async fn a_token_that_the_gate_would_refuse_is_not_made() {
    let bench = Bench::new().await;
    let nobody = bench.register("user", &[]).await;
    assert_eq!(try_issue(&bench, wanted(nobody)).await, Err("role.not_granted"));
    let missing = Id::from_parts(9, 9);
    assert_eq!(try_issue(&bench, wanted(missing)).await, Err("record.not_found"));
    for minutes in [0, 16, 255] {
        let issue = Issue { minutes, ..wanted(bench.admin) };
        assert_eq!(try_issue(&bench, issue).await, Err("input.malformed"));
    }
    let beyond = Wanted::These(vec![Role::Admin, Role::Approver]);
    let issue = Issue { roles: beyond, ..wanted(bench.admin) };
    assert_eq!(try_issue(&bench, issue).await, Err("role.not_granted"));

    let gone = bench.register("user", &[Role::Qa]).await;
    let revoke = json!({ "principal": gone });
    let admin = bench.admin().await;
    bench.call(&admin, kernel::tool::Tool::PrincipalRevoke, revoke).await.unwrap();
    assert_eq!(try_issue(&bench, wanted(gone)).await, Err("principal.revoked"));
}

#[tokio::test]
async fn a_token_that_is_made_is_in_the_log_without_the_token() {
    let bench = Bench::new().await;
    let issued = bench.issue(bench.admin).await;
    let entry = &bench.entries_of("token.issue")[0];
    assert_eq!(entry["outcome"], "configured");
    assert_eq!(entry["payload"]["jti"], issued.jti);
    assert_eq!(entry["payload"]["granted"], json!(["admin"]));
    let signature = issued.token.rsplit('.').next().unwrap();
    assert!(!entry.to_string().contains(signature));
}

fn token(header: &str, claims: &str) -> Vec<u8> {
    format!("{}.{}.AAAA", BASE64.encode(header), BASE64.encode(claims)).into_bytes()
}

const HEADER: &str = r#"{"alg":"EdDSA","kid":"k"}"#;
const CLAIMS: &str = r#"{"iss":"i","aud":["a","b"],"sub":"s","jti":"j","iat":1,"exp":2}"#;

#[test]
fn a_token_is_read_strictly() {
    let good = token(HEADER, CLAIMS);
    let read_good = read(&good).unwrap();
    assert_eq!((read_good.kid.as_str(), read_good.claims.aud.len()), ("k", 2));
    assert_eq!(read_good.claims.nbf, None);

    let headers = [
        r#"{"alg":"EdDSA"}"#,
        r#"{"kid":"k"}"#,
        r#"{"alg":"EdDSA","kid":"k","crit":["b64"]}"#,
        r#"{"alg":"EdDSA","kid":"k","typ":"dpop+jwt"}"#,
        r#"{"alg":"EdDSA","alg":"none","kid":"k"}"#,
        r#"{"alg":"EdDSA","kid":"k"}{}"#,
        r#"["EdDSA","k"]"#,
        "",
    ];
    for header in headers {
        assert!(read(&token(header, CLAIMS)).is_err(), "{header}");
    }
    let claims = [
        r#"{"iss":"i","iss":"j","aud":"a","sub":"s","jti":"j","iat":1,"exp":2}"#,
        r#"{"iss":"i","aud":"a","sub":"s","jti":"j","iat":1,"exp":2,"tenant":1,"tenant":2}"#,
        r#"{"iss":"i","aud":[1],"sub":"s","jti":"j","iat":1,"exp":2}"#,
        r#"{"iss":"","aud":"a","sub":"s","jti":"j","iat":1,"exp":2}"#,
        r#"{"iss":"i","aud":"a","sub":"s","jti":"j","iat":"1","exp":2}"#,
        r#"{"iss":"i","aud":"a","sub":"s","jti":"j","iat":1,"nbf":null,"exp":2}"#,
        r#"{"iss":"i","aud":"a","sub":"s","jti":"j","iat":1,"exp":18446744073709551615}"#,
        "null",
    ];
    for claims in claims {
        assert!(read(&token(HEADER, claims)).is_err(), "{claims}");
    }
    let deep = format!("{}{}", "[".repeat(4_000), "]".repeat(4_000));
    assert!(read(&token(HEADER, &deep)).is_err());
    assert!(read(&vec![b'a'; BYTES_MAX + 1]).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from))
}

proptest! {
    #[test]
    fn whatever_the_bytes_reading_ends(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = read(&bytes);
    }

    #[test]
    fn whatever_the_claims_reading_ends_with_what_was_said(
        name in prop::sample::select(vec!["iss", "aud", "sub", "jti", "iat", "nbf", "exp", "act"]),
        value in any_json(),
    ) {
        let mut claims: Value = serde_json::from_str(CLAIMS).unwrap();
        claims[name] = value;
        let bytes = token(HEADER, &claims.to_string());
        if let Ok(token) = read(&bytes) {
            prop_assert_eq!(Value::from(token.claims.all), claims);
        }
    }
}

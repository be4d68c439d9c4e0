//! Requests that were captured, altered, late or somebody else's, over a socket.

use super::site::{Server, key};
use crate::{
    identity::{key::Thumbprint, proof::BYTES_MAX},
    surface::http::route::{self, Permission},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signer, SigningKey};
use jsonwebtoken::{Algorithm, EncodingKey};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A request as it goes over the wire, with everything in it that can be spoilt.
#[derive(Clone)]
struct Knock {
    method: Method,
    path: String,
    scheme: &'static str,
    token: String,
    header: Value,
    claims: Value,
    signer: SigningKey,
    body: Vec<u8>,
    /// In place of the proof that the rest comes to.
    proofs: Option<Vec<String>>,
}

/// What came back.
#[derive(Debug)]
struct Reply {
    status: u16,
    challenge: String,
    body: Value,
}

impl Reply {
    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("done")
    }
}

fn sha256(bytes: impl AsRef<[u8]>) -> String {
    BASE64.encode(Sha256::digest(bytes))
}

fn jwk(key: &SigningKey) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(key.verifying_key().as_bytes()) })
}

impl Knock {
    fn new(server: &Server, who: &str, method: Method, path: &str, body: Vec<u8>) -> Self {
        let token = server.token(who).to_owned();
        let claims = json!({
            "jti": "one", "htm": method.as_str(), "htu": format!("http://{}{path}", server.address),
            "iat": server.world.now().as_second(), "ath": sha256(&token), "bh": sha256(&body),
        });
        Self {
            method,
            path: path.to_owned(),
            scheme: "DPoP",
            token,
            header: json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk(&key()) }),
            claims,
            signer: key(),
            body,
            proofs: None,
        }
    }

    /// A ticket is made.
    fn create(server: &Server) -> Self {
        let input = json!({ "site": server.world.site(), "summary": "front door" });
        let body = input.to_string().into_bytes();
        Self::new(server, "dispatcher bound", Method::POST, "/v1/tools/ticket.create", body)
    }

    fn proof(&self) -> String {
        let message =
            [&self.header, &self.claims].map(|part| BASE64.encode(part.to_string())).join(".");
        let signature = BASE64.encode(self.signer.sign(message.as_bytes()).to_bytes());
        format!("{message}.{signature}")
    }

    async fn send(&self, server: &Server) -> Reply {
        let mut request = server
            .ask(self.method.clone(), &self.path)
            .header("authorization", format!("{} {}", self.scheme, self.token))
            .header("content-type", "application/json")
            .header("idempotency-key", "the-same")
            .body(self.body.clone());
        for proof in self.proofs.clone().unwrap_or_else(|| vec![self.proof()]) {
            request = request.header("dpop", proof);
        }
        let response = request.send().await.unwrap();
        let challenge = response.headers().get("www-authenticate");
        Reply {
            status: response.status().as_u16(),
            challenge: challenge.map_or("", |text| text.to_str().unwrap()).to_owned(),
            body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default(),
        }
    }

    /// The same, as somebody else: nothing is left of it that was signed.
    async fn is_refused(&self, server: &Server, code: &str) -> Reply {
        let reply = self.send(server).await;
        assert_eq!((reply.status, reply.code()), (401, code), "{reply:?}");
        let error = match code {
            "token.unbound" => "invalid_token",
            _ => "invalid_dpop_proof",
        };
        let challenge = format!("DPoP realm=\"docket\", error=\"{error}\", algs=\"EdDSA ES256\"");
        assert_eq!(reply.challenge, challenge);
        assert!(!reply.body["hint"].as_str().unwrap().is_empty());
        reply
    }
}

fn tickets(server: &Server) -> i64 {
    server.world.value("select count(*) from ticket")
}

fn nonces(server: &Server) -> i64 {
    server.world.value("select count(*) from replay_nonce")
}

#[tokio::test]
async fn a_request_with_a_proof_is_done_once_and_the_same_again_is_refused_and_recorded() {
    let server = Server::start().await;
    let knock = Knock::create(&server);
    assert_eq!(knock.send(&server).await.status, 201);
    // Not even its answer is given again, though its idempotency key is known.
    let refused = knock.is_refused(&server, "proof.replayed").await;
    let entry = server.entry(refused.body["audit_entry"].as_str().unwrap());
    let entry: Value = serde_json::from_str(&entry).unwrap();
    assert_eq!(
        (&entry["refusal"], &entry["outcome"]),
        (&json!("proof.replayed"), &json!("refused"))
    );
    assert_eq!(entry["actor"], json!(server.world.dispatcher().actor));
    assert_eq!((tickets(&server), nonces(&server)), (1, 1));

    let mut fresh = knock;
    fresh.claims["jti"] = json!("two");
    assert_eq!(fresh.send(&server).await.status, 201, "whoever repeats it with a new proof");
    let stored: String = server.world.value("select max(nonce) from replay_nonce");
    assert_eq!(stored.len(), 64, "however long a `jti` is");
}

#[tokio::test]
async fn a_request_that_was_refused_has_spent_its_proof() {
    let server = Server::start().await;
    let mut knock = Knock::create(&server);
    knock.body = b"{}".to_vec();
    knock.claims["bh"] = json!(sha256("{}"));
    assert_eq!(knock.send(&server).await.code(), "input.malformed");
    knock.is_refused(&server, "proof.replayed").await;

    let mut knock = Knock::new(
        &server,
        "auditor bound",
        Method::POST,
        "/v1/tools/ticket.create",
        b"{}".to_vec(),
    );
    knock.claims["jti"] = json!("another");
    assert_eq!(knock.send(&server).await.code(), "role.forbidden");
    knock.is_refused(&server, "proof.replayed").await;
}

#[tokio::test]
async fn whatever_of_a_request_is_altered_it_is_refused_and_recorded() {
    let server = Server::start().await;
    let good = Knock::create(&server);
    let spoilt = |change: &dyn Fn(&mut Knock)| {
        let mut knock = good.clone();
        change(&mut knock);
        knock
    };
    let other = json!({ "site": server.world.site(), "summary": "back door" });
    let altered = [
        spoilt(&|knock| knock.body = other.to_string().into_bytes()),
        spoilt(&|knock| knock.body.clear()),
        spoilt(&|knock| knock.path = "/v1/tools/ticket.intake".to_owned()),
        spoilt(&|knock| knock.claims["htm"] = json!("PUT")),
        spoilt(&|knock| knock.claims["htm"] = json!("post")),
        spoilt(&|knock| {
            knock.claims["htu"] = json!("https://elsewhere.example/v1/tools/ticket.create")
        }),
        spoilt(&|knock| knock.claims["htu"] = json!("not an address")),
        spoilt(&|knock| knock.token = server.token("admin bound").to_owned()),
    ];
    for (number, mut knock) in altered.into_iter().enumerate() {
        knock.claims["jti"] = json!(format!("altered-{number}"));
        knock.is_refused(&server, "proof.mismatch").await;
    }
    assert_eq!(tickets(&server), 0);
    let counted: i64 = server.world.value(
        "select count(*) from audit_entry where body like '%\"refusal\":\"proof.mismatch\"%'",
    );
    assert_eq!(counted, 2, "of the dispatcher and of the admin");
    assert_eq!(good.send(&server).await.status, 201, "nothing of it was spent");
}

#[tokio::test]
async fn the_query_is_not_part_of_what_is_signed_and_the_host_header_decides_nothing() {
    let server = Server::start().await;
    let mut knock = Knock::new(&server, "dispatcher bound", Method::GET, "/v1/tickets", Vec::new());
    knock.path = "/v1/tickets?limit=3".to_owned();
    assert_eq!(knock.send(&server).await.status, 200);

    knock.claims["jti"] = json!("two");
    knock.claims["htu"] = json!("http://docket.example/v1/tickets");
    let line = format!(
        "GET /v1/tickets HTTP/1.1\r\nHost: docket.example\r\nConnection: close\r\n\
         Authorization: DPoP {}\r\nDPoP: {}\r\n\r\n",
        knock.token,
        knock.proof(),
    );
    assert!(server.raw(line).await.contains("proof.mismatch"));
}

#[tokio::test]
async fn what_is_behind_a_proxy_is_reached_at_the_address_that_is_configured() {
    let url = Some("https://docket.example".parse().unwrap());
    let setup = super::super::Setup { limits: super::site::limits(), url, ..Default::default() };
    let server = Server::with(setup).await;
    let mut knock = Knock::create(&server);
    knock.claims["htu"] = json!("https://docket.example/v1/tools/ticket.create");
    assert_eq!(knock.send(&server).await.status, 201);
}

#[tokio::test]
async fn a_proof_is_early_or_late_by_the_clock_of_the_server() {
    let server = Server::start().await;
    for (number, (seconds, holds)) in
        [(-31, false), (-30, true), (30, true), (31, false)].into_iter().enumerate()
    {
        let mut knock = Knock::create(&server);
        knock.claims["jti"] = json!(format!("at-{number}"));
        knock.claims["iat"] = json!(server.world.now().as_second() + seconds);
        match holds {
            true => assert_eq!(knock.send(&server).await.status, 201, "{seconds}"),
            false => drop(knock.is_refused(&server, "proof.time").await),
        }
    }
}

#[tokio::test]
async fn a_proof_is_forgotten_only_when_its_time_alone_has_it_refused() {
    let server = Server::start().await;
    let mut knock = Knock::create(&server);
    // As far from now as it may be: it holds for a minute.
    knock.claims["iat"] = json!(server.world.now().as_second() + 30);
    assert_eq!(knock.send(&server).await.status, 201);
    let pass = async |seconds| {
        server.world.clock.advance(jiff::SignedDuration::from_secs(seconds));
        server.world.work_off().await;
    };
    pass(60).await;
    knock.is_refused(&server, "proof.replayed").await;
    pass(1).await;
    knock.is_refused(&server, "proof.time").await;
    let mut minutes = 1;
    while nonces(&server) == 1 {
        pass(60).await;
        minutes += 1;
    }
    assert!((61..=121).contains(&minutes), "another server's clock may be behind: {minutes}");
}

/// How proofs are spoilt, and what they are called then.
fn not_proofs(good: &Knock) -> Vec<(&'static str, Knock)> {
    let mut all = Vec::new();
    let mut spoil = |code, change: &dyn Fn(&mut Knock)| {
        let mut knock = good.clone();
        change(&mut knock);
        all.push((code, knock));
    };
    let stranger = SigningKey::from_bytes(&[6; 32]);
    spoil("proof.other_key", &|knock| {
        knock.header["jwk"] = jwk(&stranger);
        knock.signer = stranger.clone();
    });
    spoil("proof.invalid", &|knock| knock.signer = stranger.clone());
    for typ in [json!("jwt"), json!("at+jwt"), json!(null), json!("DPOP+JWT")] {
        spoil("proof.invalid", &|knock| knock.header["typ"] = typ.clone());
    }
    for alg in ["none", "HS256", "ES256", "RS256", "eddsa", ""] {
        spoil("proof.invalid", &|knock| knock.header["alg"] = json!(alg));
    }
    for (name, value) in [
        ("d", json!(BASE64.encode([5; 32]))),
        ("k", json!("c2VjcmV0")),
        ("p", json!("AQAB")),
        ("x", json!("AQAB")),
        ("crv", json!("Ed448")),
        ("kty", json!("oct")),
    ] {
        spoil("proof.invalid", &|knock| knock.header["jwk"][name] = value.clone());
    }
    spoil("proof.invalid", &|knock| knock.header["crit"] = json!(["b64"]));
    for name in ["typ", "alg", "jwk"] {
        spoil("proof.invalid", &|knock| drop(knock.header.as_object_mut().unwrap().remove(name)));
    }
    for name in ["jti", "htm", "htu", "iat", "ath", "bh"] {
        spoil("proof.invalid", &|knock| drop(knock.claims.as_object_mut().unwrap().remove(name)));
    }
    for (name, value) in
        [("iat", json!("now")), ("iat", json!(1.5)), ("jti", json!("j".repeat(256)))]
    {
        spoil("proof.invalid", &|knock| knock.claims[name] = value.clone());
    }
    spoil("proof.invalid", &|knock| knock.claims["more"] = json!("m".repeat(BYTES_MAX)));
    spoil("proof.invalid", &|knock| knock.proofs = Some(vec![knock.proof(), knock.proof()]));
    spoil("proof.invalid", &|knock| knock.proofs = Some(vec!["a.b.c".to_owned()]));
    spoil("proof.invalid", &|knock| {
        let (message, _) = knock.proof().rsplit_once('.').map(|it| (it.0.to_owned(), ())).unwrap();
        knock.proofs = Some(vec![format!("{message}.")]);
    });
    spoil("proof.missing", &|knock| knock.proofs = Some(Vec::new()));
    // Whoever has the token and calls it a bearer's has still not shown the key.
    spoil("proof.missing", &|knock| knock.scheme = "Bearer");
    spoil("proof.missing", &|knock| {
        knock.scheme = "Bearer";
        knock.proofs = Some(Vec::new());
    });
    all
}

#[tokio::test]
async fn what_is_no_proof_is_refused_spends_nothing_and_is_recorded() {
    let server = Server::start().await;
    let good = Knock::create(&server);
    for (number, (code, knock)) in not_proofs(&good).into_iter().enumerate() {
        let reply = knock.send(&server).await;
        assert_eq!((reply.status, reply.code()), (401, code), "{number}: {reply:?}");
        knock.is_refused(&server, code).await;
    }
    assert_eq!((tickets(&server), nonces(&server)), (0, 0));
    let logins: i64 = server.world.value("select count(*) from admission");
    assert_eq!(logins, 0, "nobody was let in");
    for code in ["proof.invalid", "proof.other_key", "proof.missing"] {
        let one: i64 = server.world.value(&format!(
            "select count(*) from audit_entry where body like '%\"refusal\":\"{code}\"%'"
        ));
        assert_eq!(one, 1, "{code}");
    }
    assert_eq!(good.send(&server).await.status, 201);
}

#[tokio::test]
async fn a_proof_with_a_token_that_is_bound_to_no_key_proves_nothing() {
    let server = Server::start().await;
    let bare = server.token("dispatcher").to_owned();
    for (scheme, proofs) in [("DPoP", None), ("Bearer", None), ("DPoP", Some(Vec::new()))] {
        let mut knock = Knock { token: bare.clone(), scheme, proofs, ..Knock::create(&server) };
        knock.claims["ath"] = json!(sha256(&bare));
        knock.is_refused(&server, "token.unbound").await;
    }
}

#[tokio::test]
async fn a_key_on_p_256_proves_as_well() {
    let server = Server::start().await;
    let pair = rcgen::KeyPair::generate().unwrap();
    let (x, y) = pair.public_key_raw()[1..].split_at(32);
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": BASE64.encode(x), "y": BASE64.encode(y) });
    let print = Thumbprint::of_p256(x.try_into().unwrap(), y.try_into().unwrap());
    let token = server.bound_to(print).await;
    let mut knock = Knock { token: token.clone(), ..Knock::create(&server) };
    knock.header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk });
    knock.claims["ath"] = json!(sha256(&token));
    let message =
        [&knock.header, &knock.claims].map(|part| BASE64.encode(part.to_string())).join(".");
    let pem = EncodingKey::from_ec_der(&pair.serialize_der());
    let sign = |text: &str| jsonwebtoken::crypto::sign(text.as_bytes(), &pem, Algorithm::ES256);
    let forged = format!("{message}.{}", sign("something else").unwrap());
    knock.proofs = Some(vec![forged]);
    knock.is_refused(&server, "proof.invalid").await;
    knock.proofs = Some(vec![format!("{message}.{}", sign(&message).unwrap())]);
    assert_eq!(knock.send(&server).await.status, 201);
    knock.is_refused(&server, "proof.replayed").await;
}

#[tokio::test]
async fn a_service_proves_every_request_whatever_it_asks_for() {
    let server = Server::start().await;
    for route in route::table() {
        if !matches!(route.permission, Permission::Tool(_) | Permission::Caller(_)) {
            continue;
        }
        let path = route.path.replace(['{', '}'], "");
        let method = Method::from_bytes(route.method.as_str().as_bytes()).unwrap();
        let reply = server.ask_as("worker", method, &path).send().await.unwrap();
        assert_eq!(reply.status(), 401, "{} {}", route.method, route.path);
        assert_eq!(reply.json::<Value>().await.unwrap()["code"], "proof.missing");
    }
    let claim = json!({ "kinds": ["ext.sync_crm"] });
    let claim = server
        .ask_as("worker", Method::POST, "/v1/tools/job.claim")
        .header("idempotency-key", "claim")
        .json(&claim);
    assert_eq!(server.signed(claim).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn what_is_final_wants_a_token_that_is_bound_and_says_so_beforehand() {
    let server = Server::start().await;
    let revoke = |who: &str, key: &str| {
        server
            .ask_as(who, Method::POST, "/v1/tools/token.revoke")
            .header("idempotency-key", key)
            .json(&json!({ "token": "somebody's" }))
    };
    let refused = revoke("admin", "a").send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["code"], "token.unbound");
    let entry = server.entry(refused["audit_entry"].as_str().unwrap());
    assert!(entry.contains("\"tool\":\"token.revoke\""), "{entry}");
    let unread = server.ask_as("admin", Method::POST, "/v1/tools/token.revoke").body("not JSON");
    let unread: Value = unread.send().await.unwrap().json().await.unwrap();
    assert_eq!(unread["code"], "token.unbound", "before anything is said of what was sent");
    let done = server.signed(revoke("admin bound", "b")).send().await.unwrap();
    assert_eq!(done.status(), 200);

    for (who, allowed) in [("admin", false), ("admin bound", true)] {
        let asked = server.ask_as(who, Method::GET, "/v1/tools");
        let asked = if allowed { server.signed(asked) } else { asked };
        let tools: Value = asked.send().await.unwrap().json().await.unwrap();
        let offer = |name: &str| {
            let mut all = tools["tools"].as_array().unwrap().iter();
            all.find(|offer| offer["name"] == name).unwrap().clone()
        };
        assert_eq!(offer("token.revoke")["allowed"], allowed);
        assert_eq!(offer("account.put")["allowed"], true);
        let why = &offer("token.revoke")["why_not"]["code"];
        assert_eq!(why, &if allowed { Value::Null } else { json!("token.unbound") });
    }
}

#[tokio::test]
async fn a_look_with_a_body_that_nobody_signed_is_refused() {
    let server = Server::start().await;
    let mut knock = Knock::new(&server, "dispatcher bound", Method::GET, "/v1/tickets", Vec::new());
    knock.body = b"smuggled".to_vec();
    knock.is_refused(&server, "proof.mismatch").await;
}

#[tokio::test]
async fn bytes_that_are_not_the_ones_that_were_signed_are_not_kept() {
    let server = Server::start().await;
    let path = "/v1/evidence";
    let mut knock = Knock::new(
        &server,
        "technician bound",
        Method::PUT,
        path,
        b"a note from the site".to_vec(),
    );
    knock.body = b"a note from elsewhere".to_vec();
    let refused = knock.is_refused(&server, "proof.mismatch").await;
    assert!(refused.body["audit_entry"].is_string());
    assert_eq!(server.world.value::<i64>("select count(*) from blob"), 0);
    knock.body = b"a note from the site".to_vec();
    knock.is_refused(&server, "proof.replayed").await;
    knock.claims["jti"] = json!("two");
    assert_eq!(knock.send(&server).await.status, 201);
}

#[tokio::test]
async fn nothing_is_kept_of_a_part_that_is_not_the_one_that_was_signed() {
    let server = Server::start().await;
    let begin = server.ask_as("technician bound", Method::POST, "/v1/uploads");
    let begun: Value = server.signed(begin).send().await.unwrap().json().await.unwrap();
    let path = format!("/v1/uploads/{}", begun["upload"].as_str().unwrap());
    let part = |body: &'static str| {
        server
            .ask_as("technician bound", Method::PATCH, &path)
            .header("upload-offset", "0")
            .header("upload-complete", "?1")
            .header("idempotency-key", "part")
            .body(body)
    };
    let signed = server.signed(part("a note from the site")).build().unwrap();
    let mut altered = signed.try_clone().unwrap();
    *altered.body_mut() = Some("a note from elsewhere".into());
    let reply = server.client.execute(altered).await.unwrap();
    assert_eq!(reply.status(), 401);
    assert_eq!(reply.json::<Value>().await.unwrap()["code"], "proof.mismatch");
    let progress = server.ask_as("technician bound", Method::GET, &path);
    let progress: Value = server.signed(progress).send().await.unwrap().json().await.unwrap();
    assert_eq!(progress["offset"], 0);
    let whole = server.signed(part("a note from the site")).send().await.unwrap();
    assert_eq!(whole.status(), 201);
}

#[tokio::test]
async fn whoever_runs_the_server_is_not_told_why_by_a_token_alone_that_is_bound() {
    let server = Server::start().await;
    let told = async |who: &str| {
        let ready = server.ask_as(who, Method::GET, "/readyz").send().await.unwrap();
        ready.json::<Value>().await.unwrap().get("reasons").is_some()
    };
    assert!(told("admin@operator").await);
    assert!(!told("admin@operator bound").await);
}

//! A server on a real socket, with a world behind it.

use crate::{
    identity::{
        Gate, Issue, Issuer, Ring, Thumbprint, Wanted,
        proof::make::{self, Outgoing},
    },
    surface::http::{Edge, Limits, Setup, limit::Pace, serve},
    testing::{World, person},
};
use ed25519_dalek::SigningKey;
use jiff::SignedDuration;
use kernel::role::Role;
use reqwest::{Client, Method, RequestBuilder, Response};
use rustls::ServerConfig;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

pub struct Server {
    pub world: World,
    pub edge: Arc<Edge>,
    pub address: SocketAddr,
    pub client: Client,
    pub stop: CancellationToken,
    pub serving: JoinHandle<()>,
    /// By role, by `role@operator` for those who run the server, and by what
    /// is wrong with them. Those of services, and those called `bound`, are bound
    /// to [`key`].
    tokens: HashMap<String, String>,
    proofs: AtomicU64,
}

/// The key of everybody here who has one.
pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

pub fn limits() -> Limits {
    Limits {
        header_timeout: Duration::from_millis(200),
        body_timeout: Duration::from_millis(200),
        grace: Duration::from_secs(5),
        ..Limits::default()
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::with(Setup { limits: limits(), ..Setup::default() }).await
    }

    pub async fn with_pace(pace: Pace) -> Self {
        let limits = Limits { pace: Some(pace), ..limits() };
        Self::with(Setup { limits, ..Setup::default() }).await
    }

    pub async fn with(setup: Setup) -> Self {
        Self::with_tls(setup, None).await
    }

    pub async fn with_tls(setup: Setup, tls: Option<Arc<ServerConfig>>) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let world = World::new();
        let (gate, tokens) = sign_everybody_in(&world).await;
        let edge = Edge::new(world.door.clone(), gate, setup).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let serving = {
            let (edge, stop) = (Arc::clone(&edge), stop.clone());
            async move { serve(edge, listener, tls, stop).await.unwrap() }
        };
        let serving = tokio::spawn(serving);
        let client =
            Client::builder().timeout(Duration::from_secs(20)).tls_certs_only([]).build().unwrap();
        Self { world, edge, address, client, stop, serving, tokens, proofs: AtomicU64::new(0) }
    }

    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    /// The token of somebody, or whatever else was called that.
    pub fn token(&self, name: &str) -> &str {
        self.tokens.get(name).unwrap_or_else(|| panic!("nobody is called `{name}`"))
    }

    pub fn ask_as(&self, name: &str, method: Method, path: &str) -> RequestBuilder {
        self.ask(method, path).bearer_auth(self.token(name))
    }

    /// The request, with a proof that it comes from whoever holds the key of its
    /// token, which is one of those that are bound.
    pub fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        let mut request = request.build().unwrap();
        let token =
            request.headers()["authorization"].to_str().unwrap()["Bearer ".len()..].to_owned();
        let about = Outgoing {
            method: request.method().as_str(),
            url: request.url().as_str(),
            token: &token,
            body: request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default(),
        };
        let jti = format!("site-{}", self.proofs.fetch_add(1, Ordering::Relaxed));
        let proof = make::proof(&key(), &jti, self.world.now(), &about);
        let headers = request.headers_mut();
        headers.insert("authorization", format!("DPoP {token}").parse().unwrap());
        headers.insert("dpop", proof.parse().unwrap());
        RequestBuilder::from_parts(self.client.clone(), request)
    }

    /// A token of the dispatcher that is bound to this key.
    pub async fn bound_to(&self, key: Thumbprint) -> String {
        let wanted = Issue {
            principal: person(number(Role::Dispatcher)),
            on_behalf_of: None,
            roles: Wanted::All,
            minutes: 15,
            key: Some(key),
        };
        let issued = self.edge.gate.issuer().issue(self.world.door.db(), &wanted).await;
        issued.unwrap().token
    }

    /// The line that signs somebody in.
    pub fn line_of(&self, name: &str) -> String {
        format!("Authorization: Bearer {}", self.token(name))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.ask_as("dispatcher", Method::GET, path)
    }

    /// A well-made command, under a key of its own.
    pub fn command(&self, tool: &str, key: &str, input: &Value) -> RequestBuilder {
        self.ask_as("dispatcher", Method::POST, &format!("/v1/tools/{tool}"))
            .header("idempotency-key", key)
            .json(input)
    }

    pub fn create(&self, key: &str) -> RequestBuilder {
        let input = serde_json::json!({ "site": self.world.site(), "summary": "front door" });
        self.command("ticket.create", key, &input)
    }

    /// The bytes of an entry of the audit log.
    pub fn entry(&self, id: &str) -> String {
        self.world.value(&format!("select body from audit_entry where id = '{id}'"))
    }

    /// Sends bytes as they are and reads until the server closes.
    pub async fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_ref()).await.unwrap();
        let mut answer = Vec::new();
        // A server that gave up on us may reset the connection; what it said
        // before that has been read.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Status and code of a problem document, after checking that it is one.
pub async fn refused(request: RequestBuilder) -> (u16, String) {
    let (status, problem) = problem(request.send().await.unwrap()).await;
    (status, problem["code"].as_str().unwrap().to_owned())
}

pub async fn problem(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/problem+json", "{status}");
    let correlation = response.headers()["x-correlation-id"].to_str().unwrap().to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["correlation_id"], correlation);
    (status, problem)
}

/// The number of somebody who has the role.
fn number(role: Role) -> u64 {
    match role {
        Role::Admin => 1,
        Role::Dispatcher => 2,
        Role::Qa => 4,
        Role::Approver => 5,
        Role::Finance => 6,
        Role::Customer => 7,
        Role::Auditor => 8,
        Role::Technician => 11,
        Role::AgentIntake | Role::AgentScheduling | Role::AgentLiaison | Role::AgentCloseout => {
            21 + role as u64 - Role::AgentIntake as u64
        }
        Role::Integration => 25,
        Role::Worker => 26,
    }
}

/// Grants every role to one person in each tenant, of which the second runs the
/// server, and makes tokens: good ones, and one for every way to be none.
async fn sign_everybody_in(world: &World) -> (Gate, HashMap<String, String>) {
    for role in Role::ALL {
        for people in [0, world.other().people] {
            let (roles, id) = (json!([role]).to_string(), person(number(*role) + people));
            let grant = format!("update principal set roles = '{roles}' where id = '{id}'");
            assert_eq!(world.back().run(&grant).unwrap(), 1);
        }
    }
    let thumbprint = make::thumbprint(&key());
    for service in [Role::Integration, Role::Worker] {
        for people in [0, world.other().people] {
            let id = person(number(service) + people);
            let register = format!("update principal set key = '{thumbprint}' where id = '{id}'");
            assert_eq!(world.back().run(&register).unwrap(), 1);
        }
    }
    let operator = world.other_tenant();
    world.behind_the_door(&format!("update tenant set operator = 1 where id = '{operator}'"));

    let (db, keys) = (world.door.db(), world.folder.path().join("keys"));
    let ring = Ring::make(&keys, world.now()).unwrap();
    let ours = issuer("docket", "docket-api", ring);
    let issue = async |by: &Issuer, number: u64| {
        let wanted = Issue {
            principal: person(number),
            on_behalf_of: None,
            roles: Wanted::All,
            minutes: 15,
            key: None,
        };
        by.issue(db, &wanted).await.unwrap()
    };
    let bound = async |number: u64| {
        let wanted = Issue {
            principal: person(number),
            on_behalf_of: None,
            roles: Wanted::All,
            minutes: 15,
            key: Some(thumbprint),
        };
        ours.issue(db, &wanted).await.unwrap()
    };

    let mut tokens = HashMap::from([("garbage".to_owned(), "not.a.token".to_owned())]);
    world.clock.advance(-SignedDuration::from_hours(1));
    tokens.insert("expired".to_owned(), issue(&ours, 2).await.token);
    world.clock.advance(SignedDuration::from_hours(1));
    for role in Role::ALL {
        tokens.insert(role.to_string(), issue(&ours, number(*role)).await.token);
        tokens.insert(format!("{role} bound"), bound(number(*role)).await.token);
        let there = number(*role) + world.other().people;
        tokens.insert(format!("{role}@operator bound"), bound(there).await.token);
        tokens.insert(format!("{role}@operator"), issue(&ours, there).await.token);
    }
    let elsewhere = issuer("docket", "somebody-else", ours.ring.clone());
    tokens.insert("wrong audience".to_owned(), issue(&elsewhere, 2).await.token);
    let stranger = issuer("stranger", "docket-api", ours.ring.clone());
    tokens.insert("unknown issuer".to_owned(), issue(&stranger, 2).await.token);
    let forged = Ring::make(&world.folder.path().join("forged"), world.now()).unwrap();
    let forger = issuer("docket", "docket-api", forged);
    tokens.insert("forged".to_owned(), issue(&forger, 2).await.token);
    let revoked = issue(&ours, 2).await;
    let revoke = json!({ "token": revoked.jti });
    world.call(&world.admin(), kernel::tool::Tool::TokenRevoke, revoke).await.unwrap();
    tokens.insert("revoked".to_owned(), revoked.token);
    (Gate::open(db.clone(), ours, &[]).unwrap(), tokens)
}

fn issuer(name: &str, audience: &str, ring: Ring) -> Issuer {
    Issuer { name: name.to_owned(), audience: audience.to_owned(), ring }
}

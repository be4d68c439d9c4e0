//! A server on a real socket, with a world behind it.

use crate::{
    identity::Caller,
    surface::http::{
        Edge, Limits,
        edge::{Setup, Verify},
        limit::Pace,
        serve,
    },
    testing::World,
};
use jiff::SignedDuration;
use kernel::{
    id::Id,
    refusal::{Code, Refusal},
    role::Role,
};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use std::{net::SocketAddr, sync::Arc, time::Duration};
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
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let world = World::new();
        let edge = Edge::new(world.door.clone(), verify(&world), setup).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let serving = {
            let (edge, stop) = (Arc::clone(&edge), stop.clone());
            async move { serve(edge, listener, None, stop).await.unwrap() }
        };
        let serving = tokio::spawn(serving);
        let client = Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        Self { world, edge, address, client, stop, serving }
    }

    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.ask(Method::GET, path).bearer_auth("dispatcher")
    }

    /// A well-made command, under a key of its own.
    pub fn command(&self, tool: &str, key: &str, input: &Value) -> RequestBuilder {
        self.ask(Method::POST, &format!("/v1/tools/{tool}"))
            .bearer_auth("dispatcher")
            .header("idempotency-key", key)
            .json(input)
    }

    pub fn create(&self, key: &str) -> RequestBuilder {
        let input = serde_json::json!({ "site": self.world.site(), "summary": "front door" });
        self.command("ticket.create", key, &input)
    }

    /// The bytes of an entry of the audit log.
    pub fn entry(&self, id: &str) -> String {
        let path = self.world.folder.path().join("docket.db");
        let connection = rusqlite::Connection::open(path).unwrap();
        let sql = "select body from audit_entry where id = ?1";
        connection.query_row(sql, [id], |row| row.get(0)).unwrap()
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

/// Tokens of a few people: a role, alone or as `role@operator` or `role@elsewhere`.
fn verify(world: &World) -> Verify {
    let here = world.tenant;
    let expires = world.now() + SignedDuration::from_mins(15);
    Arc::new(move |token| {
        let (name, place) = token.split_once('@').unwrap_or((token, "here"));
        match name {
            "expired" => {
                return Err(Refusal::new(Code::TokenExpired, "the token has expired"));
            }
            "revoked" => {
                return Err(Refusal::new(Code::TokenRevoked, "the token was revoked"));
            }
            _ => {}
        }
        let role = Role::ALL.iter().position(|role| role.name() == name);
        let Some(at) = role else {
            return Err(Refusal::new(Code::TokenInvalid, "the token cannot be read"));
        };
        Ok(Arc::new(Caller {
            tenant: if place == "elsewhere" { Id::from_parts(1, 2) } else { here },
            operator: place == "operator",
            actor: crate::testing::person(100 + at as u64),
            on_behalf_of: None,
            roles: kernel::role::Roles::of(&[Role::ALL[at]]),
            token: token.to_owned(),
            expires,
        }))
    })
}

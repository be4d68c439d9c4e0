//! Asking a server.

use super::{Server, refusal};
use crate::{
    chance::{Chance, SystemChance, WallClock},
    cli::Trouble,
    failure::Fault,
    identity::proof::make::{self, Outgoing},
};
use ed25519_dalek::SigningKey;
use kernel::{clock::Clock, refusal::Chain};
use reqwest::{
    Body, Certificate, Client, Request, RequestBuilder, Response, StatusCode, Url,
    header::{AUTHORIZATION, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;

/// Longer than the server waits for anything.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Connection {
    client: Client,
    url: Url,
    token: SecretString,
    /// What the token is bound to.
    key: Option<SigningKey>,
    json: bool,
}

/// What came back from a call that went well.
pub(super) struct Answered {
    pub body: Value,
    pub replayed: bool,
}

impl Connection {
    /// # Errors
    /// If the words do not name a server that a token may be sent to.
    pub fn open(server: &Server) -> Result<Self, Trouble> {
        let url = server.server.trim_end_matches('/');
        let url = Url::parse(url)
            .map_err(|error| Trouble::Usage(format!("`--server` is not a URL: {error}")))?;
        check(&url)?;
        let client = client(server, &url)?;
        Ok(Self {
            client,
            url,
            token: server.token()?,
            key: server.proof_key()?,
            json: server.json,
        })
    }

    pub fn get(
        &self,
        path: &[&str],
        query: &[(String, String)],
    ) -> Result<RequestBuilder, Trouble> {
        let mut url = self.at(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(self.client.get(url))
    }

    pub fn post(&self, path: &[&str], body: Vec<u8>) -> Result<RequestBuilder, Trouble> {
        let request = self.client.post(self.at(path)?);
        Ok(request.header("content-type", "application/json").body(body))
    }

    /// Words become parts of a path, whatever is in them.
    fn at(&self, path: &[&str]) -> Result<Url, Trouble> {
        let mut url = self.url.clone();
        let usage = |()| Trouble::Usage("`--server` cannot have a path".to_owned());
        url.path_segments_mut().map_err(usage)?.pop_if_empty().extend(path);
        Ok(url)
    }

    /// # Errors
    /// The server's refusal, or that it cannot be reached.
    pub async fn ask(&self, request: RequestBuilder) -> Result<Answered, Trouble> {
        let mut request = request.build().map_err(|error| unreachable(&error))?;
        self.sign(&mut request)?;
        let response = self.client.execute(request).await.map_err(|error| unreachable(&error))?;
        let replayed = response.headers().contains_key("idempotency-replayed");
        if response.status().is_success() {
            let body = response.json().await.map_err(|error| unreachable(&error))?;
            return Ok(Answered { body, replayed });
        }
        Err(self.refused(response).await)
    }

    /// Adds what says whose the request is.
    fn sign(&self, request: &mut Request) -> Result<(), Trouble> {
        let token = self.token.expose_secret();
        let Some(key) = &self.key else {
            return said(request, AUTHORIZATION, &format!("Bearer {token}"));
        };
        let mut url = request.url().clone();
        url.set_query(None);
        let about = Outgoing {
            method: request.method().as_str(),
            url: url.as_str(),
            token,
            // Nothing that is sent here is a stream.
            body: request.body().and_then(Body::as_bytes).unwrap_or_default(),
        };
        let jti = format!("{:032x}", SystemChance.bits());
        let proof = make::proof(key, &jti, WallClock.now(), &about);
        said(request, HeaderName::from_static("dpop"), &proof)?;
        said(request, AUTHORIZATION, &format!("DPoP {token}"))
    }

    async fn refused(&self, response: Response) -> Trouble {
        let status = response.status();
        match response.json::<Value>().await {
            Ok(problem) if status != StatusCode::INTERNAL_SERVER_ERROR => {
                let text = if self.json { problem.to_string() } else { refusal::told(&problem) };
                Trouble::Refused(text)
            }
            Ok(problem) => {
                let correlation = problem["correlation_id"].as_str().unwrap_or("unknown");
                broke(format!("something broke on the server; its log has it as `{correlation}`"))
            }
            Err(_) => {
                broke(format!("the server answered {status}, which is no answer of Docket's"))
            }
        }
    }
}

/// Says something in a header that no log repeats.
fn said(request: &mut Request, name: HeaderName, text: &str) -> Result<(), Trouble> {
    let mut value = HeaderValue::from_str(text).map_err(|error| broke(error.to_string()))?;
    value.set_sensitive(true);
    request.headers_mut().insert(name, value);
    Ok(())
}

/// A token that is sent in the clear is anybody's.
fn check(url: &Url) -> Result<(), Trouble> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        "http" => {
            Err(Trouble::Usage("a token is sent over https, or not beyond this machine".into()))
        }
        _ => Err(Trouble::Usage("`--server` is an `https` or `http` URL".to_owned())),
    }
}

fn client(server: &Server, url: &Url) -> Result<Client, Trouble> {
    // One that is installed already is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut builder = Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("docket/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &server.ca {
        let bad = |text: String| Trouble::Usage(format!("`{}`: {text}", path.display()));
        let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
        let all = Certificate::from_pem_bundle(&pem).map_err(|error| bad(error.to_string()))?;
        builder = builder.tls_certs_merge(all);
    }
    if url.scheme() == "http" {
        // Nothing is encrypted, and a machine without certificates will do.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| broke(Chain(&error).to_string()))
}

fn unreachable(error: &reqwest::Error) -> Trouble {
    broke(format!("the server cannot be reached: {}", Chain(error)))
}

fn broke(text: String) -> Trouble {
    Trouble::Broke(Fault::Other(text))
}

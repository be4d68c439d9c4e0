//! A client that knows no more of the server than the bytes on the wire.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use docket::{
    chance::WallClock,
    identity::proof::make::{self, Outgoing},
};
use ed25519_dalek::SigningKey;
use kernel::clock::Clock;
use serde_json::Value;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

pub struct Client {
    stream: BufReader<TcpStream>,
    token: String,
    /// What proofs name.
    url: String,
}

/// The key that everybody here has who has one.
pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

/// What a token says of itself.
pub fn claims(token: &str) -> Value {
    let said = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(said).unwrap()).unwrap()
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
}

impl Client {
    pub fn connect(to: SocketAddr, token: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let url = format!("http://{to}");
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned(), url })
    }

    /// Calls a tool. An error means that nobody answered.
    pub fn call(
        &mut self,
        tool: &str,
        key: &str,
        version: Option<i64>,
        input: &Value,
    ) -> io::Result<Reply> {
        let body = input.to_string();
        let if_match =
            version.map(|version| format!("if-match: \"{version}\"\r\n")).unwrap_or_default();
        let more =
            format!("content-type: application/json\r\nidempotency-key: {key}\r\n{if_match}");
        self.ask("POST", &format!("/v1/tools/{tool}"), &more, body.as_bytes())
    }

    /// Sends a request with these further headers.
    pub fn ask(&mut self, method: &str, path: &str, more: &str, body: &[u8]) -> io::Result<Reply> {
        let request = request(&self.url, &self.token, method, path, more, body);
        self.send(&request)
    }

    pub fn send(&mut self, request: &[u8]) -> io::Result<Reply> {
        self.stream.get_mut().write_all(request)?;
        let mut line = String::new();
        self.line(&mut line)?;
        let status = line.get(9..12).and_then(|text| text.parse().ok()).ok_or_else(cut_off)?;
        let mut headers = Vec::new();
        loop {
            self.line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
                None => break,
            }
        }
        let mut reply = Reply { status, headers, body: String::new() };
        let length = reply.header("content-length").map_or(Ok(0), str::parse);
        let mut body = vec![0; length.map_err(|_| cut_off())?];
        self.stream.read_exact(&mut body)?;
        reply.body = String::from_utf8(body).map_err(|_| cut_off())?;
        Ok(reply)
    }

    fn line(&mut self, line: &mut String) -> io::Result<()> {
        line.clear();
        if self.stream.read_line(line)? == 0 { Err(cut_off()) } else { Ok(()) }
    }
}

/// A request as it goes over the wire, with a proof if its token is bound to a key.
pub fn request(
    url: &str,
    token: &str,
    method: &str,
    path: &str,
    more: &str,
    body: &[u8],
) -> Vec<u8> {
    let says = if token.is_empty() || claims(token)["cnf"].is_null() {
        format!("Bearer {token}")
    } else {
        let url = format!("{url}{}", path.split('?').next().unwrap());
        let about = Outgoing { method, url: &url, token, body };
        let jti = format!("{:032x}", rand::random::<u128>());
        format!("DPoP {token}\r\ndpop: {}", make::proof(&key(), &jti, WallClock.now(), &about))
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\nauthorization: {says}\r\n{more}\
         content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn cut_off() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

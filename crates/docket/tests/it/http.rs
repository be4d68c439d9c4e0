//! A client that knows no more of the server than the bytes on the wire.

use serde_json::Value;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

pub struct Client {
    stream: BufReader<TcpStream>,
    token: String,
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
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned() })
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
        let request = format!(
            "POST /v1/tools/{tool} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\nidempotency-key: {key}\r\n{if_match}\
             content-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.send(request.as_bytes())
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

fn cut_off() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

//! A load generator that costs little: one connection per task, requests built
//! by hand, answers read as far as their length.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One connection that is kept open.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Client {
    pub async fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket can be told not to wait");
        Self { stream, buffer: Vec::with_capacity(16_384) }
    }

    pub async fn send(&mut self, request: &[u8]) -> Reply {
        self.stream.write_all(request).await.expect("the server reads");
        self.buffer.clear();
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            let read = self.stream.read_buf(&mut self.buffer).await.expect("the server answers");
            assert!(read > 0, "the server hung up");
        };
        let text = std::str::from_utf8(&self.buffer[..head]).expect("headers are text");
        let status = text[9..12].parse().expect("a status is a number");
        let length = length(text);
        while self.buffer.len() < head + length {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("the server answers");
            assert!(read > 0, "the server hung up");
        }
        Reply { status, body: self.buffer[head..head + length].to_vec() }
    }
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}

fn length(head: &str) -> usize {
    let mut named = head.lines().filter_map(|line| line.split_once(':'));
    let found = named.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    found.map_or(0, |(_, value)| value.trim().parse().expect("a length is a number"))
}

/// A command, as bytes on the wire.
pub fn post(path: &str, token: &str, key: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\nidempotency-key: {key}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}

/// Sends `count` requests over `connections` and says how long that took, in seconds.
pub async fn load(
    to: SocketAddr,
    connections: usize,
    count: usize,
    request: Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>,
) -> f64 {
    let next = Arc::new(AtomicUsize::new(0));
    let start = std::time::Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (request, next) = (Arc::clone(&request), Arc::clone(&next));
            tokio::spawn(async move {
                let mut client = Client::connect(to).await;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    let reply = client.send(&request(number)).await;
                    let text = || String::from_utf8_lossy(&reply.body).into_owned();
                    assert!(reply.status < 300, "{}: {}", reply.status, text());
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no request fails");
    }
    start.elapsed().as_secs_f64()
}

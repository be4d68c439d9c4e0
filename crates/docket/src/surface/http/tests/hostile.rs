//! What people send who mean no good, and what broken clients send.

use super::site::{Server, refused};
use insta::assert_snapshot;
use reqwest::{Body, Method, RequestBuilder};
use serde_json::json;

impl Server {
    fn body(&self, body: impl Into<Body>) -> RequestBuilder {
        self.ask_as("dispatcher", Method::POST, "/v1/tools/ticket.create")
            .header("idempotency-key", "a")
            .header("content-type", "application/json")
            .body(body)
    }

    fn summary(&self, summary: &str) -> RequestBuilder {
        self.body(json!({ "site": self.world.site(), "summary": summary }).to_string())
    }
}

#[tokio::test]
async fn bad_bodies_get_a_precise_refusal_and_the_process_lives() {
    let server = Server::start().await;
    let site = server.world.site();
    let bad_utf8 = [b"{\"summary\":\"".as_slice(), &[0xc3, 0x28], b"\"}"].concat();
    let deep = format!("{{\"summary\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let bad = [
        ("nothing", server.body("")),
        ("half an object", server.body("{\"site\":")),
        ("two objects", server.body("{}{}")),
        ("an array", server.body("[]")),
        ("bad UTF-8", server.body(bad_utf8)),
        ("deep nesting", server.body(deep)),
        ("10 MB that say so", server.body("x".repeat(10 << 20))),
        (
            "an unknown field",
            server.body(format!("{{\"site\":\"{site}\",\"summary\":\"x\",\"a\":1}}")),
        ),
        ("a field twice", server.body(format!("{{\"site\":\"{site}\",\"site\":\"{site}\"}}"))),
        ("a NUL", server.summary("front\0door")),
        ("an id of another kind", server.body("{\"site\":\"tkt_00000000010000000000000001\"}")),
        ("a malformed id", server.body("{\"site\":\"sit_1\"}")),
        (
            "a foreign id",
            server.body("{\"site\":\"sit_7ZZZZZZZZZZZZZZZZZZZZZZZZZ\",\"summary\":\"x\"}"),
        ),
        ("a number too large", server.body("{\"site\":1e999}")),
        (
            "another media type",
            server
                .ask_as("dispatcher", Method::POST, "/v1/tools/ticket.create")
                .header("content-type", "text/json")
                .body("{}"),
        ),
        (
            "another charset",
            server
                .ask_as("dispatcher", Method::POST, "/v1/tools/ticket.create")
                .header("content-type", "application/json; charset=latin1")
                .body("{}"),
        ),
        (
            "no media type",
            server.ask_as("dispatcher", Method::POST, "/v1/tools/ticket.create").body("{}"),
        ),
    ];
    let mut seen = String::new();
    for (what, request) in bad {
        let (status, code) = refused(request).await;
        seen += &format!("{what:24}{status} {code}\n");
    }
    assert_snapshot!(seen);
    assert_eq!(server.create("still-alive").send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn bad_headers_and_addresses_get_a_precise_refusal() {
    let server = Server::start().await;
    let long = "x".repeat(129);
    let ticket = "/v1/tickets/tkt_00000000010000000000000001";
    let latin = reqwest::header::HeaderValue::from_bytes(&[0xe9]).unwrap();
    let match_ = |value: &str| server.create("a").header("if-match", value);
    let other = |name: &str| Method::from_bytes(name.as_bytes()).unwrap();
    let bad = [
        ("no such address", server.get("/v1/nothing")),
        ("a double slash", server.get("//")),
        ("a slash too much", server.get("/v1/tools/")),
        ("dots", server.get("/v1/tickets/%2e%2e%2fetc")),
        ("a path that is no UTF-8", server.get("/v1/tickets/%ff")),
        ("a NUL in the path", server.get("/v1/tickets/tkt_%00")),
        ("no such tool", server.command("ticket.explode", "a", &json!({}))),
        ("an unknown method", server.ask(other("BREW"), "/v1/tools")),
        ("another method", server.ask(Method::DELETE, "/v1/tools")),
        ("a query on a call", server.command("ticket.create?a=1", "a", &json!({}))),
        ("an unknown parameter", server.get(&format!("{ticket}?wide=true"))),
        ("the path again", server.get(&format!("{ticket}?ticket=tkt_1"))),
        ("a foreign ticket", server.get(ticket)),
        ("no key", server.body("{}").header("idempotency-key", "b")),
        (
            "a key of spaces",
            server.command(
                "ticket.create",
                " a b ",
                &json!({ "site": server.world.site(), "summary": "x" }),
            ),
        ),
        (
            "a key not in ASCII",
            server
                .ask_as("dispatcher", Method::POST, "/v1/tools/ticket.create")
                .header("idempotency-key", latin)
                .json(&json!({})),
        ),
        ("any version", match_("*")),
        ("a weak version", match_("W/\"1\"")),
        ("a list of versions", match_("\"1\", \"2\"")),
        ("a bare version", match_("1")),
        ("a version with a sign", match_("\"+1\"")),
        ("a huge version", match_("\"99999999999999999999\"")),
        ("a long correlation id", server.get("/v1/tools").header("x-correlation-id", long)),
        ("a spaced correlation id", server.get("/v1/tools").header("x-correlation-id", "a b")),
        (
            "two correlation ids",
            server.get("/v1/tools").header("x-correlation-id", "a").header("x-correlation-id", "b"),
        ),
        ("two tokens", server.get("/v1/tools").header("authorization", "Bearer auditor")),
        (
            "another scheme",
            server.ask(Method::GET, "/v1/tools").header("authorization", "Basic YTpi"),
        ),
    ];
    let mut seen = String::new();
    for (what, request) in bad {
        let (status, code) = refused(request).await;
        seen += &format!("{what:26}{status} {code}\n");
    }
    assert_snapshot!(seen);
    assert_eq!(server.create("still-alive").send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_body_whose_length_nobody_announced_is_cut_off_too() {
    let server = Server::start().await;
    let piece = format!("100000\r\n{}\r\n", "x".repeat(1 << 20));
    let answer = server
        .raw(format!(
            "POST /v1/tools/ticket.create HTTP/1.1\r\nHost: x\r\n\
             {}\r\nContent-Type: application/json\r\n\
             Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
            server.line_of("dispatcher"),
            piece.repeat(10),
        ))
        .await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("input.too_large"), "{answer}");
}

#[tokio::test]
async fn bytes_that_are_no_request_get_a_4xx_and_the_process_lives() {
    let server = Server::start().await;
    let line = |rest: &str| format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{rest}\r\n");
    let bad = [
        ("no HTTP at all", "hello\r\n\r\n".to_owned()),
        ("TLS on a plain port", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\r\n\r\n".to_owned()),
        ("a space in the path", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        ("a version to come", "GET / HTTP/9.9\r\nHost: x\r\n\r\n".to_owned()),
        ("a header without colon", line("nonsense\r\n")),
        ("a NUL in a header", line("x-a: a\0b\r\n")),
        ("two lengths", line("Content-Length: 1\r\nContent-Length: 2\r\n")),
        ("a negative length", line("Content-Length: -1\r\n")),
        ("too many headers", line(&"x-a: b\r\n".repeat(500))),
        ("headers too large", line(&format!("x-a: {}\r\n", "b".repeat(64 << 10)))),
        (
            "an address too large",
            format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(64 << 10)),
        ),
    ];
    let mut seen = String::new();
    for (what, bytes) in bad {
        let answer = server.raw(bytes).await;
        seen += &format!("{what:24}{}\n", answer.lines().next().unwrap_or("closed"));
    }
    assert_snapshot!(seen);
    assert_eq!(server.create("still-alive").send().await.unwrap().status(), 201);
}

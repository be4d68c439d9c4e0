use super::site::{Server, problem, refused};
use crate::surface::http::evidence::{Wanted, wanted};
use axum::http::{HeaderMap, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::{canonical::Digest, tool::Tool};
use proptest::prelude::*;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const NOTE: &str = "sweep 6 s, latch 2 s; tested ten cycles";

fn content_digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64_STANDARD.encode(Digest::of_bytes(bytes).0))
}

impl Server {
    fn put(&self, bytes: impl Into<reqwest::Body>) -> RequestBuilder {
        self.ask_as("technician", Method::PUT, "/v1/evidence").body(bytes)
    }

    fn patch(&self, place: &str, offset: usize, bytes: &'static str) -> RequestBuilder {
        self.ask_as("technician", Method::PATCH, place).header("upload-offset", offset).body(bytes)
    }

    async fn begin(&self) -> String {
        let begun = self.ask_as("technician", Method::POST, "/v1/uploads");
        let begun = begun.header("content-digest", content_digest(NOTE.as_bytes()));
        let begun = begun.send().await.unwrap();
        assert_eq!(
            (begun.status().as_u16(), &begun.headers()["upload-offset"]),
            (201, &"0".parse().unwrap())
        );
        begun.headers()["location"].to_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn bytes_are_kept_as_what_they_are_and_not_as_what_they_are_called() {
    let server = Server::start().await;
    let request = server.put(NOTE).header("content-type", "image/png");
    let stored = request.header("content-digest", content_digest(NOTE.as_bytes()));
    let stored = stored.send().await.unwrap();
    assert_eq!(stored.status(), 201);
    let stored: Value = stored.json().await.unwrap();
    let digest = Digest::of_bytes(NOTE.as_bytes()).to_string();
    let held =
        json!({ "digest": digest, "size": NOTE.len(), "media_type": "text/plain; charset=utf-8" });
    assert_eq!(stored["result"], held);

    // On no ticket they are nobody's evidence, so they are not there.
    let path = format!("/v1/evidence/{digest}");
    assert_eq!(refused(server.get(&path)).await, (404, "record.not_found".into()));
}

#[tokio::test]
async fn bytes_that_are_not_what_was_announced_are_refused() {
    let server = Server::start().await;
    let other = server.put("another text").header("content-digest", content_digest(b"a text"));
    assert_eq!(refused(other).await, (409, "evidence.digest_mismatch".into()));
    let odd = server.put("a text").header("content-digest", "sha-256=:AAAA:");
    assert_eq!(refused(odd).await, (400, "header.malformed".into()));
    let program = server.put(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".as_slice());
    assert_eq!(refused(program).await, (415, "evidence.media_type".into()));
    let forbidden = server.ask_as("auditor", Method::PUT, "/v1/evidence").body(NOTE);
    assert_eq!(refused(forbidden).await, (403, "role.forbidden".into()));
    let huge = server.put(vec![b'x'; 26 << 20]);
    assert_eq!(refused(huge).await, (413, "evidence.too_large".into()));
}

#[tokio::test]
async fn an_upload_in_parts_goes_on_where_it_stopped() {
    let server = Server::start().await;
    let place = server.begin().await;
    let (first, rest) = NOTE.split_at(10);

    let part = server.patch(&place, 0, first).send().await.unwrap();
    assert_eq!(
        (part.status().as_u16(), &part.headers()["upload-offset"]),
        (200, &"10".parse().unwrap())
    );
    let head = server.ask_as("technician", Method::HEAD, &place).send().await.unwrap();
    assert_eq!(head.headers()["upload-offset"], "10");

    let again = server.patch(&place, 0, first).send().await.unwrap();
    assert_eq!(again.headers()["upload-offset"], "10");
    let (status, again) = problem(again).await;
    assert_eq!((status, again["code"].as_str()), (409, Some("upload.offset")));

    let whole = server.patch(&place, 10, rest).header("upload-complete", "?1");
    let whole = whole.send().await.unwrap();
    assert_eq!(whole.status(), 201);
    let whole: Value = whole.json().await.unwrap();
    assert_eq!(whole["result"]["digest"], Digest::of_bytes(NOTE.as_bytes()).to_string());

    let again = server.patch(&place, NOTE.len(), "").header("upload-complete", "?1");
    let again: Value = again.send().await.unwrap().json().await.unwrap();
    assert_eq!(again["result"], whole["result"]);
}

#[tokio::test]
async fn an_upload_of_somebody_else_is_not_there() {
    let server = Server::start().await;
    let place = server.begin().await;
    let other = server.ask_as("dispatcher", Method::GET, &place);
    assert_eq!(refused(other).await, (404, "record.not_found".into()));
    let odd = server.ask_as("technician", Method::GET, "/v1/uploads/tkt_1");
    assert_eq!(refused(odd).await, (400, "input.malformed".into()));
    let bare = server.ask_as("technician", Method::PATCH, &place).body("x");
    assert_eq!(refused(bare).await, (400, "header.malformed".into()));
    let odd = server.patch(&place, 0, "x").header("upload-complete", "yes");
    assert_eq!(refused(odd).await, (400, "header.malformed".into()));
}

fn asked(range: &str) -> Option<Wanted> {
    let mut headers = HeaderMap::new();
    headers.insert(header::RANGE, range.parse().unwrap());
    wanted(&headers, "digest")
}

#[test]
fn a_range_is_read_as_its_rfc_says() {
    assert_eq!(asked("bytes=0-0"), Some(Wanted::Between(0, 0)));
    assert_eq!(asked("bytes=5-"), Some(Wanted::From(5)));
    assert_eq!(asked("bytes=-5"), Some(Wanted::Last(5)));
    for all in
        ["bytes=5-4", "bytes=-", "bytes=a-b", "bytes=+1-2", "lines=1-2", "bytes=0-1,3-4", "0-1"]
    {
        assert_eq!(asked(all), None, "{all}");
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::RANGE, "bytes=0-1".parse().unwrap());
    headers.insert(header::IF_RANGE, "\"other\"".parse().unwrap());
    assert_eq!(wanted(&headers, "digest"), None);
    headers.insert(header::IF_RANGE, "\"digest\"".parse().unwrap());
    assert_eq!(wanted(&headers, "digest"), Some(Wanted::Between(0, 1)));
}

proptest! {
    #[test]
    fn no_range_breaks_the_reader(text in "[ -~]{0,40}") {
        let _ = asked(&text);
        let _ = asked(&format!("bytes={text}"));
    }
}

#[tokio::test]
async fn evidence_of_a_ticket_is_read_whole_and_in_ranges() {
    let server = Server::start().await;
    let ticket = server.world.in_progress().await;
    let bytes = NOTE.as_bytes();
    let digest = Digest::of_bytes(bytes);
    server.put(NOTE).send().await.unwrap().error_for_status().unwrap();
    let input = json!({ "key": "extra_note", "digest": digest });
    let technician = server.world.tech_caller(0);
    server.world.on(&technician, Tool::CloseoutAddEvidence, ticket, input).await.unwrap();

    let path = format!("/v1/evidence/{digest}");
    let whole = server.get(&path).send().await.unwrap();
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(whole.headers()["content-disposition"], "attachment");
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    assert_eq!(whole.headers()["repr-digest"], content_digest(bytes));
    assert_eq!(whole.bytes().await.unwrap(), bytes);

    let size = bytes.len();
    for (range, from, to) in [
        ("bytes=0-4".to_owned(), 0, 5),
        ("bytes=5-".to_owned(), 5, size),
        ("bytes=-5".to_owned(), size - 5, size),
        (format!("bytes=3-{}", size + 100), 3, size),
    ] {
        let part = server.get(&path).header("range", &range).send().await.unwrap();
        assert_eq!(part.status(), 206, "{range}");
        let said = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(part.headers()["content-range"], said.as_str(), "{range}");
        assert_eq!(part.bytes().await.unwrap(), &bytes[from..to], "{range}");
    }

    let beyond = server.get(&path).header("range", format!("bytes={size}-")).send().await.unwrap();
    assert_eq!(beyond.headers()["content-range"], format!("bytes */{size}").as_str());
    let (status, beyond) = problem(beyond).await;
    assert_eq!((status, beyond["code"].as_str()), (416, Some("evidence.range")));

    let head = server.ask_as("dispatcher", Method::HEAD, &path).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], size.to_string().as_str());
    assert_eq!(head.bytes().await.unwrap().len(), 0);

    let foreign = server.ask_as("dispatcher@operator", Method::GET, &path);
    assert_eq!(refused(foreign).await, (404, "record.not_found".into()));
}

use super::site::{Server, limits, problem, refused};
use crate::surface::http::{
    Limits, Setup,
    limit::{Buckets, Pace},
};
use kernel::{role::Role, tool::Tool};
use proptest::prelude::*;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn whoever_asks_too_fast_waits_and_others_do_not() {
    let server = Server::with_pace(Pace { per_second: 1, burst: 2 }).await;
    let first = server.get("/v1/tools").send().await.unwrap();
    assert_eq!(first.headers()["ratelimit-policy"], "\"token\";q=2;w=2");
    assert_eq!(first.headers()["ratelimit"], "\"token\";r=1;t=1");
    server.get("/v1/tools").send().await.unwrap();

    let third = server.get("/v1/tools").send().await.unwrap();
    assert_eq!(third.headers()["retry-after"], "1");
    assert_eq!(third.headers()["ratelimit"], "\"token\";r=0;t=1");
    let (status, problem) = problem(third).await;
    assert_eq!((status, problem["code"].as_str()), (429, Some("request.too_many")));

    let other = server.ask_as("auditor", Method::GET, "/v1/tools");
    assert_eq!(other.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_for_which_there_is_no_room_comes_back_later() {
    let limits = Limits { requests: 0, ..limits() };
    let server = Server::with(Setup { limits, ..Setup::default() }).await;
    let full = server.create("a").send().await.unwrap();
    assert_eq!(full.headers()["retry-after"], "1");
    let (status, problem) = problem(full).await;
    assert_eq!((status, problem["code"].as_str()), (503, Some("server.unready")));
}

#[tokio::test]
async fn half_a_request_is_closed_when_its_time_is_up() {
    let limits = Limits { idle_timeout: Duration::from_secs(600), ..limits() };
    let server = Server::with(Setup { limits, ..Setup::default() }).await;
    let nothing = server.raw("GET /healthz HTTP/1.1\r\nHost: x\r\n").await;
    assert!(nothing.is_empty() || nothing.starts_with("HTTP/1.1 408"), "{nothing}");

    let half = format!(
        "POST /v1/tools/ticket.create HTTP/1.1\r\nHost: x\r\n{}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"site\":",
        server.line_of("dispatcher"),
    );
    let late = server.raw(half).await;
    assert!(late.starts_with("HTTP/1.1 408 "), "{late}");
    assert!(late.contains("request.timeout"), "{late}");
}

#[tokio::test]
async fn a_connection_that_only_idles_is_closed_later_than_one_that_dawdles() {
    let idle_timeout = Duration::from_millis(300);
    let limits = Limits { idle_timeout, header_timeout: Duration::from_millis(50), ..limits() };
    let server = Server::with(Setup { limits, ..Setup::default() }).await;
    let begun = Instant::now();
    server.raw("GET /heal").await;
    let dawdled = begun.elapsed();

    let begun = Instant::now();
    let answer = server.raw("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(begun.elapsed() >= idle_timeout, "{:?}", begun.elapsed());
    assert!(dawdled < Duration::from_secs(20), "{dawdled:?}");
}

#[tokio::test]
async fn an_answer_that_nobody_reads_does_not_keep_its_connection() {
    let limits = Limits { idle_timeout: Duration::from_millis(200), ..limits() };
    let server = Server::with(Setup { limits, ..Setup::default() }).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let who = server.line_of("auditor");
    let ask = format!("GET /openapi.json HTTP/1.1\r\nHost: x\r\n{who}\r\n\r\n");
    // Far more answers than any buffer between us holds; writing ends with an
    // error once the server has given up.
    let mut asked = 0_u64;
    while stream.write_all(ask.as_bytes()).await.is_ok() {
        asked += 1;
        assert!(asked < 50_000_000, "the server goes on for ever");
    }
}

#[test]
fn only_a_trusted_proxy_says_whose_request_it_is() {
    let setup = Setup { proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Setup::default() };
    let source = |peer: &str, forwarded: &[&str]| {
        let mut headers = axum::http::HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        setup.source(peer.parse().unwrap(), &headers).to_string()
    };
    assert_eq!(source("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    assert_eq!(source("10.0.0.1", &[]), "10.0.0.1");
    assert_eq!(source("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    assert_eq!(source("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
    assert_eq!(source("10.0.0.1", &["1.1.1.1", "198.51.100.7"]), "198.51.100.7");
    assert_eq!(source("10.0.0.1", &["1.1.1.1, nonsense"]), "10.0.0.1");

    let takes = |peer: &str| setup.takes(peer.parse().unwrap());
    assert!(takes("10.1.2.3") && takes("127.0.0.1") && takes("::ffff:10.1.2.3"));
    assert!(!takes("192.0.2.1"));
}

#[tokio::test]
async fn a_sender_that_goes_away_in_the_middle_leaves_nothing_behind() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let half = format!(
        "POST /v1/tools/ticket.create HTTP/1.1\r\nHost: x\r\n{}\r\nIdempotency-Key: a\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"site\":",
        server.line_of("dispatcher"),
    );
    stream.write_all(half.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(server.create("a").send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_connection_more_waits_for_one_to_close() {
    let limits = Limits { connections: 1, header_timeout: Duration::from_secs(20), ..limits() };
    let server = Server::with(Setup { limits, ..Setup::default() }).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");

    let second = server.raw("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    tokio::pin!(second);
    assert!(futures_util::poll!(second.as_mut()).is_pending());
    drop(first);
    assert!(second.await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_what_it_has_begun() {
    let server = Server::start().await;
    let body = serde_json::json!({ "site": server.world.site(), "summary": "x" }).to_string();
    let (head, tail) = body.split_at(10);
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let begun = format!(
        "POST /v1/tools/ticket.create HTTP/1.1\r\nHost: x\r\n{}\r\n\
         Content-Type: application/json\r\nIdempotency-Key: a\r\nExpect: 100-continue\r\n\
         Content-Length: {}\r\n\r\n",
        server.line_of("dispatcher"),
        body.len(),
    );
    stream.write_all(begun.as_bytes()).await.unwrap();
    // `100 Continue` comes when the handler has begun to wait for the body.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 "), "{go_on:?}");

    server.stop.cancel();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(tail.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    server.serving.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nothing listens any more");
}

#[tokio::test]
async fn metrics_need_their_credential_and_are_not_there_without_one() {
    let server = Server::start().await;
    let ask = |token: &str| server.ask(Method::GET, "/metrics").bearer_auth(token.to_owned());
    assert_eq!(refused(ask("dispatcher")).await, (404, "route.unknown".into()));

    let setup = Setup {
        limits: limits(),
        metrics_token: Some("scrape".to_owned().into()),
        ..Setup::default()
    };
    let server = Server::with(setup).await;
    let ask = |token: &str| server.ask(Method::GET, "/metrics").bearer_auth(token.to_owned());
    assert_eq!(refused(ask("dispatcher")).await, (401, "token.invalid".into()));
    server.create("a").send().await.unwrap();
    let text = ask("scrape").send().await.unwrap().text().await.unwrap();
    let line = "docket_http_requests_total{method=\"POST\",route=\"/v1/tools/ticket.create\",status=\"201\"} 1";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("docket_refusals_total{code=\"token.invalid\"} 1"), "{text}");
}

#[tokio::test]
async fn jobs_are_counted_by_kind_and_those_that_tenants_made_up_by_one_name() {
    let setup = Setup {
        limits: limits(),
        metrics_token: Some("scrape".to_owned().into()),
        kinds: vec!["hold.expire"],
        ..Setup::default()
    };
    let server = Server::with(setup).await;
    let (integration, worker) =
        (server.world.caller(25, &[Role::Integration]), server.world.caller(26, &[Role::Worker]));
    for kind in ["ext.a", "ext.b", "ext.b", "ext.b"] {
        let input = json!({ "kind": kind, "payload": {} });
        server.world.call(&integration, Tool::JobEnqueue, input).await.unwrap();
    }
    let input = json!({ "kinds": ["ext.b"], "count": 2 });
    let taken = server.world.call(&worker, Tool::JobClaim, input).await.unwrap();
    let job = &taken["result"]["jobs"][0];
    let vain = json!({ "job": job["job"], "lease": job["lease"], "error": "a.b", "retry": false });
    server.world.call(&worker, Tool::JobFail, vain).await.unwrap();
    server.world.clock.advance(jiff::SignedDuration::from_secs(30));

    let scrape = server.ask(Method::GET, "/metrics").bearer_auth("scrape");
    let text = scrape.send().await.unwrap().text().await.unwrap();
    for line in [
        "docket_jobs_queued{kind=\"ext\"} 2",
        "docket_jobs_running{kind=\"ext\"} 1",
        "docket_jobs_dead{kind=\"ext\"} 1",
        "docket_jobs_oldest_age_seconds{kind=\"ext\"} 30",
        "docket_jobs_queued{kind=\"hold.expire\"} 0",
    ] {
        assert!(text.contains(line), "`{line}` is missing: {text}");
    }
    assert!(!text.contains("ext.a"), "what a tenant made up is no label");
}

/// What a scraper reads.
async fn scraped(server: &Server) -> String {
    let scrape = server.ask(Method::GET, "/metrics").bearer_auth("scrape");
    scrape.send().await.unwrap().text().await.unwrap()
}

async fn with_metrics() -> Server {
    let metrics_token = Some("scrape".to_owned().into());
    Server::with(Setup { limits: limits(), metrics_token, ..Setup::default() }).await
}

#[tokio::test]
async fn how_long_jobs_of_others_wait_and_run_and_how_often_they_are_tried_is_counted() {
    let server = with_metrics().await;
    let world = &server.world;
    let (integration, worker) =
        (world.caller(25, &[Role::Integration]), world.caller(26, &[Role::Worker]));
    let say = async |tool, job: &serde_json::Value, more: serde_json::Value| {
        let mut input = json!({ "job": job["job"], "lease": job["lease"] });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.call(&worker, tool, input).await.unwrap();
    };
    let claim = async || {
        let input = json!({ "kinds": ["ext.dig"] });
        let taken = world.call(&worker, Tool::JobClaim, input).await.unwrap();
        taken["result"]["jobs"][0].clone()
    };
    let input = json!({ "kind": "ext.dig", "payload": {}, "attempts": 3 });
    world.call(&integration, Tool::JobEnqueue, input.clone()).await.unwrap();
    world.clock.advance(jiff::SignedDuration::from_secs(20));
    let job = claim().await;
    world.clock.advance(jiff::SignedDuration::from_secs(2));
    let until = json!({ "error": "a.b", "not_before": world.now() });
    say(Tool::JobFail, &job, until).await;
    let once = scraped(&server).await;
    for line in [
        "docket_job_latency_seconds_sum{kind=\"ext\"} 20.0\n",
        "docket_job_latency_seconds_count{kind=\"ext\"} 1\n",
        "docket_job_latency_seconds_bucket{le=\"30.0\",kind=\"ext\"} 1\n",
        "docket_job_latency_seconds_bucket{le=\"5.0\",kind=\"ext\"} 0\n",
        "docket_job_duration_seconds_sum{kind=\"ext\"} 2.0\n",
    ] {
        assert!(once.contains(line), "`{line}` is missing: {once}");
    }
    assert!(!once.contains("docket_job_attempts_count{kind=\"ext\"}"), "it is tried again");

    world.clock.advance(jiff::SignedDuration::from_hours(1));
    world.work_off().await;
    let job = claim().await;
    say(Tool::JobComplete, &job, json!({})).await;
    world.call(&integration, Tool::JobEnqueue, input).await.unwrap();
    let job = claim().await;
    say(Tool::JobFail, &job, json!({ "error": "a.b", "retry": false })).await;
    let all = scraped(&server).await;
    for line in [
        "docket_job_latency_seconds_count{kind=\"ext\"} 3\n",
        "docket_job_duration_seconds_count{kind=\"ext\"} 3\n",
        "docket_job_attempts_sum{kind=\"ext\"} 3.0\n",
        "docket_job_attempts_count{kind=\"ext\"} 2\n",
        "docket_job_attempts_bucket{le=\"1.0\",kind=\"ext\"} 1\n",
    ] {
        assert!(all.contains(line), "`{line}` is missing: {all}");
    }
    assert!(!all.contains("ext.dig"), "what a tenant made up is no label");
}

#[tokio::test]
async fn what_docket_does_itself_is_counted_under_its_own_name() {
    let server = with_metrics().await;
    server.world.scheduled().await;
    server.world.work_off().await;
    let text = scraped(&server).await;
    let counted = |name: &str| {
        let line = format!("docket_job_{name}_count{{kind=\"outgoing.deliver\"}} ");
        let found = text.lines().find_map(|read| read.strip_prefix(&line));
        found.unwrap_or_else(|| panic!("`{line}` is missing: {text}")).parse::<u64>().unwrap()
    };
    let sent = counted("attempts");
    assert!(sent >= 1);
    assert_eq!((counted("latency_seconds"), counted("duration_seconds")), (sent, sent));
}

#[tokio::test]
async fn a_call_that_is_refused_or_said_again_is_not_counted_again() {
    let server = with_metrics().await;
    let world = &server.world;
    let input = json!({ "kind": "ext.dig", "payload": {} });
    world.call(&world.caller(25, &[Role::Integration]), Tool::JobEnqueue, input).await.unwrap();
    let worker = world.caller(26, &[Role::Worker]);
    let mut call =
        crate::door::Call::new(Tool::JobClaim, json!({ "kinds": ["ext.dig"] }).to_string(), "test");
    call.key = Some("k".to_owned());
    for replayed in [false, true] {
        assert_eq!(world.send(&worker, call.clone()).await.unwrap().replayed, replayed);
    }
    let text = scraped(&server).await;
    assert!(text.contains("docket_job_latency_seconds_count{kind=\"ext\"} 1\n"), "{text}");
}

proptest! {
    /// Within any stretch of time nobody gets more than a bucket and its drip.
    #[test]
    fn a_bucket_never_gives_more_than_its_pace(
        per_second in 1_u32..50,
        burst in 1_u32..50,
        pauses in proptest::collection::vec(0_u64..500, 1..200),
    ) {
        let buckets = Buckets::new(Some(Pace { per_second, burst }));
        let begin = Instant::now();
        let (mut now, mut granted) = (begin, 0_u32);
        for pause in pauses {
            now += Duration::from_millis(pause);
            granted += u32::from(!buckets.take("somebody", now).unwrap().spent);
            let seconds = now.duration_since(begin).as_secs_f64();
            prop_assert!(f64::from(granted) <= f64::from(burst) + seconds * f64::from(per_second) + 1e-6);
        }
    }

    /// Whoever waits as long as they were told is let in.
    #[test]
    fn waiting_as_told_helps(per_second in 1_u32..50, burst in 1_u32..50) {
        let buckets = Buckets::new(Some(Pace { per_second, burst }));
        let now = Instant::now();
        for _ in 0..burst {
            prop_assert!(!buckets.take("somebody", now).unwrap().spent);
        }
        let refused = buckets.take("somebody", now).unwrap();
        prop_assert!(refused.spent);
        let later = now + Duration::from_secs(refused.seconds.into());
        prop_assert!(!buckets.take("somebody", later).unwrap().spent);
    }
}

//! Workers that wait for jobs over HTTP.

use super::site::{Server, limits, problem};
use crate::surface::http::{Limits, Setup};
use kernel::{role::Role, tool::Tool};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

fn claim(server: &Server, key: &str) -> RequestBuilder {
    let claim = server
        .ask_as("worker", Method::POST, "/v1/tools/job.claim")
        .header("idempotency-key", key)
        .json(&json!({ "kinds": ["ext.dig"], "wait_s": 30 }));
    server.signed(claim)
}

async fn waiting(server: &Server, count: usize) {
    server.world.door.waiting().wait_for(|now| *now == count).await.unwrap();
}

async fn enqueue(server: &Server) {
    let integration = server.world.caller(25, &[Role::Integration]);
    let input = json!({ "kind": "ext.dig", "payload": {} });
    server.world.call(&integration, Tool::JobEnqueue, input).await.unwrap();
}

#[tokio::test]
async fn a_worker_that_waits_takes_no_room_from_others() {
    let limits = Limits { requests: 1, ..limits() };
    let server = Server::with(Setup { limits, ..Setup::default() }).await;
    let queue = async {
        waiting(&server, 1).await;
        assert_eq!(server.get("/v1/tools").send().await.unwrap().status(), 200);
        enqueue(&server).await;
    };
    let (answer, ()) = tokio::join!(claim(&server, "k").send(), queue);
    let answer: Value = answer.unwrap().json().await.unwrap();
    assert_eq!(answer["result"]["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_worker_that_hangs_up_waits_no_more() {
    let server = Server::start().await;
    tokio::select! {
        answer = claim(&server, "k").send() => panic!("there was nothing to answer: {answer:?}"),
        () = waiting(&server, 1) => {}
    }
    waiting(&server, 0).await;
}

#[tokio::test]
async fn a_worker_that_is_revoked_while_it_waits_is_given_nothing() {
    let server = Server::start().await;
    let revoke = async {
        waiting(&server, 1).await;
        let input = json!({ "principal": crate::testing::person(26) });
        server.world.call(&server.world.admin(), Tool::PrincipalRevoke, input).await.unwrap();
        // The gate hears of it within a second, or, as the clock stands still here, from it.
        server.world.clock.advance(jiff::SignedDuration::from_secs(1));
        enqueue(&server).await;
    };
    let (answer, ()) = tokio::join!(claim(&server, "k").send(), revoke);
    let (status, problem) = problem(answer.unwrap()).await;
    assert_eq!((status, problem["code"].as_str()), (401, Some("token.revoked")));
    let queued: i64 = server.world.value("select count(*) from job where phase = 'queued'");
    assert_eq!(queued, 1);
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_is_to_stop() {
    let server = Server::start().await;
    let stop = async {
        waiting(&server, 1).await;
        server.stop.cancel();
    };
    let (answer, ()) = tokio::join!(claim(&server, "k").send(), stop);
    let answer: Value = answer.unwrap().json().await.unwrap();
    assert_eq!(answer["result"]["jobs"], json!([]));
    server.serving.await.unwrap();
}

use super::site::{Server, problem, refused};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_ticket_is_created_and_read_over_a_socket() {
    let server = Server::start().await;

    let created = server.create("a").header("x-correlation-id", "call-7").send().await.unwrap();
    assert_eq!(created.status(), 201);
    assert_eq!(created.headers()["etag"], "\"1\"");
    assert_eq!(created.headers()["x-correlation-id"], "call-7");
    assert_eq!(created.headers()["cache-control"], "no-store");
    assert_eq!(created.headers()["x-content-type-options"], "nosniff");
    assert!(!created.headers().contains_key("strict-transport-security"));
    assert!(!created.headers().contains_key("access-control-allow-origin"));
    let created: Value = created.json().await.unwrap();
    let id = created["ticket"]["id"].as_str().unwrap();

    let seen = server.get(&format!("/v1/tickets/{id}")).send().await.unwrap();
    assert_eq!((seen.status().as_u16(), seen.headers()["etag"].to_str().unwrap()), (200, "\"1\""));
    let seen: Value = seen.json().await.unwrap();
    assert_eq!(seen["reported"]["summary"], "front door");

    let same = server.command("ticket.get", "unused", &json!({ "ticket": id })).send().await;
    assert_eq!(same.unwrap().json::<Value>().await.unwrap(), seen);
}

#[tokio::test]
async fn a_retry_is_marked_and_answers_the_same() {
    let server = Server::start().await;
    let first = server.create("same").send().await.unwrap();
    assert!(!first.headers().contains_key("idempotency-replayed"));
    let first = first.text().await.unwrap();

    let again = server.create("same").send().await.unwrap();
    assert_eq!(again.status(), 201);
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.text().await.unwrap(), first);

    let other = json!({ "site": server.world.site(), "summary": "back door" });
    let other = server.command("ticket.create", "same", &other);
    assert_eq!(refused(other).await, (422, "idempotency.key_reused".into()));
}

#[tokio::test]
async fn head_is_get_without_its_body_and_options_names_the_methods() {
    let server = Server::start().await;
    let created: Value = server.create("a").send().await.unwrap().json().await.unwrap();
    let path = format!("/v1/tickets/{}", created["ticket"]["id"].as_str().unwrap());

    let whole = server.get(&path).send().await.unwrap();
    let head = server.ask_as("dispatcher", Method::HEAD, &path).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["etag"], whole.headers()["etag"]);
    assert_eq!(head.headers()["content-length"], whole.headers()["content-length"]);
    assert_eq!(head.text().await.unwrap(), "");

    let options = server.ask(Method::OPTIONS, &path).send().await.unwrap();
    assert_eq!(options.status(), 204);
    assert_eq!(options.headers()["allow"], "GET, HEAD, OPTIONS");
    assert!(!options.headers().contains_key("access-control-allow-methods"));

    let delete = server.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(delete.headers()["allow"], "GET, HEAD, OPTIONS");
    let (status, problem) = problem(delete).await;
    assert_eq!((status, problem["code"].as_str()), (405, Some("route.method")));
}

#[tokio::test]
async fn a_refusal_says_everything_that_helps() {
    let server = Server::start().await;
    let input = json!({ "site": server.world.site(), "summary": "front door" });
    let request = server
        .ask_as("auditor", Method::POST, "/v1/tools/ticket.create")
        .header("idempotency-key", "a")
        .header("x-correlation-id", "call-9")
        .json(&input);
    let (_, mut problem) = problem(request.send().await.unwrap()).await;
    assert!(problem["audit_entry"].take().as_str().unwrap().starts_with("aud_"));
    assert_eq!(
        problem,
        json!({
            "type": "urn:docket:refusal:role.forbidden",
            "title": "This is not allowed",
            "status": 403,
            "code": "role.forbidden",
            "dimension": "role",
            "detail": "`ticket.create` is for dispatcher, customer, agent_intake",
            "hint": "`GET /v1/tools` lists what your roles may call",
            "correlation_id": "call-9",
            "audit_entry": null,
        })
    );
}

#[tokio::test]
async fn the_list_of_tools_says_what_the_caller_may_call_and_why_not_the_rest() {
    let server = Server::start().await;
    let list: Value = server.get("/v1/tools").send().await.unwrap().json().await.unwrap();
    let tool = |name: &str| {
        let tools = list["tools"].as_array().unwrap();
        tools.iter().find(|tool| tool["name"] == name).unwrap().clone()
    };
    assert_eq!(list["toolset"].as_str().unwrap().len(), 64);

    let create = tool("ticket.create");
    assert_eq!((create["allowed"].as_bool(), &create["why_not"]), (Some(true), &Value::Null));
    assert_eq!(create["reach"], "undoable");
    assert_eq!(create["description"], "Ask for work at a site.");
    assert_eq!(create["input_schema"]["required"], json!(["site", "summary"]));
    assert_eq!(create["input_schema"]["additionalProperties"], false);

    let audit = tool("audit.list");
    assert_eq!(audit["why_not"]["code"], "role.forbidden");
    assert_eq!(audit["input_schema"], Value::Null);
    assert!(list["tools"].as_array().unwrap().iter().all(|t| t["name"] != "evidence.upload"));
}

#[tokio::test]
async fn a_plain_socket_that_knows_nothing_of_us_gets_along() {
    let server = Server::start().await;
    let body = json!({ "site": server.world.site(), "summary": "front door" }).to_string();
    let answer = server
        .raw(format!(
            "POST /v1/tools/ticket.create HTTP/1.1\r\nHost: localhost\r\n\
             {}\r\nIdempotency-Key: raw-1\r\n\
             Content-Type: application/json\r\nConnection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            server.line_of("dispatcher"),
            body.len(),
        ))
        .await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.contains("\r\netag: \"1\"\r\n"), "{answer}");
}

#[tokio::test]
async fn what_was_refused_at_the_edge_is_in_the_audit_log() {
    let server = Server::start().await;
    let request = server.create("a").header("content-type", "text/plain");
    let (status, problem) = problem(request.send().await.unwrap()).await;
    assert_eq!(status, 400, "two content types");
    assert!(problem["audit_entry"].is_null(), "nobody was signed in yet");

    let request = server
        .ask_as("dispatcher", Method::POST, "/v1/tools/ticket.create")
        .header("content-type", "text/plain")
        .body("{}");
    let (status, problem) = super::site::problem(request.send().await.unwrap()).await;
    assert_eq!((status, problem["code"].as_str()), (415, Some("input.media_type")));
    assert!(problem["audit_entry"].as_str().unwrap().starts_with("aud_"));

    let unnamed = server.ask_as("dispatcher", Method::POST, "/v1/tools/john.smith");
    let (_, problem) = super::site::problem(unnamed.send().await.unwrap()).await;
    let entry = problem["audit_entry"].as_str().unwrap();
    let body = server.entry(entry);
    assert!(body.contains("\"tool\":\"unknown\"") && body.contains("\"tool.unknown\""), "{body}");
    assert!(!body.contains("smith"), "{body}");
}

#[tokio::test]
async fn readiness_tells_its_reasons_only_to_those_who_run_the_server() {
    let server = Server::start().await;
    let plain = server.ask(Method::GET, "/readyz").send().await.unwrap();
    assert_eq!(plain.status(), 200);
    assert_eq!(plain.json::<Value>().await.unwrap(), json!({ "status": "ready" }));

    server.edge.stop();
    let seen = |token: &'static str| {
        let request = server.ask_as(token, Method::GET, "/readyz");
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        }
    };
    let bare = json!({ "status": "not ready" });
    assert_eq!(seen("dispatcher@operator").await, (503, bare.clone()));
    assert_eq!(seen("auditor").await, (503, bare.clone()));
    assert_eq!(seen("garbage").await, (503, bare));
    let whole = json!({ "status": "not ready", "reasons": ["the server was told to stop"] });
    assert_eq!(seen("auditor@operator").await, (503, whole));
}

//! What a server logs, and what it does not.

use crate::{home::Home, http::Client};
use serde_json::{Value, json};

#[test]
fn a_line_of_the_log_names_the_exchange_and_nothing_that_was_sent() {
    let home = Home::new();
    let server = home.serve();
    let token = home.dispatcher_token();
    let mut client = Client::connect(server.addr, &token).unwrap();
    let secret = "Mrs. Jane Roe, +1 202 555 0144";
    let input = json!({ "site": home.site(), "summary": secret, "rumour": secret });
    assert_eq!(client.call("ticket.create", "key-of-jane", None, &input).unwrap().status, 400);
    let input = json!({ "site": home.site(), "summary": secret });
    assert_eq!(client.call("ticket.create", "key-of-jane", None, &input).unwrap().status, 201);
    for path in ["/v1/tickets?jane=roe", "/v1/tickets/jane-roe", "/jane/roe"] {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
        assert!(client.send(request.as_bytes()).unwrap().status >= 400);
    }
    let named = "JANE /v1/tools HTTP/1.1\r\nhost: x\r\nx-correlation-id: call-7\r\n\r\n";
    assert_eq!(client.send(named.as_bytes()).unwrap().status, 405);
    drop(client);

    let log = server.stop().join("\n");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["target"] == "docket::http")
        .collect();
    let seen = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!(seen("method"), ["POST", "POST", "GET", "GET", "GET", "other"]);
    assert_eq!(seen("status"), [400, 201, 400, 400, 404, 405]);
    let create = "/v1/tools/ticket.create";
    let one = "/v1/tickets/{ticket}";
    assert_eq!(seen("route"), [create, create, "/v1/tickets", one, "unknown", "/v1/tools"]);
    assert_eq!(lines[0]["code"], "input.malformed");
    assert_eq!(lines[0]["tool"], "ticket.create");
    assert!(lines[1]["tenant"].as_str().unwrap().starts_with("ten_"));
    assert!(lines[1]["actor"].as_str().unwrap().starts_with("prn_"));
    assert!(lines[1]["micros"].is_u64());
    assert_eq!(lines[5]["correlation"], "call-7");
    for told in ["Jane", "jane", "JANE", "555 0144", "key-of", "rumour", &token] {
        assert!(!log.contains(told), "`{told}` is in the log: {log}");
    }
}

use super::site::{Server, refused};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

fn send(server: &Server, who: &str, kind: &str, media: &str, file: &str) -> RequestBuilder {
    server
        .ask_as(who, Method::POST, &format!("/v1/directory/{kind}"))
        .header("idempotency-key", format!("{who}-{kind}"))
        .header("content-type", media.to_owned())
        .body(file.to_owned())
}

async fn look(server: &Server, path: &str) -> Value {
    server.get(path).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_file_of_records_is_sent_and_what_became_of_it_is_read() {
    let server = Server::start().await;
    let actor = server.world.dispatcher().actor;
    server.world.behind_the_door(&format!(
        "update principal set roles = '[\"dispatcher\"]' where id = '{actor}'"
    ));
    let file = "name\nBakery\nButcher,x\n";
    let sent = send(&server, "dispatcher", "accounts", "text/csv; charset=utf-8", file);
    let sent = sent.send().await.unwrap();
    assert_eq!(sent.status(), 202);
    let sent: Value = sent.json().await.unwrap();
    let path = format!("/v1/imports/{}", sent["result"]["import"].as_str().unwrap());
    assert_eq!(look(&server, &path).await["standing"], "queued");

    server.world.work_off().await;
    let seen = look(&server, &path).await;
    assert_eq!((&seen["standing"], &seen["report"]["created"]), (&json!("ended"), &json!(1)));
    let rows = look(&server, &format!("{path}/quarantine")).await;
    assert_eq!((&rows["items"][0]["line"], &rows["next"]), (&json!(3), &Value::Null));
}

#[tokio::test]
async fn a_file_that_nobody_could_take_in_is_refused_whole() {
    let server = Server::start().await;
    let csv = "text/csv";
    for (who, kind, media, file, status, code) in [
        ("dispatcher", "tickets", csv, "name\n", 400, "input.malformed"),
        ("dispatcher", "accounts", "text/plain", "name\n", 415, "input.media_type"),
        ("dispatcher", "accounts", csv, "nmae\n", 400, "input.malformed"),
        ("dispatcher", "sites", "application/json", "[{", 400, "input.malformed"),
        ("dispatcher", "contacts", csv, "name\n", 403, "role.forbidden"),
        ("finance", "accounts", csv, "name\n", 403, "role.forbidden"),
    ] {
        let seen = refused(send(&server, who, kind, media, file)).await;
        assert_eq!(seen, (status, code.to_owned()), "{who} {kind} {media} {file}");
    }
    let keyless = server.ask_as("dispatcher", Method::POST, "/v1/directory/accounts");
    let keyless = keyless.header("content-type", csv).body("name\nA\n");
    assert_eq!(refused(keyless).await, (400, "idempotency.key_missing".into()));
    assert_eq!(server.world.value::<i64>("select count(*) from import"), 0);
    let stored = server.world.folder.path().join("evidence/imports");
    let left = std::fs::read_dir(stored).into_iter().flatten();
    assert_eq!(
        left.flat_map(|tenant| std::fs::read_dir(tenant.unwrap().path()).unwrap()).count(),
        0
    );
}

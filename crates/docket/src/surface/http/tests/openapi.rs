//! The API document, held against the server that serves it.

use super::{check, site::Server};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// Every operation of the document, as (method, path, operation).
fn operations(document: &Value) -> Vec<(Method, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
            all.push((method, path.clone(), operation.clone()));
        }
    }
    all
}

/// Something that fits a schema, so far as shape goes; what it names does not exist.
fn example(schema: &Value) -> Value {
    let first = |ways: &Value| ways.as_array().unwrap().iter().map(example).next().unwrap();
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(values) = schema.get("enum") {
        return values[0].clone();
    }
    if let Some(ways) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
        return first(ways);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds[0].as_str(),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => {
            let mut object = Map::new();
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap();
                object.insert(name.to_owned(), example(&schema["properties"][name]));
            }
            Value::Object(object)
        }
        Some("array") => json!([]),
        Some("integer") => json!(1),
        Some("boolean") => json!(true),
        _ => text(schema),
    }
}

fn text(schema: &Value) -> Value {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    match pattern.split_once("_[0-7]") {
        Some((prefix, _)) => {
            json!(format!("{}_00000000010000000000000001", prefix.trim_start_matches('^')))
        }
        None if pattern == "^[0-9a-f]{64}$" => json!("0".repeat(64)),
        None => json!("example"),
    }
}

#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let server = Server::start().await;
    let document: Value = server.get("/openapi.json").send().await.unwrap().json().await.unwrap();
    for (method, path, operation) in operations(&document) {
        let mut target = path.clone();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "path" {
                let value = example(&parameter["schema"]);
                let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
                target = target.replace(&name, value.as_str().unwrap());
            }
        }
        for token in ["dispatcher", "auditor", "technician", "admin", "customer", "finance"] {
            let mut request = server
                .ask_as(&format!("{token} bound"), method.clone(), &target)
                .header("idempotency-key", format!("{token}-{path}"))
                .header("if-match", "\"1\"");
            if let Some(body) = operation.pointer("/requestBody/content/application~1json/schema") {
                request = request.json(&example(body));
            }
            let response = server.signed(request).send().await.unwrap();
            let status = response.status().as_u16();
            let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
            let body = response.text().await.unwrap();
            holds(&document, &operation, status, &kind, &body)
                .unwrap_or_else(|why| panic!("{token} {method} {path} {status}: {why}\n{body}"));
        }
    }
}

/// Whether an answer is one that the operation announces.
fn holds(
    document: &Value,
    operation: &Value,
    status: u16,
    kind: &str,
    body: &str,
) -> Result<(), String> {
    if status >= 500 {
        return Err("an expected answer is never a 5xx".to_owned());
    }
    let responses = &operation["responses"];
    let mut response = responses.get(status.to_string()).unwrap_or(&responses["default"]);
    if let Some(target) = response["$ref"].as_str() {
        response = document.pointer(target.strip_prefix('#').unwrap()).unwrap();
    }
    let kind = kind.split(';').next().unwrap_or_default();
    let content = response["content"].get(kind).ok_or(format!("no `{kind}` is announced"))?;
    let value = if kind.ends_with("json") {
        serde_json::from_str(body).map_err(|error| error.to_string())?
    } else {
        Value::from(body)
    };
    check::against(document, &content["schema"], &value)
}

#[tokio::test]
async fn every_operation_says_who_may_use_it_and_refers_to_what_is_there() {
    let server = Server::start().await;
    let document: Value = server.get("/openapi.json").send().await.unwrap().json().await.unwrap();
    let mut ids = Vec::new();
    for (method, path, operation) in operations(&document) {
        assert!(operation["security"].is_array(), "{method} {path}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{method} {path}");
        ids.push(operation["operationId"].as_str().unwrap().to_owned());
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "no two operations have one name");
    refers_well(&document, &document);
}

fn refers_well(document: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                let pointer = target.strip_prefix('#').expect("references stay inside");
                assert!(document.pointer(pointer).is_some(), "{target}");
            }
            fields.values().for_each(|field| refers_well(document, field));
        }
        Value::Array(items) => items.iter().for_each(|item| refers_well(document, item)),
        _ => {}
    }
}

/// One line per operation, but for those of the tools, which the contract's own
/// table already lists: what a reviewer wants to see change.
#[test]
fn the_addresses_are_the_ones_that_were_reviewed() {
    let document = super::super::openapi::document();
    let (tools, others): (Vec<_>, Vec<_>) =
        operations(&document).into_iter().partition(|(_, path, _)| path.starts_with("/v1/tools/"));
    for (method, path, operation) in tools {
        assert_eq!(method, Method::POST);
        assert_eq!(path, format!("/v1/tools/{}", operation["x-docket-tool"].as_str().unwrap()));
    }
    insta::assert_snapshot!(others.iter().map(line).collect::<Vec<_>>().join("\n"));
}

fn line((method, path, operation): &(Method, String, Value)) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let own = parameters.filter(|parameter| parameter["in"] != "header");
    let names: Vec<_> = own.filter_map(|parameter| parameter["name"].as_str()).collect();
    let tool = operation["x-docket-tool"].as_str().unwrap_or("-");
    let security = operation["security"][0].as_object().and_then(|one| one.keys().next());
    let security = security.map_or("public", |name| name.as_str());
    format!("{method:5} {path:24} {security:8} {tool:16} {}", names.join(" ")).trim_end().to_owned()
}

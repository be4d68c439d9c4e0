//! The API as an OpenAPI 3.1 document, made from the table of routes and the
//! types that the tools read.

use super::{
    problem::Problem,
    query,
    route::{self, Does, Permission, Route},
    toolbox,
};
use crate::door::tools;
use kernel::tool::{Reach, Subject, Tool};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The document that `GET /openapi.json` answers with.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in route::table().iter().filter(|route| route.does != Does::NoTool) {
        let at = paths.entry(route.path.replace("{*", "{")).or_insert_with(|| json!({}));
        at[route.method.as_str().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Docket",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "bound": {
                    "type": "http", "scheme": "dpop",
                    "description": "A token that is bound to a key (RFC 9449). What is final takes \
                        one, and so does everything that a service asks for.",
                },
                "metrics": { "type": "http", "scheme": "bearer" },
            },
            "schemas": {
                "Problem": schema_of::<Problem<'_>>(),
                "Toolbox": schema_of::<toolbox::Toolbox>(),
                "Committed": committed(&["entry", "result"]),
                "Leased": committed(&["result"]),
            },
            "headers": headers(),
            "responses": {
                "Problem": {
                    "description": "Refused, with the reason and what to do next.",
                    "headers": every_answer(),
                    "content": { "application/problem+json": {
                        "schema": { "$ref": "#/components/schemas/Problem" },
                    } },
                },
            },
        },
    })
}

fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": id(route),
        "summary": summary(route),
        "security": security(route.permission),
        "responses": responses(route),
    });
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(content) = body(route.does) {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    if let Some(tool) = route.tool() {
        operation["x-docket-tool"] = tool.name().into();
        operation["x-docket-reach"] = json!(tool.reach());
        operation["x-docket-roles"] = json!(tool.roles().iter().collect::<Vec<_>>());
    }
    operation
}

fn body(does: Does) -> Option<Value> {
    match does {
        Does::Call(tool) => Some(json!({ "application/json": { "schema": tools::schema(tool) } })),
        Does::PutEvidence => Some(json!({ "*/*": {} })),
        Does::TakeIn => Some(json!({ "text/csv": {}, "application/json": {} })),
        Does::AppendUpload => Some(json!({ "application/partial-upload": {} })),
        _ => None,
    }
}

fn id(route: &Route) -> String {
    let path = route.path.replace(['/', '{', '}', '*'], " ");
    let words: Vec<&str> = path.split_whitespace().collect();
    format!("{}_{}", route.method.as_str().to_ascii_lowercase(), words.join("_"))
}

fn summary(route: &Route) -> String {
    match (route.does, route.permission) {
        (Does::Call(tool) | Does::Look(tool), _) => toolbox::description(tool).to_owned(),
        (Does::PutEvidence, _) => "Upload a piece of evidence.".to_owned(),
        (Does::TakeIn, _) => "Have a file of records taken in, row by row, by a job.".to_owned(),
        (Does::ReadEvidence, _) => toolbox::description(Tool::EvidenceRead).to_owned(),
        (Does::BeginUpload, _) => "Begin an upload in parts.".to_owned(),
        (Does::UploadProgress, _) => "Where an upload goes on.".to_owned(),
        (Does::AppendUpload, _) => "Add a part to an upload, or finish it.".to_owned(),
        (Does::Toolbox, _) => "What you may call, and why not the rest.".to_owned(),
        (Does::LogFile, _) => toolbox::description(Tool::LogRead).to_owned(),
        (Does::Keys, _) => "The public keys of our own issuer (RFC 7517).".to_owned(),
        (Does::PolicyKeys, _) => "The public keys of policy tokens (RFC 7517).".to_owned(),
        (Does::OpenApi, _) => "This document.".to_owned(),
        (Does::Alive, _) => "Whether the process lives.".to_owned(),
        (Does::Ready, _) => "Whether the server can serve.".to_owned(),
        (Does::Metrics, _) => "Numbers for Prometheus.".to_owned(),
        (Does::NoTool, _) => "There is no such tool.".to_owned(),
    }
}

fn security(permission: Permission) -> Value {
    match permission {
        Permission::Tool(tool) if tool.reach() == Reach::Final => json!([{ "bound": [] }]),
        Permission::Tool(_) | Permission::Caller(_) => json!([{ "token": [] }, { "bound": [] }]),
        Permission::Scraper => json!([{ "metrics": [] }]),
        Permission::Public(_) => json!([]),
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route::params(&route.path).map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": field(route, name) })
    });
    let mut all: Vec<Value> = in_path.collect();
    match route.does {
        Does::Look(tool) => all.extend(in_query(route, tool)),
        Does::Call(tool) if tool.is_command() => all.extend(of_command(tool)),
        Does::TakeIn => all.extend(of_command(Tool::ImportStart)),
        Does::PutEvidence | Does::BeginUpload => all.push(header("Content-Digest", false, text())),
        Does::ReadEvidence => all.push(header("Range", false, text())),
        Does::AppendUpload => {
            let offset = json!({ "type": "string", "pattern": "^[0-9]+$" });
            all.push(header("Upload-Offset", true, offset));
            all.push(header("Upload-Complete", false, json!({ "enum": ["?0", "?1"] })));
        }
        _ => {}
    }
    if let Permission::Tool(_) | Permission::Caller(_) = route.permission {
        all.push(proof(route));
    }
    if !matches!(route.permission, Permission::Public(_)) {
        all.push(header(
            "X-Correlation-Id",
            false,
            json!({
                "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$",
            }),
        ));
        all.push(header("traceparent", false, text()));
    }
    all
}

/// The proof that comes with a token that is bound to a key.
fn proof(route: &Route) -> Value {
    let needed = route.tool().is_some_and(|tool| tool.reach() == Reach::Final);
    let mut proof = header("DPoP", needed, text());
    proof["description"] = "A proof as RFC 9449 describes it, with the SHA-256 of the body in \
        `bh`. It comes with a token that is bound to a key, and with no other."
        .into();
    proof
}

fn in_query(route: &Route, tool: Tool) -> Vec<Value> {
    let schema = tools::schema(tool);
    let properties = schema.get("properties").and_then(Value::as_object);
    let names = properties.into_iter().flat_map(Map::keys);
    let free = names.filter(|name| !route::params(&route.path).any(|taken| taken == *name));
    let said = free.filter(|name| query::shape_of(schema, name).is_some());
    said.map(|name| {
        let required = query::required(schema).any(|needed| needed == name);
        json!({ "name": name, "in": "query", "required": required, "schema": field(route, name) })
    })
    .collect()
}

fn field(route: &Route, name: &str) -> Value {
    let schema = route.tool().map(tools::schema);
    let field = schema.and_then(|schema| schema.get("properties")?.get(name).cloned());
    field.unwrap_or_else(|| json!({ "type": "string" }))
}

fn of_command(tool: Tool) -> Vec<Value> {
    let key = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" });
    let version = json!({ "type": "string", "pattern": "^\"[0-9]+\"$" });
    let mut all = vec![header("Idempotency-Key", true, key)];
    if tool.contract().subject == Subject::Ticket {
        all.push(header("If-Match", true, version));
    }
    all
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn header(name: &str, required: bool, schema: Value) -> Value {
    json!({ "name": name, "in": "header", "required": required, "schema": schema })
}

fn responses(route: &Route) -> Value {
    let mut responses = json!({ "default": { "$ref": "#/components/responses/Problem" } });
    for (status, description, content) in answers(route.does) {
        responses[status] = json!({
            "description": description,
            "headers": every_answer(),
            "content": content,
        });
    }
    responses
}

/// What an address answers with when it does not refuse.
fn answers(does: Does) -> Vec<(&'static str, &'static str, Value)> {
    let json = |schema: Value| json!({ "application/json": { "schema": schema } });
    let named = |name: &str| json(json!({ "$ref": format!("#/components/schemas/{name}") }));
    let object = || json(json!({ "type": "object" }));
    let status = || json(json!({ "type": "object", "required": ["status"] }));
    let progress = || {
        json(json!({ "type": "object", "required": ["upload", "offset"], "properties": {
            "upload": { "type": "string" }, "offset": { "type": "integer", "minimum": 0 },
        } }))
    };
    match does {
        Does::Call(tool) if tool.contract().subject == Subject::NewTicket => {
            vec![("201", "Done.", named("Committed"))]
        }
        Does::Call(Tool::JobClaim | Tool::JobRenew) => vec![("200", "Done.", named("Leased"))],
        Does::Call(tool) if tool.is_command() => vec![("200", "Done.", named("Committed"))],
        Does::Call(_) | Does::Look(_) => vec![("200", "What there is to see.", object())],
        Does::PutEvidence => vec![("201", "The bytes are held.", named("Committed"))],
        Does::TakeIn => {
            vec![("202", "The file is stored, and a job takes it in.", named("Committed"))]
        }
        Does::BeginUpload => vec![("201", "Begun.", progress())],
        Does::UploadProgress => vec![("200", "How far it is.", progress())],
        Does::AppendUpload => vec![
            ("200", "How far it is.", progress()),
            ("201", "It is finished, and the bytes are held.", named("Committed")),
        ],
        Does::ReadEvidence => vec![
            ("200", "The bytes.", json!({ "*/*": {} })),
            ("206", "The range of them.", json!({ "*/*": {} })),
        ],
        Does::Toolbox => vec![("200", "The tools.", named("Toolbox"))],
        Does::LogFile => {
            vec![("200", "The file.", json!({ "text/plain": {}, "application/octet-stream": {} }))]
        }
        Does::Keys | Does::PolicyKeys => vec![(
            "200",
            "The keys.",
            json!({ "application/jwk-set+json": { "schema": { "type": "object", "required": ["keys"] } } }),
        )],
        Does::OpenApi => vec![("200", "The document.", object())],
        Does::Alive => vec![("200", "Yes.", status())],
        Does::Ready => vec![("200", "Yes.", status()), ("503", "No.", status())],
        Does::Metrics => vec![(
            "200",
            "Numbers.",
            json!({ "application/openmetrics-text": { "schema": { "type": "string" } } }),
        )],
        Does::NoTool => Vec::new(),
    }
}

/// What a command answers with: its result, the entry that records it, and where
/// the ticket now stands, where there is one. What happens again and again and
/// changes nothing may have no entry.
fn committed(required: &[&str]) -> Value {
    json!({
        "type": "object",
        "required": required,
        "properties": {
            "entry": { "type": "string", "pattern": "^aud_[0-7][0-9A-HJKMNP-TV-Z]{25}$" },
            "result": true,
            "ticket": {
                "type": "object",
                "required": ["id", "version", "state", "phase"],
                "properties": {
                    "id": { "type": "string", "pattern": "^tkt_[0-7][0-9A-HJKMNP-TV-Z]{25}$" },
                    "version": { "type": "integer", "minimum": 1 },
                    "state": { "enum": kernel::state::State::ALL },
                    "phase": { "type": "string" },
                },
                "additionalProperties": false,
            },
        },
        "additionalProperties": false,
    })
}

fn every_answer() -> Value {
    let refer = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
    json!({
        "X-Correlation-Id": refer("Correlation"),
        "ETag": refer("Version"),
        "Idempotency-Replayed": refer("Replayed"),
        "RateLimit": refer("RateLimit"),
        "RateLimit-Policy": refer("RateLimitPolicy"),
    })
}

fn headers() -> Value {
    let text =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "Correlation": text("What this exchange is called, here and in the audit log."),
        "Version": text("The version of the ticket, for `If-Match`."),
        "Replayed": text("`true` where this is the stored answer of an earlier, identical call."),
        "RateLimit": text("What is left of the rate limit."),
        "RateLimitPolicy": text("The rate limit."),
    })
}

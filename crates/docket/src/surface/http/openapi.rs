//! The API as an OpenAPI 3.1 document, made from the table of routes and the
//! types that the tools read.

use super::{
    problem::Problem,
    query,
    route::{self, Does, Permission, Route},
    toolbox,
};
use crate::door::tools;
use kernel::tool::Tool;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The document that `GET /openapi.json` answers with.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in route::table().iter().filter(|route| route.does != Does::NoTool) {
        let at = paths.entry(route.path.as_ref()).or_insert_with(|| json!({}));
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
                "metrics": { "type": "http", "scheme": "bearer" },
            },
            "schemas": {
                "Problem": schema_of::<Problem<'_>>(),
                "Toolbox": schema_of::<toolbox::Toolbox>(),
                "Committed": committed(),
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
    if let Does::Call(tool) = route.does {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": tools::schema(tool) } },
        });
    }
    if let Some(tool) = route.tool() {
        operation["x-docket-tool"] = tool.name().into();
        operation["x-docket-reach"] = json!(tool.reach());
        operation["x-docket-roles"] = json!(tool.roles().iter().collect::<Vec<_>>());
    }
    operation
}

fn id(route: &Route) -> String {
    let path = route.path.replace(['/', '{', '}'], " ");
    let words: Vec<&str> = path.split_whitespace().collect();
    format!("{}_{}", route.method.as_str().to_ascii_lowercase(), words.join("_"))
}

fn summary(route: &Route) -> String {
    match (route.does, route.permission) {
        (Does::Call(tool) | Does::Look(tool), _) => toolbox::description(tool).to_owned(),
        (Does::Toolbox, _) => "What you may call, and why not the rest.".to_owned(),
        (Does::OpenApi, _) => "This document.".to_owned(),
        (Does::Alive, _) => "Whether the process lives.".to_owned(),
        (Does::Ready, _) => "Whether the server can serve.".to_owned(),
        (Does::Metrics, _) => "Numbers for Prometheus.".to_owned(),
        (Does::NoTool, _) => "There is no such tool.".to_owned(),
    }
}

fn security(permission: Permission) -> Value {
    match permission {
        Permission::Tool(_) | Permission::Caller(_) => json!([{ "token": [] }]),
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
        _ => {}
    }
    if !matches!(route.permission, Permission::Public(_)) {
        all.push(header(
            "X-Correlation-Id",
            false,
            json!({
                "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$",
            }),
        ));
        all.push(header("traceparent", false, json!({ "type": "string" })));
    }
    all
}

fn in_query(route: &Route, tool: Tool) -> Vec<Value> {
    let Some(schema) = tools::schema(tool) else { return Vec::new() };
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
    let schema = route.tool().and_then(tools::schema);
    let field = schema.and_then(|schema| schema.get("properties")?.get(name).cloned());
    field.unwrap_or_else(|| json!({ "type": "string" }))
}

fn of_command(tool: Tool) -> Vec<Value> {
    let key = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" });
    let version = json!({ "type": "string", "pattern": "^\"[0-9]+\"$" });
    let mut all = vec![header("Idempotency-Key", true, key)];
    if tool.contract().subject == kernel::tool::Subject::Ticket {
        all.push(header("If-Match", true, version));
    }
    all
}

fn header(name: &str, required: bool, schema: Value) -> Value {
    json!({ "name": name, "in": "header", "required": required, "schema": schema })
}

fn responses(route: &Route) -> Value {
    let mut responses = json!({ "default": { "$ref": "#/components/responses/Problem" } });
    let (status, description, kind, schema) = match route.does {
        Does::Call(tool) if tool.is_command() => {
            let made = tool.contract().subject == kernel::tool::Subject::NewTicket;
            let status = if made { "201" } else { "200" };
            (
                status,
                "Done.",
                "application/json",
                json!({ "$ref": "#/components/schemas/Committed" }),
            )
        }
        Does::Call(_) | Does::Look(_) => {
            ("200", "What there is to see.", "application/json", json!({ "type": "object" }))
        }
        Does::Toolbox => (
            "200",
            "The tools.",
            "application/json",
            json!({ "$ref": "#/components/schemas/Toolbox" }),
        ),
        Does::OpenApi => ("200", "The document.", "application/json", json!({ "type": "object" })),
        Does::Alive | Does::Ready => {
            ("200", "Yes.", "application/json", json!({ "type": "object", "required": ["status"] }))
        }
        Does::Metrics => {
            ("200", "Numbers.", "application/openmetrics-text", json!({ "type": "string" }))
        }
        Does::NoTool => return responses,
    };
    responses[status] = json!({
        "description": description,
        "headers": every_answer(),
        "content": { kind: { "schema": schema } },
    });
    if route.does == Does::Ready {
        responses["503"] = json!({
            "description": "No.",
            "content": { "application/json": { "schema": { "type": "object", "required": ["status"] } } },
        });
    }
    responses
}

/// What every command answers with: its result, the entry that records it, and
/// where the ticket now stands, where there is one.
fn committed() -> Value {
    json!({
        "type": "object",
        "required": ["entry", "result"],
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

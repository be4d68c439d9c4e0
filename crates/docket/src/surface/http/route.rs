//! Every address there is: its method, its path, who may use it, and what it does.
//!
//! The router, the API document and the tests are made from this table.

use super::query;
use crate::door::tools;
use axum::http::Method;
use kernel::tool::Tool;
use std::{borrow::Cow, sync::OnceLock};

/// Who may use an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Whoever may use the tool: the door decides.
    Tool(Tool),
    /// Anybody whose token is good, and why that is enough.
    Caller(&'static str),
    /// Whoever knows the metrics credential.
    Scraper,
    /// Anybody at all, and why.
    Public(&'static str),
}

/// What an address does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Calls the tool with the body as its input.
    Call(Tool),
    /// Calls a look with what the path and the query say.
    Look(Tool),
    /// Stores the body.
    PutEvidence,
    /// Answers with bytes, or a range of them.
    ReadEvidence,
    /// Has the body taken in, row by row.
    TakeIn,
    /// Begins an upload in parts.
    BeginUpload,
    /// Says where an upload goes on.
    UploadProgress,
    /// Adds the body to an upload.
    AppendUpload,
    /// Lists what the caller may call.
    Toolbox,
    /// Says that there is no such tool, to those who may know which there are.
    NoTool,
    /// Answers with a file of the audit log.
    LogFile,
    /// The API document.
    OpenApi,
    /// The public keys of our own issuer.
    Keys,
    /// The public keys of policy tokens.
    PolicyKeys,
    Alive,
    Ready,
    Metrics,
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Route {
    pub method: Method,
    pub path: Cow<'static, str>,
    pub permission: Permission,
    pub does: Does,
}

impl Route {
    /// The tool that is called here.
    pub const fn tool(&self) -> Option<Tool> {
        match self.permission {
            Permission::Tool(tool) => Some(tool),
            Permission::Caller(_) | Permission::Scraper | Permission::Public(_) => None,
        }
    }
}

/// What is wrong with the table. The server does not start with it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    #[error("the schema of `{0}` does not refuse unknown fields")]
    OpenSchema(Tool),
    #[error("the tool `{0}` has no address")]
    NoAddress(Tool),
    #[error("two rows answer `{0}`")]
    Twice(String),
    #[error("`{path}` is guarded as another tool than it calls")]
    Guard { path: String },
    #[error("`{path}` cannot give `{tool}` its `{field}`")]
    Unfilled { path: String, tool: Tool, field: String },
}

/// The looks that have an address of their own. The names in braces are fields
/// of the look's input.
const LOOKS: &[(&str, Tool)] = &[
    ("/v1/tickets", Tool::TicketList),
    ("/v1/tickets/{ticket}", Tool::TicketGet),
    ("/v1/tickets/{ticket}/timeline", Tool::TicketTimeline),
    ("/v1/tickets/{ticket}/evidence", Tool::CloseoutListEvidence),
    ("/v1/tickets/{ticket}/packet", Tool::CloseoutPacket),
    ("/v1/invoices/{invoice}", Tool::InvoiceGet),
    ("/v1/invoices/{invoice}/document", Tool::InvoiceDocument),
    ("/v1/board", Tool::ScheduleBoard),
    ("/v1/jobs", Tool::JobList),
    ("/v1/jobs/{job}", Tool::JobGet),
    ("/v1/imports/{import}", Tool::ImportGet),
    ("/v1/imports/{import}/quarantine", Tool::ImportQuarantine),
    ("/v1/audit/entries", Tool::AuditList),
    ("/v1/audit/receipts/{entry}", Tool::AuditReceipt),
    ("/v1/audit/export", Tool::AuditExport),
];

/// Where bytes come in and go out.
const BYTES: &[(Method, &str, Tool, Does)] = &[
    (Method::PUT, "/v1/evidence", Tool::EvidenceUpload, Does::PutEvidence),
    (Method::GET, "/v1/evidence/{digest}", Tool::EvidenceRead, Does::ReadEvidence),
    (Method::POST, "/v1/uploads", Tool::EvidenceUpload, Does::BeginUpload),
    (Method::GET, "/v1/uploads/{upload}", Tool::EvidenceUpload, Does::UploadProgress),
    (Method::PATCH, "/v1/uploads/{upload}", Tool::EvidenceUpload, Does::AppendUpload),
    (Method::POST, "/v1/directory/{kind}", Tool::ImportStart, Does::TakeIn),
    (Method::GET, "/v1/log/checkpoint", Tool::LogRead, Does::LogFile),
    (Method::GET, "/v1/log/tile/{*path}", Tool::LogRead, Does::LogFile),
];

/// The whole table.
pub fn table() -> &'static [Route] {
    static TABLE: OnceLock<Vec<Route>> = OnceLock::new();
    TABLE.get_or_init(rows)
}

fn rows() -> Vec<Route> {
    let any = |why| Permission::Caller(why);
    let mut table = vec![
        get("/healthz", Permission::Public("says only that the process lives"), Does::Alive),
        get("/readyz", Permission::Public("says only whether it serves"), Does::Ready),
        get(
            "/.well-known/jwks.json",
            Permission::Public("public keys are for whoever checks a token"),
            Does::Keys,
        ),
        get(
            "/.well-known/policy-keys.json",
            Permission::Public("public keys are for whoever checks what was permitted"),
            Does::PolicyKeys,
        ),
        get("/metrics", Permission::Scraper, Does::Metrics),
        get("/openapi.json", any("the contract, without anybody's data"), Does::OpenApi),
        get("/v1/tools", any("each sees what they may call"), Does::Toolbox),
        Route {
            method: Method::POST,
            path: "/v1/tools/{tool}".into(),
            permission: any("says that there is no such tool"),
            does: Does::NoTool,
        },
    ];
    table.extend(
        LOOKS.iter().map(|(path, tool)| get(path, Permission::Tool(*tool), Does::Look(*tool))),
    );
    table.extend(BYTES.iter().map(|(method, path, tool, does)| Route {
        method: method.clone(),
        path: (*path).into(),
        permission: Permission::Tool(*tool),
        does: *does,
    }));
    table.extend(Tool::ALL.iter().filter(|tool| called_by_name(**tool)).map(|tool| Route {
        method: Method::POST,
        path: format!("/v1/tools/{tool}").into(),
        permission: Permission::Tool(*tool),
        does: Does::Call(*tool),
    }));
    table
}

/// Whether a tool is called with `POST /v1/tools/{tool}`. What the other reads
/// is bytes, which have addresses of their own.
pub const fn called_by_name(tool: Tool) -> bool {
    !matches!(tool, Tool::EvidenceUpload | Tool::ImportStart)
}

fn get(path: &'static str, permission: Permission, does: Does) -> Route {
    Route { method: Method::GET, path: path.into(), permission, does }
}

/// Whether every tool can be reached and every address be answered.
///
/// # Errors
/// The first gap.
pub fn check(table: &[Route]) -> Result<(), Gap> {
    for (at, route) in table.iter().enumerate() {
        if table[..at].iter().any(|r| r.method == route.method && r.path == route.path) {
            return Err(Gap::Twice(format!("{} {}", route.method, route.path)));
        }
        guarded(route)?;
        if let Does::Look(tool) = route.does {
            filled(route, tool)?;
        }
    }
    for tool in Tool::ALL {
        let strict = tools::schema(*tool).get("additionalProperties");
        if called_by_name(*tool) && strict.is_none_or(|more| *more != false) {
            return Err(Gap::OpenSchema(*tool));
        }
        if !table.iter().any(|route| route.permission == Permission::Tool(*tool)) {
            return Err(Gap::NoAddress(*tool));
        }
    }
    Ok(())
}

fn guarded(route: &Route) -> Result<(), Gap> {
    let tool = match route.does {
        Does::Call(tool) | Does::Look(tool) => tool,
        Does::LogFile => Tool::LogRead,
        Does::TakeIn => Tool::ImportStart,
        Does::ReadEvidence => Tool::EvidenceRead,
        Does::PutEvidence | Does::BeginUpload | Does::UploadProgress | Does::AppendUpload => {
            Tool::EvidenceUpload
        }
        Does::Toolbox
        | Does::NoTool
        | Does::OpenApi
        | Does::Keys
        | Does::PolicyKeys
        | Does::Alive
        | Does::Ready
        | Does::Metrics => return Ok(()),
    };
    if route.permission == Permission::Tool(tool) {
        return Ok(());
    }
    Err(Gap::Guard { path: route.path.to_string() })
}

/// Whether the path and the query can say all that the look has to know.
fn filled(route: &Route, tool: Tool) -> Result<(), Gap> {
    let schema = tools::schema(tool);
    let gap =
        |field: &str| Gap::Unfilled { path: route.path.to_string(), tool, field: field.to_owned() };
    for name in params(&route.path) {
        query::shape_of(schema, name).ok_or_else(|| gap(name))?;
    }
    for name in query::required(schema) {
        query::shape_of(schema, name).ok_or_else(|| gap(name))?;
    }
    Ok(())
}

/// The names in braces of a path.
pub fn params(path: &str) -> impl Iterator<Item = &str> {
    let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    // A star in front means that the rest of the path is meant.
    named.map(|name| name.trim_start_matches('*'))
}

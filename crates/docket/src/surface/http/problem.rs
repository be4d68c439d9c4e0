//! Refusals as problem documents (RFC 9457).

use super::visit::Visit;
use crate::door::Denied;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use kernel::{
    id::{self, Id},
    refusal::{Code, Dimension, Kind, Refusal},
    state::State,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// Why something was refused, and what to do next.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem<'a> {
    /// `urn:docket:refusal:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What sort of refusal it is.
    pub title: &'a str,
    pub status: u16,
    /// Stable across releases; branch on this.
    pub code: &'a str,
    /// What it was that refused. Missing where it was a fault of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<Dimension>,
    pub detail: &'a str,
    /// What to do instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'a str>,
    /// Where the ticket stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// Where the ticket would have to stand.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub allowed_from: &'a [State],
    /// Where the tool leads.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub to: &'a [State],
    /// What is still needed, by its own names.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub missing: &'a [String],
    /// Where in the input, like `windows[0].start`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<&'a str>,
    /// The version that the ticket has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Amounts, limits and other things that a program may want.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<&'a Map<String, Value>>,
    pub correlation_id: &'a str,
    /// The entry of the audit log that records the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_entry: Option<Id<id::Entry>>,
}

/// What a fault is called. It has no code in the list of refusals: nobody but
/// us can do anything about it.
const FAULT: &str = "server.fault";

/// The status of a refusal.
pub const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Method => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Late => StatusCode::REQUEST_TIMEOUT,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::RangeUnsatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
        Kind::Mismatch => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::VersionRequired => StatusCode::PRECONDITION_REQUIRED,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Malformed => "The request is malformed",
        Kind::Unauthenticated => "Nobody is signed in",
        Kind::Forbidden => "This is not allowed",
        Kind::NotFound => "There is no such thing",
        Kind::Method => "The method is not one of this address",
        Kind::Late => "The request came too slowly",
        Kind::Conflict => "This cannot be done now",
        Kind::Stale => "Somebody else was faster",
        Kind::TooLarge => "The request is too large",
        Kind::UnsupportedMedia => "This kind of content is not taken",
        Kind::RangeUnsatisfiable => "The range lies outside",
        Kind::Mismatch => "The key stands for another request",
        Kind::VersionRequired => "The version is missing",
        Kind::TooMany => "Too many requests",
        Kind::Unavailable => "No room just now",
    }
}

/// The answer to somebody who was refused, or who met a fault.
pub(super) fn answer(denied: &Denied, visit: &mut Visit) -> Response {
    match denied {
        Denied::Refused(refusal, entry) => refused(refusal, *entry, visit),
        Denied::Broke(_) => broke(visit),
    }
}

fn refused(refusal: &Refusal, entry: Option<Id<id::Entry>>, visit: &mut Visit) -> Response {
    let (code, kind) = (refusal.code, refusal.code.kind());
    visit.code = Some(code.name());
    let problem = Problem {
        kind: format!("urn:docket:refusal:{}", code.name()),
        title: title(kind),
        status: status(kind).as_u16(),
        code: code.name(),
        dimension: Some(code.dimension()),
        detail: &refusal.detail,
        hint: Some(code.hint()),
        from: refusal.from,
        allowed_from: &refusal.allowed_from,
        to: &refusal.to,
        missing: &refusal.missing,
        path: refusal.path.as_deref(),
        version: refusal.version,
        facts: Some(&refusal.facts).filter(|facts| !facts.is_empty()),
        correlation_id: &visit.correlation,
        audit_entry: entry,
    };
    let mut response = document(status(kind), &problem);
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after(code, visit) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if kind == Kind::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge(code)));
    }
    let fact = |name: &str| refusal.facts.get(name).and_then(Value::as_u64);
    if let (Code::EvidenceRange, Some(size)) = (code, fact("size")) {
        let range = HeaderValue::try_from(format!("bytes */{size}"));
        headers.extend(range.map(|range| (header::CONTENT_RANGE, range)));
    }
    if let (Code::UploadOffset, Some(offset)) = (code, fact("offset")) {
        headers.insert(super::evidence::UPLOAD_OFFSET, HeaderValue::from(offset));
    }
    if let Some(etag) = refusal.version.and_then(super::answer::etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// The answer to a fault: that there was one, and how to find it in our log.
pub(super) fn broke(visit: &mut Visit) -> Response {
    visit.code = Some(FAULT);
    let problem = Problem {
        kind: "urn:docket:fault".to_owned(),
        title: "Something broke",
        status: 500,
        code: FAULT,
        dimension: None,
        detail: "something broke on our side",
        hint: None,
        from: None,
        allowed_from: &[],
        to: &[],
        missing: &[],
        path: None,
        version: None,
        facts: None,
        correlation_id: &visit.correlation,
        audit_entry: None,
    };
    document(StatusCode::INTERNAL_SERVER_ERROR, &problem)
}

fn document(status: StatusCode, problem: &Problem<'_>) -> Response {
    // Text, numbers and lists of names can always be written.
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// After how many seconds the same request may go well.
fn retry_after(code: Code, visit: &Visit) -> Option<u32> {
    match code {
        Code::TooManyRequests => Some(visit.quota.map_or(1, |quota| quota.seconds)),
        Code::Unready | Code::NotSequenced => Some(1),
        _ => None,
    }
}

/// RFC 6750: a request without a token is told the scheme and no more. RFC 9449:
/// one without a good proof is told which there are.
const fn challenge(code: Code) -> &'static str {
    match code {
        Code::TokenMissing => "Bearer realm=\"docket\"",
        Code::ProofMissing
        | Code::ProofInvalid
        | Code::ProofOtherKey
        | Code::ProofMismatch
        | Code::ProofTime
        | Code::ProofReplayed => {
            "DPoP realm=\"docket\", error=\"invalid_dpop_proof\", algs=\"EdDSA ES256\""
        }
        Code::TokenUnbound => {
            "DPoP realm=\"docket\", error=\"invalid_token\", algs=\"EdDSA ES256\""
        }
        _ => "Bearer realm=\"docket\", error=\"invalid_token\"",
    }
}

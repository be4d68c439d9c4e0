//! Answers as responses.

use super::{headers, limit::Quota, visit::Visit};
use crate::door::Answer;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

/// The answer of the door.
pub(super) fn of(answer: Answer) -> Response {
    let mut response = json(Body::from(answer.body));
    if answer.created {
        *response.status_mut() = StatusCode::CREATED;
    }
    if let Some(etag) = answer.version.and_then(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    if answer.replayed {
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert(headers::IDEMPOTENCY_REPLAYED, yes);
    }
    response
}

pub(super) fn json(body: impl Into<Body>) -> Response {
    typed("application/json", body)
}

pub(super) fn typed(kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A version as the entity tag that `If-Match` takes back.
pub(super) fn etag(version: i64) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{version}\"")).ok()
}

/// What every response carries.
pub(super) fn dress(response: &mut Response, visit: &Visit, tls: bool) {
    let headers = response.headers_mut();
    if let Ok(correlation) = HeaderValue::try_from(&visit.correlation) {
        headers.insert(headers::CORRELATION, correlation);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert_with(|| HeaderValue::from_static("no-store"));
    if tls {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if let Some(quota) = visit.quota {
        let (policy, state) = rate(quota);
        headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
        headers.insert(HeaderName::from_static("ratelimit"), state);
    }
}

/// The fields of the rate limit, as the IETF's draft spells them.
fn rate(quota: Quota) -> (HeaderValue, HeaderValue) {
    let window = quota.pace.burst.div_ceil(quota.pace.per_second.max(1));
    let policy = format!("\"token\";q={};w={window}", quota.pace.burst);
    let state = format!("\"token\";r={};t={}", quota.left, quota.seconds);
    let digits = "digits and names are header text";
    (policy.try_into().expect(digits), state.try_into().expect(digits))
}

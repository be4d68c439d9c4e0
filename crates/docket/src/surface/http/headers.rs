//! Headers, read strictly: what could mean two things is refused.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use kernel::refusal::{Code, Refusal};

pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(super) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
pub(super) const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");
/// The proof that whoever sends a request holds a key (RFC 9449). Several are
/// refused by whoever reads them, and counted.
const DPOP: HeaderName = HeaderName::from_static("dpop");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Headers that decide something. Two of one kind mean that somebody between
/// us and the caller may have read the other one.
static SINGLE: [HeaderName; 9] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::HOST,
    header::IF_MATCH,
    header::RANGE,
    IDEMPOTENCY_KEY,
    CORRELATION,
    super::evidence::UPLOAD_OFFSET,
    super::evidence::CONTENT_DIGEST,
];

const CORRELATION_MAX: usize = 128;

/// # Errors
/// `header.malformed`, if a header that decides something is there twice.
pub(super) fn no_doubles(headers: &HeaderMap) -> Result<(), Box<Refusal>> {
    let twice = SINGLE.iter().find(|name| headers.get_all(*name).iter().nth(1).is_some());
    twice.map_or(Ok(()), |name| Err(malformed(name, "the header is there twice")))
}

/// The text of a header, if it is there.
///
/// # Errors
/// `header.malformed`, if it is not visible ASCII.
pub(super) fn text<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, Box<Refusal>> {
    let value = headers.get(name).map(|value| value.to_str());
    value.transpose().map_err(|_| malformed(name, "the header is not visible ASCII"))
}

/// An access token, and whether it is sent as one that is bound to a key.
#[derive(Clone, Copy)]
pub(super) struct Credential<'a> {
    pub token: &'a str,
    pub bound: bool,
}

/// The access token, if there is one, in either scheme (RFC 6750, RFC 9449).
pub(super) fn credential(headers: &HeaderMap) -> Option<Credential<'_>> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    let bound = scheme.eq_ignore_ascii_case("dpop");
    let known = bound || scheme.eq_ignore_ascii_case("bearer");
    known.then_some(Credential { token: token.trim(), bound })
}

/// The token of a request that shows nothing else.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    credential(headers).filter(|credential| !credential.bound).map(|credential| credential.token)
}

/// Everything that is said to be a proof.
pub(super) fn proofs(headers: &HeaderMap) -> Vec<&[u8]> {
    headers.get_all(DPOP).iter().map(HeaderValue::as_bytes).collect()
}

/// What the caller calls this exchange, if they call it something.
///
/// # Errors
/// `header.malformed`.
pub(super) fn correlation(headers: &HeaderMap) -> Result<Option<&str>, Box<Refusal>> {
    let Some(text) = text(headers, &CORRELATION)? else { return Ok(None) };
    if text.is_empty()
        || text.len() > CORRELATION_MAX
        || !text.bytes().all(|b| b.is_ascii_graphic())
    {
        let why = format!("expected 1 to {CORRELATION_MAX} visible ASCII characters");
        return Err(malformed(&CORRELATION, &why));
    }
    Ok(Some(text))
}

/// The version that the caller has seen: one strong entity tag, like `"3"`.
///
/// # Errors
/// `version.malformed`: `*`, weak tags and lists could each mean a version that
/// nobody has looked at.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Box<Refusal>> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let malformed = || Refusal::new(Code::VersionMalformed, "expected one quoted version");
    let text = value.to_str().map_err(|_| malformed())?;
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let version = inner.and_then(|digits| digits.parse::<i64>().ok());
    // One version has one spelling: no sign, no leading zero.
    version.filter(|version| inner == Some(&version.to_string())).map(Some).ok_or_else(malformed)
}

/// The trace id of a W3C `traceparent`. One that is not well made is treated as
/// absent, as the specification wants it.
pub(super) fn trace(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(TRACEPARENT).iter();
    let text = all.next().filter(|_| all.next().is_none())?.to_str().ok()?;
    let mut parts = text.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let more = parts.next().is_some();
    let well_made = is_hex(version, 2)
        && version != "ff"
        && !(version == "00" && more)
        && is_hex(trace, 32)
        && is_hex(span, 16)
        && is_hex(flags, 2)
        && [trace, span].iter().all(|id| id.bytes().any(|byte| byte != b'0'));
    well_made.then_some(trace)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether the body is said to be JSON in UTF-8.
///
/// # Errors
/// `input.media_type`.
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), Box<Refusal>> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (kind, parameter) = match text.map(|text| text.split_once(';').unwrap_or((text, ""))) {
        Some((kind, parameter)) => (kind.trim(), parameter.trim()),
        None => ("", ""),
    };
    let utf8 = parameter.is_empty()
        || parameter.eq_ignore_ascii_case("charset=utf-8")
        || parameter.eq_ignore_ascii_case("charset=\"utf-8\"");
    if kind.eq_ignore_ascii_case("application/json") && utf8 {
        return Ok(());
    }
    Err(Refusal::new(Code::InputMedia, "the body has to be JSON and has to say so"))
}

pub(super) fn malformed(name: &HeaderName, why: &str) -> Box<Refusal> {
    Refusal::new(Code::HeaderMalformed, format!("`{name}`: {why}"))
}

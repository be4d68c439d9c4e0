//! Bytes: in, whole or in parts, and out, whole or a range of them.
//!
//! Uploads in parts speak the headers of the IETF's resumable uploads:
//! `Upload-Offset` says where a part begins, `Upload-Complete: ?1` that it is
//! the last one.

use super::{
    answer,
    body::drain_rest,
    edge::{Edge, caller, param},
    headers,
    visit::Visit,
};
use crate::{
    door::{Call, Denied},
    evidence::{read::Readable, store::too_large, upload::Progress},
    failure::Fault,
    identity::Sent,
};
use axum::{
    body::{Body, BodyDataStream, HttpBody},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use kernel::{
    canonical::Digest,
    id::{Id, Upload},
    refusal::{Code, Refusal},
    tool::Tool,
};
use serde_json::{Map, Value, json};
use std::{io, ops::Range, time::Duration};

pub(super) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_COMPLETE: HeaderName = HeaderName::from_static("upload-complete");
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// A part of an upload whose request is proven is held whole until its digest is
/// known, so that nothing is kept of one that was altered.
pub(super) const PART_MAX: usize = 8 << 20;

impl Edge {
    /// `PUT /v1/evidence`.
    pub(super) async fn put_evidence(
        &self,
        visit: &Visit,
        parts: &Parts,
        body: Body,
    ) -> Result<Response, Denied> {
        let caller = caller(visit)?;
        let size = body.size_hint().lower();
        let bytes = paced(body, &parts.headers, self.setup.limits.body_timeout);
        let (sent, bytes) = match visit.seal {
            None => (Sent::Bare, bytes.left_stream()),
            Some(seal) => {
                let (proven, bytes) = seal.over_all(bytes);
                (Sent::Proven(proven), bytes.right_stream())
            }
        };
        let (mut call, announced) = self.uploading(visit, parts, size).await?;
        call.sent = sent;
        let answer = self.door.upload(&caller, call, bytes, announced).await?;
        Ok(stored(answer))
    }

    /// `POST /v1/uploads`.
    pub(super) async fn begin_upload(
        &self,
        visit: &Visit,
        parts: &Parts,
        body: Body,
    ) -> Result<Response, Denied> {
        let caller = caller(visit)?;
        let (call, announced) = self.uploading(visit, parts, body.size_hint().lower()).await?;
        let progress = self.door.begin_upload(&caller, call, announced).await?;
        let mut response = self.progressed(progress)?;
        *response.status_mut() = StatusCode::CREATED;
        let place = HeaderValue::try_from(format!("/v1/uploads/{}", progress.upload));
        response.headers_mut().insert(header::LOCATION, place.map_err(odd)?);
        Ok(response)
    }

    /// `GET /v1/uploads/{upload}`, and `HEAD`.
    pub(super) async fn upload_progress(
        &self,
        visit: &Visit,
        parts: &mut Parts,
    ) -> Result<Response, Denied> {
        let caller = caller(visit)?;
        let call = self.begin(visit, Tool::EvidenceUpload, &parts.headers);
        match upload_of(parts).await {
            Ok(upload) => self.progressed(self.door.upload_progress(&caller, call, upload).await?),
            Err(refusal) => Err(self.door.turn_away(&caller, &call, refusal).await),
        }
    }

    /// `PATCH /v1/uploads/{upload}`.
    pub(super) async fn append_upload(
        &self,
        visit: &Visit,
        parts: &mut Parts,
        body: Body,
    ) -> Result<Response, Denied> {
        let caller = caller(visit)?;
        let (size, empty) = (body.size_hint().lower(), body.size_hint().exact() == Some(0));
        let bytes = paced(body, &parts.headers, self.setup.limits.body_timeout);
        let (call, _) = self.uploading(visit, parts, size).await?;
        let asked = match part_of(parts).await {
            Ok(asked) => asked,
            Err(refusal) => return Err(self.door.turn_away(&caller, &call, refusal).await),
        };
        // Saying "that was all" again adds nothing, and is answered again.
        let nothing_more = asked.complete && empty;
        if !nothing_more {
            let append =
                self.door.append_upload(&caller, call.clone(), asked.upload, asked.offset, bytes);
            let progress = append.await?;
            if !asked.complete {
                return self.progressed(progress);
            }
        }
        Ok(stored(self.door.finish_upload(&caller, call, asked.upload).await?))
    }

    /// `GET /v1/evidence/{digest}`. The door says whether, and which bytes; only
    /// then are they read.
    pub(super) async fn read_evidence(
        &self,
        visit: &Visit,
        parts: &mut Parts,
    ) -> Result<Response, Denied> {
        let caller = caller(visit)?;
        let mut call = self.begin(visit, Tool::EvidenceRead, &parts.headers);
        let digest = match param(parts, "digest").await {
            Ok(digest) => digest,
            Err(refusal) => return Err(self.door.turn_away(&caller, &call, refusal).await),
        };
        let wanted = wanted(&parts.headers, &digest);
        let mut input = Map::from_iter([("digest".to_owned(), Value::from(digest))]);
        if let Some(wanted) = wanted {
            input.extend(wanted.fields());
        }
        call.input = Value::Object(input).to_string().into_bytes();
        let answer = self.door.call(&caller, call).await?;
        let found: Readable = serde_json::from_str(&answer.body).map_err(Fault::from)?;
        let range = found.from..found.to;
        let part = Some(range.clone()).filter(|part| *part != (0..found.size));
        let bytes = self.door.store().read(caller.tenant, found.digest, part).await?;
        shown(&found, range, wanted.is_some(), Body::from_stream(bytes))
    }

    /// What the headers of an upload say; refused and recorded if they say
    /// nothing sensible.
    async fn uploading(
        &self,
        visit: &Visit,
        parts: &Parts,
        size: u64,
    ) -> Result<(Call, Option<Digest>), Denied> {
        let mut call = self.begin(visit, Tool::EvidenceUpload, &parts.headers);
        let limit = self.door.store().limit();
        let read = || {
            let key = headers::text(&parts.headers, &headers::IDEMPOTENCY_KEY)?;
            if size > limit {
                return Err(too_large(limit));
            }
            Ok((key.map(str::to_owned), announced(&parts.headers)?))
        };
        match read() {
            Ok((key, announced)) => {
                call.key = key;
                Ok((call, announced))
            }
            Err(refusal) => Err(self.door.turn_away(&*caller(visit)?, &call, refusal).await),
        }
    }

    fn progressed(&self, progress: Progress) -> Result<Response, Denied> {
        let body = serde_json::to_string(&progress).map_err(Fault::from)?;
        let mut response = answer::json(body);
        let headers = response.headers_mut();
        headers.insert(UPLOAD_OFFSET, HeaderValue::from(progress.offset));
        let limit = format!("max-size={}", self.door.store().limit());
        headers.insert("upload-limit", HeaderValue::try_from(limit).map_err(odd)?);
        Ok(response)
    }
}

fn stored(mut answer: crate::door::Answer) -> Response {
    answer.created = true;
    answer::of(answer)
}

/// A body as a stream that ends with an error where its sender pauses too long.
/// What is not taken of it is read all the same, as [`drain_rest`] says.
fn paced(
    body: Body,
    headers: &HeaderMap,
    patience: Duration,
) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let unasked = !headers.contains_key(header::EXPECT);
    let reading = Reading { left: Some(body.into_data_stream()), unasked };
    stream::unfold(reading, move |mut reading| async move {
        let next = tokio::time::timeout(patience, reading.left.as_mut()?.next()).await;
        if !matches!(next, Ok(Some(Ok(_)))) {
            reading.left = None;
        }
        match next {
            Ok(Some(Ok(part))) => Some((Ok(part), reading)),
            Ok(Some(Err(error))) => Some((Err(io::Error::other(error)), reading)),
            Ok(None) => None,
            Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), reading)),
        }
    })
}

/// A body that is being read, until its end.
struct Reading {
    left: Option<BodyDataStream>,
    /// Whether its sender sends it without being told to.
    unasked: bool,
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let (Some(left), true) = (self.left.take(), self.unasked) {
            drain_rest(left);
        }
    }
}

/// Which part of which upload a body is.
struct Part {
    upload: Id<Upload>,
    offset: u64,
    complete: bool,
}

async fn part_of(parts: &mut Parts) -> Result<Part, Box<Refusal>> {
    let upload = upload_of(parts).await?;
    let offset = headers::text(&parts.headers, &UPLOAD_OFFSET)?;
    let complete = match headers::text(&parts.headers, &UPLOAD_COMPLETE)? {
        None | Some("?0") => false,
        Some("?1") => true,
        Some(_) => return Err(headers::malformed(&UPLOAD_COMPLETE, "expected `?0` or `?1`")),
    };
    let offset = offset.and_then(|text| text.parse().ok());
    let expected =
        || headers::malformed(&UPLOAD_OFFSET, "expected the byte at which the part begins");
    Ok(Part { upload, offset: offset.ok_or_else(expected)?, complete })
}

async fn upload_of(parts: &mut Parts) -> Result<Id<Upload>, Box<Refusal>> {
    let text = param(parts, "upload").await?;
    let malformed =
        |error: kernel::id::BadId| Refusal::new(Code::InputMalformed, error.to_string());
    text.parse().map_err(|error| malformed(error).at("upload"))
}

/// The digest that the sender announces (RFC 9530). Other algorithms say
/// nothing to us.
fn announced(headers: &HeaderMap) -> Result<Option<Digest>, Box<Refusal>> {
    let Some(text) = headers::text(headers, &CONTENT_DIGEST)? else { return Ok(None) };
    let sha256 = text.split(',').find_map(|item| item.trim().strip_prefix("sha-256="));
    let Some(encoded) = sha256 else { return Ok(None) };
    let bytes = encoded.strip_prefix(':').and_then(|text| text.strip_suffix(':'));
    let bytes = bytes.and_then(|text| BASE64_STANDARD.decode(text).ok());
    let digest = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).map(Digest);
    let malformed =
        || headers::malformed(&CONTENT_DIGEST, "expected `sha-256=:…:` with 32 bytes in base64");
    digest.map(Some).ok_or_else(malformed)
}

/// Which bytes a `Range` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    From(u64),
    /// Both ends are wanted.
    Between(u64, u64),
    Last(u64),
}

impl Wanted {
    fn fields(self) -> Vec<(String, Value)> {
        let field = |name: &str, value: u64| (name.to_owned(), json!(value));
        match self {
            Self::From(from) => vec![field("from", from)],
            Self::Between(from, to) => {
                vec![field("from", from), field("to", to.saturating_add(1))]
            }
            Self::Last(bytes) => vec![field("last", bytes)],
        }
    }
}

/// The one range that is asked for. What is not well made, asks for several at
/// once, or is meant for other bytes, means all of them (RFC 9110, 14.2).
pub(super) fn wanted(headers: &HeaderMap, digest: &str) -> Option<Wanted> {
    let same = |tag: &HeaderValue| tag.to_str().is_ok_and(|tag| tag == format!("\"{digest}\""));
    if !headers.get(header::IF_RANGE).is_none_or(same) {
        return None;
    }
    let text = headers.get(header::RANGE)?.to_str().ok()?;
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| digits)
    };
    match (first, last) {
        ("", last) => number(last).map(Wanted::Last),
        (first, "") => number(first).map(Wanted::From),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Wanted::Between(first, last))
        }
    }
}

/// The bytes as a download: what somebody else sent is never run as a page.
fn shown(
    found: &Readable,
    range: Range<u64>,
    partial: bool,
    body: Body,
) -> Result<Response, Denied> {
    let mut response = Response::new(body);
    let digest = BASE64_STANDARD.encode(found.digest.0);
    let text = |text: String| HeaderValue::try_from(text).map_err(odd);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, text(found.media_type.clone())?);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::ETAG, text(format!("\"{}\"", found.digest))?);
    headers.insert(REPR_DIGEST, text(format!("sha-256=:{digest}:"))?);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    if partial {
        let (first, last) = (range.start, range.end.saturating_sub(1));
        let text = text(format!("bytes {first}-{last}/{}", found.size))?;
        response.headers_mut().insert(header::CONTENT_RANGE, text);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

fn odd(error: axum::http::header::InvalidHeaderValue) -> Fault {
    Fault::Other(format!("a header cannot be written: {error}"))
}

//! What carriers over HTTP have in common.

use super::{How, NotCarried};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use kernel::refusal::Chain;
use reqwest::{Client, ClientBuilder, Response, StatusCode, header, redirect};
use std::time::Duration;

/// How long a receiver may take to connect and answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is read of an answer that says why not.
const BODY_MAX: usize = 16 << 10;

/// A client that goes where it was sent and nowhere else.
pub(super) fn client() -> ClientBuilder {
    // Somebody else may have installed it before, and that is fine.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder()
        .timeout(PATIENCE)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("docket/", env!("CARGO_PKG_VERSION")))
}

/// What is said of a client that cannot be made.
pub(super) fn no_client(key: &str, cause: &reqwest::Error) -> crate::config::BadConfig {
    crate::config::BadConfig::wrong(key, format!("no HTTP client: {}", Chain(cause)))
}

/// A letter that got no answer. Whatever the cause says may hold an address,
/// so only its sort is told.
pub(super) fn no_answer(carrier: &str, cause: &reqwest::Error) -> NotCarried {
    let sort = if cause.is_timeout() { "timeout" } else { "connection" };
    NotCarried::transient(format!("{carrier}.{sort}"))
}

/// A letter that will be taken later, perhaps.
pub(super) fn later(carrier: &str, answer: &Response, now: Timestamp) -> NotCarried {
    let retry_after = answer.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok());
    NotCarried {
        how: How::Transient { retry_after: retry_after.and_then(|text| wait(text, now)) },
        code: code(carrier, answer.status()),
    }
}

pub(super) fn code(carrier: &str, status: StatusCode) -> String {
    format!("{carrier}.{}", status.as_u16())
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
pub(super) fn wait(text: &str, now: Timestamp) -> Option<SignedDuration> {
    if let Ok(seconds) = text.trim().parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let until = rfc2822::parse(text.trim()).ok()?.timestamp();
    Some(until.duration_since(now).max(SignedDuration::ZERO))
}

/// The beginning of an answer.
pub(super) async fn beginning(mut answer: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        let room = BODY_MAX.saturating_sub(body.len());
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if body.len() == BODY_MAX {
            break;
        }
    }
    body
}

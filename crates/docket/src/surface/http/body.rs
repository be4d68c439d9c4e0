//! Reading a body: so much of it, for so long, and what to do with the rest.

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    http::{HeaderMap, header},
};
use futures_util::StreamExt;
use kernel::refusal::{Code, Refusal};
use std::time::Duration;

/// So much of a body that nobody wants is still read, so that its sender gets
/// to read why.
const DRAIN_BYTES: usize = 16 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// Reads a whole body.
///
/// # Errors
/// `input.too_large`, before anything is read if the length says so already;
/// `request.timeout`; `request.malformed`, if the connection ends in its middle.
pub(super) async fn whole(
    body: Body,
    headers: &HeaderMap,
    limit: usize,
    patience: Duration,
) -> Result<Vec<u8>, Box<Refusal>> {
    let too_large = || {
        let detail = format!("the body is larger than {limit} bytes");
        Refusal::new(Code::InputTooLarge, detail).fact("limit_bytes", limit)
    };
    let announced = body.size_hint().exact();
    if announced.is_some_and(|length| length > limit as u64) {
        drain(body, headers);
        return Err(too_large());
    }
    let mut read = Vec::with_capacity(announced.map_or(0, |length| length as usize));
    let mut stream = body.into_data_stream();
    let reading = async {
        while let Some(part) = stream.next().await {
            let broken = |_| Refusal::new(Code::RequestMalformed, "the body ends in its middle");
            let part = part.map_err(broken)?;
            if read.len() + part.len() > limit {
                return Err(too_large());
            }
            read.extend_from_slice(&part);
        }
        Ok(())
    };
    let ended = tokio::time::timeout(patience, reading).await;
    match ended {
        Ok(Ok(())) => Ok(read),
        Ok(Err(refusal)) => {
            drain(Body::from_stream(stream), headers);
            Err(refusal)
        }
        Err(_) => Err(Refusal::new(Code::RequestLate, "the body did not arrive in time")),
    }
}

/// Reads on in the background while the refusal is on its way. A connection
/// that closes with unread bytes is reset, and takes the refusal with it.
pub(super) fn drain(body: Body, headers: &HeaderMap) {
    if !body.is_end_stream() && !headers.contains_key(header::EXPECT) {
        drain_rest(body.into_data_stream());
    }
}

/// The same, where a part has been read already.
pub(super) fn drain_rest(mut stream: BodyDataStream) {
    let reading = async move {
        let mut left = DRAIN_BYTES;
        while let Some(Ok(part)) = stream.next().await {
            left = left.saturating_sub(part.len());
            if left == 0 {
                return;
            }
        }
    };
    tokio::spawn(tokio::time::timeout(DRAIN_TIME, reading));
}

//! Files of records: in, to be taken in by a job.

use super::{
    answer,
    body::{self, drain},
    edge::{Edge, caller, param},
    headers,
    visit::Visit,
};
use crate::{
    door::Denied,
    import::{Format, Kind},
};
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::Response,
};
use kernel::{
    refusal::{Code, Refusal},
    tool::Tool,
};

/// More at once comes by `docket import`, at the machine.
pub(super) const BYTES_MAX: usize = 16 << 20;

impl Edge {
    /// `POST /v1/directory/{kind}`.
    pub(super) async fn take_in(
        &self,
        visit: &Visit,
        parts: &mut Parts,
        body: Body,
    ) -> Result<Response, Denied> {
        let caller = caller(visit)?;
        let mut call = self.begin(visit, Tool::ImportStart, &parts.headers);
        let head = async {
            let kind = kind(parts).await?;
            let format = format(&parts.headers)?;
            let key = headers::text(&parts.headers, &headers::IDEMPOTENCY_KEY)?;
            Ok((kind, format, key.map(str::to_owned)))
        };
        let head: Result<_, Box<Refusal>> = head.await;
        let read = match head {
            Ok((kind, format, key)) => {
                call.key = key;
                let patience = self.setup.limits.body_timeout;
                let file = body::whole(body, &parts.headers, BYTES_MAX, patience).await;
                file.map(|file| (kind, format, file))
            }
            Err(refusal) => {
                drain(body, &parts.headers);
                Err(refusal)
            }
        };
        let (kind, format, file) = match read {
            Ok(read) => read,
            Err(refusal) => return Err(self.door.turn_away(&caller, &call, refusal).await),
        };
        let answered = self.door.import(&caller, call, kind, format, file.into()).await?;
        let mut response = answer::of(answered);
        *response.status_mut() = StatusCode::ACCEPTED;
        Ok(response)
    }
}

async fn kind(parts: &mut Parts) -> Result<Kind, Box<Refusal>> {
    let name = param(parts, "kind").await?;
    Kind::named(&name).ok_or_else(|| {
        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let detail = format!("a file holds one of {}", kinds.join(", "));
        Refusal::new(Code::InputMalformed, detail).at("kind")
    })
}

fn format(headers: &HeaderMap) -> Result<Format, Box<Refusal>> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = text.map_or("", |text| text.split(';').next().unwrap_or_default().trim());
    match kind.to_ascii_lowercase().as_str() {
        "text/csv" => Ok(Format::Csv),
        "application/json" | "application/jsonl" | "application/x-ndjson" => Ok(Format::Json),
        _ => {
            let detail = "the file has to be `text/csv`, `application/json` or `application/jsonl`";
            Err(Refusal::new(Code::InputMedia, detail))
        }
    }
}

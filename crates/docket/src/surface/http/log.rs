//! Files of the audit log, under the names that tlog tools know them by.

use super::{
    answer,
    edge::{Edge, caller},
    visit::Visit,
};
use crate::{audit, door::Denied};
use axum::{
    http::{HeaderValue, header, request::Parts},
    response::Response,
};
use kernel::{
    refusal::{Code, Refusal},
    tool::Tool,
};
use serde_json::json;

impl Edge {
    /// `GET /v1/log/checkpoint` and `GET /v1/log/tile/…`.
    pub(super) async fn log_file(&self, visit: &Visit, parts: &Parts) -> Result<Response, Denied> {
        let caller = caller(visit)?;
        let mut call = self.begin(visit, Tool::LogRead, &parts.headers);
        if parts.uri.query().is_some() {
            let refusal = Refusal::new(Code::InputMalformed, "this address has no query");
            return Err(self.door.turn_away(&caller, &call, refusal).await);
        }
        let path = parts.uri.path().trim_start_matches("/v1/log/");
        call.input = json!({ "path": path }).to_string().into_bytes();
        let bytes = audit::read::bytes(&self.door.call(&caller, call).await?)?;
        if path == "checkpoint" {
            return Ok(answer::typed("text/plain; charset=utf-8", bytes));
        }
        let mut response = answer::typed("application/octet-stream", bytes);
        let for_ever = HeaderValue::from_static("private, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, for_ever);
        Ok(response)
    }
}

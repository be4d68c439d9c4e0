//! Whether the server can serve.

use super::{answer, edge::Edge, headers};
use crate::{db::Scope, identity::Caller};
use axum::{
    http::{StatusCode, request::Parts},
    response::Response,
};
use kernel::role::{Role, Roles};
use serde_json::json;
use std::{sync::atomic::Ordering, time::Duration};

/// How long the database may keep us waiting and still count as there.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

impl Edge {
    /// Whether the server can serve. Only those who run it hear why not.
    pub(super) async fn ready(&self, parts: &Parts) -> Response {
        let reasons = self.reasons().await;
        let ready = reasons.is_empty();
        let status = if ready { "ready" } else { "not ready" };
        let token = headers::bearer(&parts.headers);
        let caller = match token {
            Some(token) => self.gate.verify(token).await.ok(),
            None => None,
        };
        let body = match caller.is_some_and(|caller| caller.key.is_none() && may_see_why(&caller)) {
            true => json!({ "status": status, "reasons": reasons }),
            false => json!({ "status": status }),
        };
        let mut response = answer::json(body.to_string());
        if !ready {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        response
    }

    async fn reasons(&self) -> Vec<&'static str> {
        let asked = self.door.db().read(Scope::Everyone, |snap| Ok(snap.answers()?));
        let answers = tokio::time::timeout(ANSWERS_WITHIN, asked).await;
        let sequencer = self.setup.sequencer.as_ref();
        let found = [
            (self.stopping.load(Ordering::Relaxed), "the server was told to stop"),
            (!matches!(answers, Ok(Ok(()))), "the database does not answer"),
            (self.room.available_permits() == 0, "there is no room for another request"),
            (sequencer.is_some_and(|s| s.stopped().is_some()), "the audit log is not continued"),
        ];
        found.into_iter().filter_map(|(so, reason)| so.then_some(reason)).collect()
    }
}

/// Whether a caller is one of those who run this server.
fn may_see_why(caller: &Caller) -> bool {
    let watching = Roles::of(&[Role::Admin, Role::Auditor]);
    caller.operator && !caller.roles.intersection(watching).is_empty()
}

//! Tickets on which the work is done.

use super::World;
use crate::{
    door::{Answer, Call, Denied},
    identity::Caller,
};
use bytes::Bytes;
use futures_util::stream;
use kernel::{
    canonical::Digest,
    id::{Id, Ticket},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// What `door_wont_latch` asks for.
pub const KEYS: [&str; 4] = [
    "note_adjustments_and_test_cycles",
    "photo_after_latched_alignment",
    "photo_before_door_edge_and_strike",
    "signature_or_no_signature_reason",
];
pub const ITEMS: [&str; 5] = [
    "billing_authorization",
    "onsite_photos_after",
    "parts_used_or_needed",
    "resolution_status",
    "work_performed",
];

/// Bytes that are a picture as far as anybody looks.
pub fn photo(of: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".as_slice(), of.as_bytes()].concat()
}

impl World {
    pub fn envelope(&self) -> Call {
        let mut call = Call::new(Tool::EvidenceUpload, "{}", "test");
        call.key = Some(format!("up-{}", self.keys.fetch_add(1, Ordering::Relaxed)));
        call
    }

    pub async fn try_upload(&self, caller: &Caller, bytes: Vec<u8>) -> Result<Answer, Denied> {
        let parts: Vec<_> = bytes.chunks(1000).map(Bytes::copy_from_slice).map(Ok).collect();
        self.door.upload(caller, self.envelope(), stream::iter(parts), None).await
    }

    pub async fn upload(&self, caller: &Caller, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of_bytes(&bytes);
        let answer = self.try_upload(caller, bytes).await.unwrap();
        let done: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(done["result"]["digest"], json!(digest));
        digest
    }

    /// Uploads a picture and makes it evidence.
    pub async fn show(&self, ticket: Id<Ticket>, key: &str) -> Digest {
        let tech = self.tech_caller(0);
        let digest = self.upload(&tech, photo(&format!("{key} of {ticket}"))).await;
        let input = json!({ "key": key, "digest": digest });
        self.on(&tech, Tool::CloseoutAddEvidence, ticket, input).await.unwrap();
        digest
    }

    pub async fn tick(&self, ticket: Id<Ticket>, items: &[&str]) {
        let items: serde_json::Map<_, _> =
            items.iter().map(|item| ((*item).to_owned(), json!(true))).collect();
        let input = json!({ "items": items });
        self.on(&self.tech_caller(0), Tool::CloseoutSetChecklist, ticket, input).await.unwrap();
    }

    /// A ticket in progress that lacks only what is named.
    pub async fn all_but(&self, lacking: &[&str]) -> Id<Ticket> {
        let ticket = self.in_progress().await;
        self.prove_all_but(ticket, lacking).await;
        ticket
    }

    pub async fn prove_all_but(&self, ticket: Id<Ticket>, lacking: &[&str]) {
        for key in KEYS.iter().filter(|key| !lacking.contains(key)) {
            self.show(ticket, key).await;
        }
        let items: Vec<_> = ITEMS.into_iter().filter(|item| !lacking.contains(item)).collect();
        self.tick(ticket, &items).await;
    }

    pub async fn complete(&self, ticket: Id<Ticket>) -> Result<Value, Denied> {
        self.on(&self.tech_caller(0), Tool::TechComplete, ticket, json!({})).await
    }

    pub async fn completed(&self) -> Id<Ticket> {
        let ticket = self.all_but(&[]).await;
        self.complete(ticket).await.unwrap();
        ticket
    }

    pub async fn verify(&self, ticket: Id<Ticket>) -> Result<Value, Denied> {
        self.on(&self.qa(), Tool::QaVerify, ticket, json!({ "outcome": "pass" })).await
    }

    pub async fn verified(&self) -> Id<Ticket> {
        let ticket = self.completed().await;
        self.verify(ticket).await.unwrap();
        ticket
    }

    pub async fn bill(&self, ticket: Id<Ticket>) -> Result<Value, Denied> {
        self.on(&self.finance(), Tool::BillingGenerateInvoice, ticket, json!({})).await
    }

    pub async fn invoiced(&self) -> Id<Ticket> {
        let ticket = self.verified().await;
        self.bill(ticket).await.unwrap();
        ticket
    }

    pub async fn close(&self, ticket: Id<Ticket>) -> Result<Value, Denied> {
        self.on(&self.dispatcher(), Tool::TicketClose, ticket, json!({})).await
    }

    /// A ticket that was billed and closed.
    pub async fn closed(&self) -> Id<Ticket> {
        let ticket = self.invoiced().await;
        self.close(ticket).await.unwrap();
        ticket
    }

    pub async fn reopen(&self, ticket: Id<Ticket>) -> Result<Value, Denied> {
        let input = json!({ "reason": "the door sticks again" });
        self.on(&self.dispatcher(), Tool::TicketReopen, ticket, input).await
    }

    /// The packet as `closeout.packet` answers it.
    pub async fn packet(&self, ticket: Id<Ticket>, version: Option<i64>) -> Result<String, Denied> {
        let input = json!({ "ticket": ticket, "version": version });
        let call = Call::new(Tool::CloseoutPacket, input.to_string(), "test");
        Ok(self.send(&self.caller(2, &[Role::Dispatcher]), call).await?.body)
    }
}

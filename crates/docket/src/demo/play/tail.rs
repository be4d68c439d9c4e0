//! After the work: completing, verifying, billing, closing.

use super::{End, Play};
use crate::demo::{
    call::Course,
    cast::{Actor, No},
};
use jiff::SignedDuration;
use kernel::{refusal::Code, tool::Tool};
use serde_json::json;

impl Play<'_> {
    pub(super) async fn close_out(&mut self) -> Result<End, No> {
        let qa = self.staff().qa;
        self.excuse().await?;
        self.complete().await?;
        self.player.pause(20).await;
        match self.call.course {
            Course::ForceClosed => {
                let (one, other) = (self.staff().dispatcher, self.staff().approver);
                let input = json!({
                    "reason": "Nobody for verification until Monday; the customer has to have the report today.",
                });
                self.twice(one, other, Tool::TicketForceClose, input).await?;
                return Ok(End::Finished);
            }
            Course::QaFails => self.fail_first(qa).await?,
            _ => {}
        }
        self.settle(qa).await?;
        if self.call.course == Course::Reopened {
            self.come_back(qa).await?;
        }
        Ok(End::Finished)
    }

    /// Two people agree to do without a picture that cannot be had.
    async fn excuse(&mut self) -> Result<(), No> {
        let Some(key) = self.blind_spot()? else { return Ok(()) };
        let (qa, approver) = (self.staff().qa, self.staff().approver);
        let input = json!({
            "keys": [key],
            "reason": "No cameras are allowed in that room; the technician described it.",
            "expires_at": self.player.now() + SignedDuration::from_hours(72),
        });
        self.twice(qa, approver, Tool::CloseoutExceptEvidence, input).await.map(drop)
    }

    /// The technician says that it is done, or the closeout agent offers it
    /// where the type allows that.
    async fn complete(&mut self) -> Result<(), No> {
        let (technician, liaison) = self.on_site()?;
        let unsigned = self.call.course == Course::NoSignature;
        let input = if unsigned {
            self.refused(technician, Tool::TechComplete, json!({}), Code::EvidenceMissing).await?;
            json!({ "no_signature_reason": "Nobody was there; the key was left in the box." })
        } else {
            json!({})
        };
        if self.call.course == Course::Candidate {
            let closeout = self.staff().closeout;
            self.ask(closeout, Tool::CloseoutAssess, json!({})).await?;
            if !self.kind()?.high_risk {
                return self.act(closeout, Tool::CloseoutCandidate, input).await.map(drop);
            }
            self.refused(liaison, Tool::CloseoutCandidate, json!({}), Code::HighRisk).await?;
        }
        self.act(technician, Tool::TechComplete, input).await.map(drop)
    }

    /// The first verification finds something.
    async fn fail_first(&mut self, qa: Actor) -> Result<(), No> {
        let (technician, _) = self.on_site()?;
        let fail = json!({
            "outcome": "fail",
            "reasons": ["The picture after the work does not show the whole door."],
        });
        self.act(qa, Tool::QaVerify, fail).await?;
        self.player.pause(15).await;
        self.again(technician, " again").await
    }

    async fn again(&mut self, technician: Actor, more: &str) -> Result<(), No> {
        let keys = self.kind()?.evidence.iter();
        let after = keys.clone().find(|key| key.as_str().contains("after")).cloned();
        if let Some(key) = after {
            self.picture(technician, &key, more).await?;
        }
        self.act(technician, Tool::TechComplete, json!({})).await?;
        self.player.pause(15).await;
        Ok(())
    }

    /// Verified by a person, billed and closed by the closeout agent.
    async fn settle(&mut self, qa: Actor) -> Result<(), No> {
        let closeout = self.staff().closeout;
        self.act(qa, Tool::QaVerify, json!({ "outcome": "pass" })).await?;
        self.act(closeout, Tool::BillingGenerateInvoice, json!({})).await?;
        self.act(closeout, Tool::TicketClose, json!({})).await.map(drop)
    }

    /// It was not fixed after all.
    async fn come_back(&mut self, qa: Actor) -> Result<(), No> {
        let (technician, _) = self.on_site()?;
        let dispatcher = self.staff().dispatcher;
        self.player.pause(180).await;
        let reason =
            json!({ "reason": "The customer called: it happened again in the afternoon." });
        self.act(dispatcher, Tool::TicketReopen, reason).await?;
        self.player.pause(60).await;
        self.tick(technician).await?;
        self.again(technician, " after reopening").await?;
        self.settle(qa).await
    }
}

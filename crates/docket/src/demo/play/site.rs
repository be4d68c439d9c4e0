//! On site: what the technician does, with the liaison agent at hand.

use super::{Play, dollars, script};
use crate::demo::{
    call::Course,
    cast::{Actor, No},
    photo,
    town::Hired,
};
use kernel::{key::Key, refusal::Code, tool::Tool};
use serde_json::{Value, json};
use std::fs;

/// How the technician left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Done,
    ToComeAgain,
    /// An answer is waited for.
    Waiting,
}

const SIGNATURE: &str = kernel::gate::SIGNATURE;

impl Play<'_> {
    fn hired(&self) -> Result<&Hired, No> {
        let slot = self.slot.ok_or_else(|| script("nobody was sent"))?;
        Ok(&self.town.crew[slot.member])
    }

    /// As whom the technician and their agent act.
    pub(super) fn on_site(&self) -> Result<(Actor, Actor), No> {
        self.hired().map(|hired| (hired.actor, hired.liaison))
    }

    /// One visit, up to the point where the work is done or put off.
    pub(super) async fn work(&mut self, first: bool) -> Result<Left, No> {
        let (technician, liaison) = self.on_site()?;
        let start = self.slot.ok_or_else(|| script("nobody was sent"))?.window.start();
        self.player.until(start).await;
        self.act(technician, Tool::TechCheckIn, json!({})).await?;
        self.ask(technician, Tool::TechJobPacket, json!({})).await?;
        let course = if first { self.call.course } else { Course::Fixed };

        if first {
            self.picture_all(technician, "before").await?;
        }
        if course == Course::Parts {
            self.wait_for_a_part().await?;
        }
        self.player.pause(30).await;
        self.labor(technician, 30).await?;
        if course == Course::ReturnVisit {
            let reason = json!({ "reason": "The part has to be ordered." });
            self.act(technician, Tool::TechReturnVisit, reason).await?;
            return Ok(Left::ToComeAgain);
        }
        let asks = matches!(course, Course::Extra | Course::ExtraDenied | Course::ApprovalOpen);
        if asks && !self.ask_for_more().await? {
            return Ok(Left::Waiting);
        }
        if course == Course::Parts {
            self.part(technician, 2_400, 1).await?;
        }
        self.picture_all(liaison, "").await?;
        self.tick(technician).await?;
        Ok(Left::Done)
    }

    /// Uploads a picture for every key that the type asks for and whose name
    /// has the word, unless it is there or cannot be had.
    pub(super) async fn picture_all(&mut self, who: Actor, word: &str) -> Result<(), No> {
        let keys: Vec<Key> = self.kind()?.evidence.iter().cloned().collect();
        let blind = self.blind_spot()?;
        let wanted = keys.into_iter().filter(|key| {
            let earlier = key.as_str().contains("before");
            let asked = if word.is_empty() { !earlier } else { key.as_str().contains(word) };
            let unsigned = key.as_str() == SIGNATURE && self.call.course == Course::NoSignature;
            asked && !unsigned && Some(key) != blind.as_ref()
        });
        // A telephone sends its pictures side by side; naming them is one by one.
        let sending = wanted.map(async |key| {
            let bytes = photo::png(&self.ticket.to_string(), key.as_str());
            Ok::<_, No>((self.cast.upload(who, bytes).await?, key))
        });
        for (digest, key) in futures_util::future::try_join_all(sending).await? {
            let input = json!({ "key": key, "digest": digest });
            self.act(who, Tool::CloseoutAddEvidence, input).await?;
        }
        Ok(())
    }

    /// What cannot be photographed, where there is something.
    pub(super) fn blind_spot(&self) -> Result<Option<Key>, No> {
        let keys = &self.kind()?.evidence;
        let before = keys.iter().find(|key| key.as_str().contains("before"));
        Ok(before.filter(|_| self.call.course == Course::Exception).cloned())
    }

    pub(super) async fn picture(&mut self, who: Actor, key: &Key, more: &str) -> Result<(), No> {
        let bytes = photo::png(&format!("{}{more}", self.ticket), key.as_str());
        let digest = self.cast.upload(who, bytes).await?;
        let input = json!({ "key": key, "digest": digest });
        self.act(who, Tool::CloseoutAddEvidence, input).await.map(drop)
    }

    async fn labor(&mut self, who: Actor, minutes: u32) -> Result<(), No> {
        let input = json!({ "kind": "regular", "minutes": minutes });
        self.act(who, Tool::CloseoutLogLabor, input).await.map(drop)
    }

    async fn part(&mut self, who: Actor, cost_minor: i64, quantity: u32) -> Result<(), No> {
        self.act(who, Tool::CloseoutLogPart, part(cost_minor, quantity)).await.map(drop)
    }

    async fn wait_for_a_part(&mut self) -> Result<(), No> {
        let (technician, liaison) = self.on_site()?;
        let input = json!({
            "reason": "The part is on its way from the supplier.",
            "waiting_for": "provider",
        });
        self.act(technician, Tool::TechHold, input).await?;
        self.player.pause(40).await;
        self.act(liaison, Tool::TechResume, json!({})).await.map(drop)
    }

    /// The work costs more than the limit. Whether it may be gone on with.
    async fn ask_for_more(&mut self) -> Result<bool, No> {
        let (technician, _) = self.on_site()?;
        let large = self.town.may_approve(&self.call.place)
            && !self.call.reference.ends_with(['4', '6', '8']);
        let cost = self.kind()?.limit_minor.max(if large { 110_000 } else { 40_000 });
        self.refused(technician, Tool::CloseoutLogPart, part(cost, 1), Code::OverNte).await?;
        let amount = if large { cost * 3 / 2 } else { 60_000.min(cost * 3 / 2) };
        let change = json!({
            "amount": dollars(amount),
            "reason": "The part is beyond repair and has to be replaced.",
        });
        let asked = self.act(technician, Tool::TechRequestChange, change).await?;
        if self.call.course == Course::ApprovalOpen {
            return Ok(false);
        }
        self.player.pause(12).await;
        self.decide(&asked).await?;
        if self.call.course == Course::Extra {
            self.part(technician, (amount / 2).max(1), 1).await?;
        }
        Ok(true)
    }

    /// Somebody else answers the question of money.
    async fn decide(&mut self, asked: &Value) -> Result<(), No> {
        let approver = self.staff().approver;
        let approve = self.call.course == Course::Extra;
        let mut input = json!({
            "approval": asked["approval"],
            "decision": if approve { "approve" } else { "deny" },
        });
        if approve && asked.get("code_expires_at").is_some() {
            self.refused(approver, Tool::ApprovalDecide, input.clone(), Code::FactorMissing)
                .await?;
            input["code"] = json!(self.code_from_the_outbox().await?);
        }
        self.act(approver, Tool::ApprovalDecide, input).await.map(drop)
    }

    /// The customer reads out the code that was sent to them. In the demo,
    /// texts are delivered into a folder, so that is where it is read.
    async fn code_from_the_outbox(&self) -> Result<String, No> {
        self.cast.work_off().await?;
        let folder = self.cast.outbox();
        let files = fs::read_dir(&folder).map_err(|cause| script(&cause.to_string()))?;
        let ticket = self.ticket.to_string();
        for file in files.flatten() {
            let Ok(text) = fs::read_to_string(file.path()) else { continue };
            let letter: Value = serde_json::from_str(&text)?;
            if letter["ticket"] == ticket.as_str() && letter["kind"] == "approval_code" {
                return code(letter["body"].as_str().unwrap_or_default());
            }
        }
        Err(script("no code was sent"))
    }

    /// Ticks the checklist off.
    pub(super) async fn tick(&mut self, who: Actor) -> Result<(), No> {
        let items: serde_json::Map<_, _> =
            self.kind()?.checklist.iter().map(|item| (item.to_string(), json!(true))).collect();
        self.act(who, Tool::CloseoutSetChecklist, json!({ "items": items })).await.map(drop)
    }
}

fn part(cost_minor: i64, quantity: u32) -> Value {
    json!({
        "description": "Replacement part",
        "number": "RP-100",
        "quantity": quantity,
        "unit_cost": dollars(cost_minor),
    })
}

/// The first word of the text that is all digits and long enough to be a code.
fn code(text: &str) -> Result<String, No> {
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let digits = |word: &&str| word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    words.find(digits).map(str::to_owned).ok_or_else(|| script("the text holds no code"))
}

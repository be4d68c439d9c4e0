//! Noes worth seeing: what somebody might try, tried in earnest on calls that
//! the demo makes for it, and what Docket answers.

use super::{
    cast::{Actor, Cast, No, Reply},
    diary::{Diary, Slot},
    photo,
    play::{self, script},
    stage::Player,
    town::{Contact, Known, Town, Type},
};
use crate::demo::{call::Incoming, diary::Job};
use jiff::SignedDuration;
use kernel::{
    id::{self, Id},
    key::Key,
    refusal::{Code, Refusal},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

/// One attempt and its answer.
pub struct Scene {
    pub tried: &'static str,
    pub by: &'static str,
    pub refusal: Box<Refusal>,
}

/// The attempts and the ticket on which most of them were made.
pub struct Seen {
    pub scenes: Vec<Scene>,
    pub ticket: Id<id::Ticket>,
    /// Every other ticket that was made for this.
    pub others: Vec<Id<id::Ticket>>,
    /// A call that was sent twice with one key was answered the same, once.
    pub replayed: bool,
}

struct Stageplay<'a> {
    cast: &'a Cast,
    town: &'a Town,
    diary: &'a Diary,
    player: &'a Player,
    place: &'a Incoming,
    known: Known,
    customer: &'a Contact,
    scenes: Vec<Scene>,
}

/// One ticket of the scenes, as its people last saw it.
struct Specimen {
    id: Id<id::Ticket>,
    version: i64,
    kind: &'static str,
    slot: Option<Slot>,
}

/// Tries everything, one after the other.
///
/// # Errors
/// If something was allowed that should not have been, or the reverse.
pub async fn show(
    cast: &Cast,
    town: &Town,
    diary: &Diary,
    player: &Player,
    place: &Incoming,
) -> Result<Seen, No> {
    let known = town.site(&place.place);
    let customer = town.requester(&place.place).ok_or_else(|| script("nobody may ask there"))?;
    let mut play =
        Stageplay { cast, town, diary, player, place, known, customer, scenes: Vec::new() };
    play.at_the_desk().await?;
    let (ticket, replayed) = play.on_the_way().await?;
    let mut ticket = ticket;
    let other = play.twice_booked(&ticket).await?;
    play.on_site(&mut ticket).await?;
    let asked = play.about_money(&mut ticket).await?;
    play.afterwards(&mut ticket).await?;
    Ok(Seen {
        scenes: play.scenes,
        ticket: ticket.id,
        others: [vec![other], asked].concat(),
        replayed,
    })
}

impl Stageplay<'_> {
    /// Who may do what, and with which words.
    async fn at_the_desk(&mut self) -> Result<(), No> {
        let staff = self.town.staff;
        let ticket = self.open("closer_leaking_or_slamming", "Closer for the refusals").await?;
        let id = ticket.id;
        let triage = json!({ "ticket": id, "outcome": "triaged" });
        let wrong = self.no(
            staff.finance,
            Tool::TicketTriage,
            triage,
            Some(ticket.version),
            Code::RoleForbidden,
        );
        let wrong = wrong.await?;
        self.note("decide how urgent a call is", "finance", wrong);

        let claimed = json!({
            "channel": "phone",
            "site": { "id": self.known.site },
            "caller": {},
            "summary": "I am the owner, trust me",
            "identity": "verified",
        });
        let unknown =
            self.no(staff.intake, Tool::TicketIntake, claimed, None, Code::InputMalformed);
        let unknown = unknown.await?;
        self.note("state that the caller is verified", "intake agent", unknown);

        let rival = self.rival().await?;
        let look =
            self.no(rival, Tool::TicketGet, json!({ "ticket": id }), None, Code::TicketNotFound);
        let foreign = look.await?;
        self.note("read a ticket of another company", "their dispatcher", foreign);

        let force = json!({ "ticket": id, "reason": "It has been open for long enough by now." });
        let force = self.no(
            staff.closeout,
            Tool::TicketForceClose,
            force,
            Some(ticket.version),
            Code::RoleForbidden,
        );
        let force = force.await?;
        self.note("force a ticket closed", "closeout agent", force);

        let cancel = json!({ "ticket": id, "reason": "It was made to show refusals." });
        self.cast.call(staff.dispatcher, Tool::TicketCancel, &cancel, Some(ticket.version)).await?;
        Ok(())
    }

    /// Somebody of another tenant, which the operator makes for the purpose.
    async fn rival(&self) -> Result<Actor, No> {
        let admin = self.town.staff.admin;
        let input = json!({ "name": "Rival Doors", "admin": "Rhea Coldwell", "currency": "USD" });
        let mut made = self.cast.call(admin, Tool::TenantCreate, &input, None).await?.body;
        let boss = Actor::new(serde_json::from_value(made["admin"].take())?, Role::Admin);
        let input = json!({ "kind": "user", "name": "Silas Crewe", "roles": ["dispatcher"] });
        let mut made = self.cast.call(boss, Tool::PrincipalPut, &input, None).await?.body;
        Ok(Actor::new(serde_json::from_value(made["id"].take())?, Role::Dispatcher))
    }

    /// Until somebody is sent.
    async fn on_the_way(&mut self) -> Result<(Specimen, bool), No> {
        let staff = self.town.staff;
        let mut ticket = self.open("door_wont_latch", "Door for the refusals").await?;
        let before = ticket.version;
        self.agree(&mut ticket).await?;

        let late = json!({ "ticket": ticket.id, "reason": "A read of ten minutes ago." });
        let stale = self
            .no(staff.dispatcher, Tool::TicketCancel, late, Some(before), Code::TicketStale)
            .await?;
        self.note("act on what the ticket was before", "dispatcher", stale);

        let slot = ticket.slot.ok_or_else(|| script("nothing was agreed"))?;
        let send = json!({ "ticket": ticket.id, "technician": self.unfit(&ticket)? });
        let no = self.no(
            staff.scheduling,
            Tool::AssignmentDispatch,
            send,
            Some(ticket.version),
            Code::SkillMissing,
        );
        let no = no.await?;
        self.note("send somebody who cannot do it", "scheduling agent", no);

        let key = self.cast.key();
        let text = json!({ "ticket": ticket.id, "text": "The gate code changed." });
        let say = async |input: &Value, key: &str| {
            let version = Some(ticket.version);
            let key = Some(key.to_owned());
            self.cast
                .call_again(staff.dispatcher, Tool::TicketAddMessage, input, version, key)
                .await
        };
        let first = say(&text, &key).await?;
        let again = say(&text, &key).await?;
        let replayed = again.replayed && first.body == again.body;
        let other = json!({ "ticket": ticket.id, "text": "The gate code did not change." });
        let reused = refusal(say(&other, &key).await, Code::KeyReused)?;
        ticket.version = first.version.unwrap_or(ticket.version);
        self.note("use the key of a call for another one", "dispatcher", reused);

        let send = json!({
            "ticket": ticket.id,
            "technician": self.town.crew[slot.member].technician,
        });
        self.on(&mut ticket, staff.scheduling, Tool::AssignmentDispatch, send).await?;
        Ok((ticket, replayed))
    }

    /// A second job for somebody who is kept already.
    async fn twice_booked(&mut self, first: &Specimen) -> Result<Id<id::Ticket>, No> {
        let staff = self.town.staff;
        let slot = first.slot.ok_or_else(|| script("nothing was agreed"))?;
        let mut ticket =
            self.open("closer_leaking_or_slamming", "A second job at the same hour").await?;
        let windows = json!({ "ticket": ticket.id, "windows": [slot.window] });
        self.on(&mut ticket, staff.scheduling, Tool::SchedulePropose, windows).await?;
        let window = json!({ "ticket": ticket.id, "window": slot.window });
        self.on(&mut ticket, staff.scheduling, Tool::ScheduleConfirm, window).await?;
        let send = json!({
            "ticket": ticket.id,
            "technician": self.town.crew[slot.member].technician,
        });
        let twice = self.no(
            staff.scheduling,
            Tool::AssignmentDispatch,
            send,
            Some(ticket.version),
            Code::DoubleBooked,
        );
        let twice = twice.await?;
        self.note("send somebody to two places at once", "scheduling agent", twice);
        let cancel = json!({ "ticket": ticket.id, "reason": "It was made to show refusals." });
        self.on(&mut ticket, staff.dispatcher, Tool::TicketCancel, cancel).await?;
        Ok(ticket.id)
    }

    /// While the work is done.
    async fn on_site(&mut self, ticket: &mut Specimen) -> Result<(), No> {
        let slot = ticket.slot.ok_or_else(|| script("nothing was agreed"))?;
        let me = self.town.crew[slot.member].actor;
        let somebody = (slot.member + 1) % self.town.crew.len();
        self.player.until(slot.window.start()).await;
        let here = json!({ "ticket": ticket.id });
        let other = self.town.crew[somebody].actor;
        let yours = self.no(
            other,
            Tool::TechCheckIn,
            here.clone(),
            Some(ticket.version),
            Code::TicketNotYours,
        );
        let yours = yours.await?;
        self.note("check in at a colleague's job", "technician", yours);
        self.on(ticket, me, Tool::TechCheckIn, here.clone()).await?;

        let done = self
            .no(me, Tool::TechComplete, here, Some(ticket.version), Code::EvidenceMissing)
            .await?;
        self.note("complete work without any evidence", "technician", done);

        let nothing = kernel::canonical::Digest::of_bytes(b"a picture that was never uploaded");
        let key = self.kind(ticket.kind)?.evidence.iter().next().cloned();
        let claim = json!({ "ticket": ticket.id, "key": key, "digest": nothing });
        let held = self
            .no(me, Tool::CloseoutAddEvidence, claim, Some(ticket.version), Code::EvidenceUnheld)
            .await?;
        self.note("name a picture that nobody uploaded", "technician", held);
        Ok(())
    }

    /// Limits, and who may lift them.
    async fn about_money(&mut self, ticket: &mut Specimen) -> Result<Vec<Id<id::Ticket>>, No> {
        let staff = self.town.staff;
        let slot = ticket.slot.ok_or_else(|| script("nothing was agreed"))?;
        let me = self.town.crew[slot.member].actor;
        let part = json!({
            "ticket": ticket.id, "description": "A whole new door", "quantity": 1,
            "unit_cost": { "minor": 380_000, "currency": "USD" },
        });
        let over =
            self.no(me, Tool::CloseoutLogPart, part, Some(ticket.version), Code::OverNte).await?;
        self.note("spend more than the limit", "technician", over);

        let mut asked = self.open_untriaged("A door that needs a price first").await?;
        let triage = json!({
            "ticket": asked.id, "outcome": "approval_required", "incident_type": "door_wont_latch",
            "nte": { "minor": 220_000, "currency": "USD" }, "reason": "A price was asked for.",
            "contact": self.customer.id,
        });
        let question = self.on(&mut asked, staff.dispatcher, Tool::TicketTriage, triage).await?;
        let approval = question["approval"]["approval"].clone();
        let yes = json!({ "ticket": asked.id, "approval": approval, "decision": "approve" });
        let own = self.no(
            staff.dispatcher,
            Tool::ApprovalDecide,
            yes.clone(),
            Some(asked.version),
            Code::OwnRequest,
        );
        let own = own.await?;
        self.note("approve one's own request", "dispatcher", own);
        if question["approval"].get("code_expires_at").is_some() {
            let bare = self.no(
                staff.approver,
                Tool::ApprovalDecide,
                yes.clone(),
                Some(asked.version),
                Code::FactorMissing,
            );
            let bare = bare.await?;
            self.note("approve much money with one factor", "approver", bare);
            let mut guess = yes;
            guess["code"] = json!("00000000");
            let wrong = self.no(
                staff.approver,
                Tool::ApprovalDecide,
                guess,
                Some(asked.version),
                Code::FactorWrong,
            );
            let wrong = wrong.await?;
            self.note("guess the customer's code", "approver", wrong);
        }
        let cancel = json!({ "ticket": asked.id, "reason": "It was made to show refusals." });
        self.on(&mut asked, staff.dispatcher, Tool::TicketCancel, cancel).await?;
        Ok(vec![asked.id])
    }

    /// Verification, and two voices that are one.
    async fn afterwards(&mut self, ticket: &mut Specimen) -> Result<(), No> {
        let staff = self.town.staff;
        let slot = ticket.slot.ok_or_else(|| script("nothing was agreed"))?;
        let me = self.town.crew[slot.member].actor;
        self.finish_work(ticket, me).await?;
        // The agent completes for the very person who verifies.
        let shadow = Actor::new(staff.closeout.principal, Role::AgentCloseout)
            .acting_for(staff.qa.principal);
        let here = json!({ "ticket": ticket.id });
        self.on(ticket, shadow, Tool::CloseoutCandidate, here.clone()).await?;
        let pass = json!({ "ticket": ticket.id, "outcome": "pass" });
        let own = self
            .no(staff.qa, Tool::QaVerify, pass.clone(), Some(ticket.version), Code::OwnWork)
            .await?;
        self.note("verify what one's own agent completed", "qa", own);

        let mut force =
            json!({ "ticket": ticket.id, "reason": "We would rather not wait for verification." });
        let asked =
            self.on(ticket, staff.dispatcher, Tool::TicketForceClose, force.clone()).await?;
        force["countersign"] = asked["countersign"].clone();
        let alone = self.no(
            staff.dispatcher,
            Tool::TicketForceClose,
            force,
            Some(ticket.version),
            Code::SecondPersonNeeded,
        );
        let alone = alone.await?;
        self.note("be the second person oneself", "dispatcher", alone);

        self.on(ticket, staff.second_dispatcher, Tool::QaVerify, pass).await?;
        self.on(ticket, staff.closeout, Tool::BillingGenerateInvoice, here.clone()).await?;
        self.on(ticket, staff.closeout, Tool::TicketClose, here).await.map(drop)
    }

    async fn finish_work(&mut self, ticket: &mut Specimen, me: Actor) -> Result<(), No> {
        let kind = self.kind(ticket.kind)?.clone();
        self.player.pause(40).await;
        let labor = json!({ "ticket": ticket.id, "kind": "regular", "minutes": 40 });
        self.on(ticket, me, Tool::CloseoutLogLabor, labor).await?;
        for key in &kind.evidence {
            let bytes = photo::png(&ticket.id.to_string(), key.as_str());
            let digest = self.cast.upload(me, bytes).await?;
            let add = json!({ "ticket": ticket.id, "key": key, "digest": digest });
            self.on(ticket, me, Tool::CloseoutAddEvidence, add).await?;
        }
        let items: serde_json::Map<_, _> =
            kind.checklist.iter().map(|item| (item.to_string(), json!(true))).collect();
        let tick = json!({ "ticket": ticket.id, "items": items });
        self.on(ticket, me, Tool::CloseoutSetChecklist, tick).await.map(drop)
    }

    /// A call of the customer's, ready to be planned.
    async fn open(&self, kind: &'static str, summary: &str) -> Result<Specimen, No> {
        let mut ticket = self.open_untriaged(summary).await?;
        let ready = json!({
            "ticket": ticket.id, "outcome": "ready_to_schedule", "incident_type": kind,
            "nte": play::dollars(45_000), "contact": self.customer.id,
        });
        self.on(&mut ticket, self.town.staff.intake, Tool::TicketTriage, ready).await?;
        ticket.kind = kind;
        Ok(ticket)
    }

    async fn open_untriaged(&self, summary: &str) -> Result<Specimen, No> {
        let create = json!({
            "site": self.known.site, "contact": self.customer.id, "summary": summary,
            "description": "This call was made by the demo, to show what is refused.",
        });
        let reply = self.cast.call(self.customer.actor, Tool::TicketCreate, &create, None).await?;
        let mut body = reply.body;
        let id = serde_json::from_value(body["ticket"].take())?;
        Ok(Specimen { id, version: reply.version.unwrap_or(1), kind: "", slot: None })
    }

    async fn agree(&self, ticket: &mut Specimen) -> Result<(), No> {
        let scheduling = self.town.staff.scheduling;
        let kind = self.kind(ticket.kind)?;
        let job = Job {
            skills: kind.skills.clone(),
            territory: self.place.place.territory.clone(),
            minutes: kind.minutes,
            urgent: false,
        };
        let from = self.player.now() + SignedDuration::from_hours(3);
        let slot = self.diary.book(&job, from, None).ok_or_else(|| script("nobody is free"))?;
        ticket.slot = Some(slot);
        let windows = json!({ "ticket": ticket.id, "windows": [slot.window] });
        self.on(ticket, scheduling, Tool::SchedulePropose, windows).await?;
        let window = json!({ "ticket": ticket.id, "window": slot.window });
        self.on(ticket, scheduling, Tool::ScheduleConfirm, window).await.map(drop)
    }

    /// Somebody who has not learned what the job asks for.
    fn unfit(&self, ticket: &Specimen) -> Result<Id<id::Technician>, No> {
        let skills = &self.kind(ticket.kind)?.skills;
        let found = self.town.crew.iter().find(|hired| !skills.is_subset(&hired.member.skills));
        found.map(|hired| hired.technician).ok_or_else(|| script("everybody can do everything"))
    }

    fn kind(&self, name: &str) -> Result<&Type, No> {
        let key: Option<Key> = name.parse().ok();
        key.and_then(|key| self.town.types.get(&key)).ok_or_else(|| script("a type is missing"))
    }

    async fn on(
        &self,
        ticket: &mut Specimen,
        actor: Actor,
        tool: Tool,
        input: Value,
    ) -> Result<Value, No> {
        let reply = self.cast.call(actor, tool, &input, Some(ticket.version)).await?;
        ticket.version = reply.version.unwrap_or(ticket.version);
        Ok(reply.body)
    }

    async fn no(
        &self,
        actor: Actor,
        tool: Tool,
        input: Value,
        version: Option<i64>,
        code: Code,
    ) -> Result<Box<Refusal>, No> {
        refusal(self.cast.call(actor, tool, &input, version).await, code)
    }

    fn note(&mut self, tried: &'static str, by: &'static str, refusal: Box<Refusal>) {
        self.scenes.push(Scene { tried, by, refusal });
    }
}

/// The refusal that was expected; anything else is a mistake somewhere.
fn refusal(answer: Result<Reply, No>, code: Code) -> Result<Box<Refusal>, No> {
    match answer {
        Err(No::Refused(refusal)) if refusal.code == code => Ok(refusal),
        Err(no) => Err(no),
        Ok(_) => Err(script(&format!("`{}` should have been refused", code.name()))),
    }
}

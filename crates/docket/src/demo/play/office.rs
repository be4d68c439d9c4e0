//! The office: taking a call in, finding out what is missing, agreeing on a
//! time and sending somebody.

use super::{End, Play, Waits, dollars, script};
use crate::{
    demo::{
        call::{Course, Incoming},
        cast::{Actor, Cast, No},
        diary::{Job, Slot},
        town::{Contact, Town},
    },
    ticket::Channel,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{self, Id},
    refusal::Code,
    state::State,
    tool::Tool,
    window::Window,
};
use serde_json::{Value, json};

/// What became of a call at first.
pub(super) enum Taken {
    New {
        ticket: Id<id::Ticket>,
        version: i64,
    },
    /// It was there already, and its words were added.
    Known {
        ticket: Id<id::Ticket>,
    },
}

/// Takes a call in. Somebody who signed in on the web makes the ticket
/// themselves; whoever calls or writes is heard by the intake agent.
pub(super) async fn take_in(cast: &Cast, town: &Town, call: &Incoming) -> Result<Taken, No> {
    let known = town.site(&call.place);
    let contact = town.caller(call).filter(|_| call.caller.on_file.may_request());
    if let Some(contact) = contact.filter(|_| call.channel == Channel::Web) {
        let input = json!({
            "site": known.site,
            "contact": contact.id,
            "summary": call.summary,
            "description": call.description,
        });
        let reply = cast.call(contact.actor, Tool::TicketCreate, &input, None).await?;
        return new(reply.body, reply.version);
    }
    let operator =
        call.kind.as_ref().is_some_and(|kind| kind.key.as_str() == "auto_operator_fault");
    let input = json!({
        "channel": call.channel,
        "site": { "id": known.site },
        "caller": sender(town, call),
        "message": format!("call:{}", call.reference),
        "incident_type": call.kind.as_ref().map(|kind| &kind.key),
        "summary": call.summary,
        "description": call.description,
        "asset": operator.then_some(known.door),
    });
    match cast.call(town.staff.intake, Tool::TicketIntake, &input, None).await {
        Ok(reply) => new(reply.body, reply.version),
        Err(No::Refused(refusal)) if refusal.code == Code::IntakeDuplicate => {
            let ticket = refusal.facts.get("ticket").cloned().unwrap_or_default();
            join(cast, town, call, serde_json::from_value(ticket)?).await
        }
        Err(no) => Err(no),
    }
}

fn new(mut body: Value, version: Option<i64>) -> Result<Taken, No> {
    let ticket = serde_json::from_value(body["ticket"].take())?;
    Ok(Taken::New { ticket, version: version.unwrap_or(1) })
}

/// Where the call came from, as the channel reports it.
fn sender(town: &Town, call: &Incoming) -> Value {
    let caller = &call.caller;
    // Where the file names nobody, its desk calls. On the web its address is
    // typed into a form, which proves nothing.
    let desk = town.caller(call).filter(|_| caller.name.is_none()).map(|desk| &desk.reached);
    json!({
        "name": caller.name,
        "phone": caller.phone.as_ref().map(|phone| phone.as_str())
            .or(desk.and_then(|desk| desk.phone.as_deref())),
        "email": caller.email.as_ref().map(|email| email.as_str())
            .or(desk.and_then(|desk| desk.email.as_deref())),
    })
}

/// Adds the words of a call to the ticket that is about the same.
async fn join(
    cast: &Cast,
    town: &Town,
    call: &Incoming,
    ticket: Id<id::Ticket>,
) -> Result<Taken, No> {
    let input = json!({
        "ticket": ticket,
        "text": format!("{}\n\n{}", call.summary, call.description),
        "received": {
            "channel": call.channel,
            "external": format!("call:{}", call.reference),
            "from": sender(town, call),
        },
    });
    loop {
        let which = json!({ "ticket": ticket });
        let seen = cast.call(town.staff.intake, Tool::TicketGet, &which, None).await?;
        let version = seen.version;
        match cast.call(town.staff.intake, Tool::TicketAddMessage, &input, version).await {
            Err(No::Refused(refusal)) if refusal.code == Code::TicketStale => {}
            answer => return answer.map(|_| Taken::Known { ticket }),
        }
    }
}

impl Play<'_> {
    /// Everything until the work can be planned, or why it cannot be.
    pub(super) async fn prepare(&mut self) -> Result<Option<End>, No> {
        let (dispatcher, intake) = (self.staff().dispatcher, self.staff().intake);
        if self.town.requester(&self.call.place).is_none() {
            return Ok(Some(End::Waits(Waits::ForSomeoneAuthorised)));
        }
        match self.call.course {
            Course::UnknownCaller => {
                let note = json!({
                    "text": "The customer's list does not know the caller. Their office is asked to call back.",
                });
                self.act(dispatcher, Tool::TicketAddMessage, note).await?;
                let contact = self.customer()?.id;
                let ready = json!({ "outcome": "ready_to_schedule", "contact": contact });
                self.refused(intake, Tool::TicketTriage, ready, Code::IdentityUnverified).await?;
                return Ok(Some(End::Waits(Waits::ForSomeoneAuthorised)));
            }
            Course::Cancelled => {
                self.player.pause(20).await;
                let reason = json!({ "reason": "The customer called it off." });
                self.act(dispatcher, Tool::TicketCancel, reason).await?;
                return Ok(Some(End::Finished));
            }
            Course::Silent | Course::Answers => {
                self.question().await?;
                if self.call.course == Course::Silent {
                    return Ok(Some(End::Waits(Waits::ForAnAnswer)));
                }
            }
            _ => {}
        }
        let state = self.state().await?;
        if state == State::ReadyToSchedule { Ok(None) } else { self.triage(state).await }
    }

    /// Asks what nobody has said, and, if the customer is one who answers, waits.
    async fn question(&mut self) -> Result<(), No> {
        let intake = self.staff().intake;
        if self.state().await? != State::NeedsInfo {
            let ask = json!({ "questions": ["Which door is it, and what does it do?"] });
            self.act(intake, Tool::TicketRequestInfo, ask).await?;
        }
        if self.call.course == Course::Answers {
            self.player.pause(45).await;
            self.customer_says("The front door. It does not latch any more.").await?;
            self.kind = "door_wont_latch".parse().ok();
        }
        Ok(())
    }

    /// The words of the customer, who is signed in.
    pub(super) async fn customer_says(&mut self, text: &str) -> Result<Value, No> {
        let who = self.customer()?.actor;
        self.act(who, Tool::TicketAddMessage, json!({ "text": text })).await
    }

    fn customer(&self) -> Result<&Contact, No> {
        let who = self.town.requester(&self.call.place);
        who.ok_or_else(|| script("nobody at the site may ask for work"))
    }

    /// Says of what kind the call is and for how much. An unknown voice is
    /// called back by a person first.
    async fn triage(&mut self, state: State) -> Result<Option<End>, No> {
        let seen = self.look().await?;
        let verified = seen["identity"]["identity"] != "unverified";
        let agent = verified && state != State::ApprovalRequired;
        let who = if agent { self.staff().intake } else { self.staff().dispatcher };
        self.player.pause(if agent { 2 } else { 15 }).await;
        let limit = self.kind()?.limit_minor;
        let mut input = json!({
            "outcome": "ready_to_schedule",
            "incident_type": self.kind,
            "nte": dollars(limit),
            "contact": self.customer()?.id,
        });
        if self.kind.as_ref().is_some_and(|kind| kind.as_str() == "auto_operator_fault") {
            input["asset"] = json!(self.known.door);
        }
        if !verified {
            input["vouch"] = json!(true);
        }
        if self.call.course == Course::ApprovalOpen {
            input["outcome"] = json!("approval_required");
            // Without anybody on file to send a code to, less than takes one.
            let known = self.town.may_approve(&self.call.place);
            input["nte"] = dollars(if known { limit * 3 } else { 95_000 });
            input["reason"] = json!("Made to order; the customer asked for the price first.");
            let who = self.staff().dispatcher;
            self.act(who, Tool::TicketTriage, input).await?;
            return Ok(Some(End::Waits(Waits::ForApproval)));
        }
        self.act(who, Tool::TicketTriage, input).await?;
        Ok(None)
    }

    /// Agrees on a window with the customer.
    pub(super) async fn appoint(&mut self, first: bool) -> Result<Option<End>, No> {
        if first && self.bypasses() {
            return Ok(None);
        }
        let Some(slot) = self.book(None)? else {
            return self.nobody().await.map(Some);
        };
        self.offer(slot.window).await?;
        let course = if first { self.call.course } else { Course::Fixed };
        if course == Course::NoAnswer {
            return self.wait_for_nothing(slot).await.map(Some);
        }
        if self.is_urgent() {
            self.confirm(slot.window).await?;
        } else {
            self.hold_and_release(slot.window).await?;
        }
        if course == Course::Rescheduled {
            self.another_day().await?;
        }
        Ok(None)
    }

    /// Only an emergency may pass by the appointment.
    fn bypasses(&self) -> bool {
        self.call.course == Course::Bypass && self.is_urgent()
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.as_str() == "cannot_secure_entry")
    }

    fn job(&self) -> Result<Job, No> {
        let kind = self.kind()?;
        Ok(Job {
            skills: kind.skills.clone(),
            territory: self.call.place.territory.clone(),
            minutes: kind.minutes,
            urgent: self.is_urgent(),
        })
    }

    /// The first window that somebody can keep, written into the diary.
    fn book(&mut self, not: Option<usize>) -> Result<Option<Slot>, No> {
        let soon = if self.is_urgent() { 30 } else { 180 };
        let from = self.player.now() + SignedDuration::from_mins(soon);
        self.slot = self.diary.book(&self.job()?, from, not);
        Ok(self.slot)
    }

    /// Docket says why nobody can go.
    async fn nobody(&mut self) -> Result<End, No> {
        let start = self.player.now() + SignedDuration::from_hours(20);
        let window = Window::new(start, start + SignedDuration::from_hours(2));
        let window = window.map_err(|no| script(&no.to_string()))?;
        let who = self.staff().scheduling;
        let input = json!({ "window": window });
        let answer = self.ask(who, Tool::AssignmentRecommend, input).await?;
        match answer["candidates"].as_array() {
            Some(none) if none.is_empty() => Ok(End::Waits(Waits::ForATechnician)),
            _ => Err(script("Docket knows a technician that the diary does not")),
        }
    }

    async fn offer(&mut self, window: Window) -> Result<(), No> {
        let who = self.staff().scheduling;
        self.act(who, Tool::SchedulePropose, json!({ "windows": [window] })).await.map(drop)
    }

    async fn confirm(&mut self, window: Window) -> Result<(), No> {
        let who = self.staff().scheduling;
        self.act(who, Tool::ScheduleConfirm, json!({ "window": window })).await.map(drop)
    }

    async fn hold(&mut self, window: Window) -> Result<Timestamp, No> {
        let until = (self.player.now() + SignedDuration::from_hours(4)).min(window.start());
        let who = self.staff().scheduling;
        let input = json!({
            "window": window,
            "until": until,
            "reason": "Somebody has to be there to let the technician in.",
        });
        self.act(who, Tool::ScheduleHold, input).await?;
        Ok(until)
    }

    async fn hold_and_release(&mut self, window: Window) -> Result<(), No> {
        self.hold(window).await?;
        self.player.pause(25).await;
        let said = self.customer_says("Yes, that time works for us.").await?;
        let who = self.staff().scheduling;
        self.act(who, Tool::ScheduleRelease, json!({ "message": said["message"] })).await?;
        Ok(())
    }

    /// The hold passes, and Docket takes it back by itself.
    async fn wait_for_nothing(&mut self, slot: Slot) -> Result<End, No> {
        let until = self.hold(slot.window).await?;
        self.player.until(until + SignedDuration::from_mins(10)).await;
        self.diary.free(slot);
        self.slot = None;
        Ok(End::Waits(Waits::ForConfirmation))
    }

    /// The customer wants another window, if there is one.
    async fn another_day(&mut self) -> Result<(), No> {
        self.player.pause(30).await;
        let before = self.slot;
        let Some(slot) = self.book_other()? else { return Ok(()) };
        let who = self.staff().scheduling;
        let input = json!({
            "windows": [slot.window],
            "reason": "You asked for another time.",
        });
        self.act(who, Tool::ScheduleReschedule, input).await?;
        if let Some(before) = before {
            self.diary.free(before);
        }
        self.confirm(slot.window).await
    }

    /// Another window than the one in the diary, which stays taken: with
    /// somebody else if possible.
    fn book_other(&mut self) -> Result<Option<Slot>, No> {
        let before = self.slot;
        let other = match self.book(before.map(|slot| slot.member))? {
            None => self.book(None)?,
            some => some,
        };
        if other.is_none() {
            self.slot = before;
        }
        Ok(other)
    }

    /// Sends somebody, after asking who can go.
    pub(super) async fn send(&mut self, first: bool) -> Result<Option<End>, No> {
        if first && self.bypasses() {
            return self.bypass().await;
        }
        let slot = self.slot.ok_or_else(|| script("nothing was agreed"))?;
        self.player.until(slot.window.start() - SignedDuration::from_mins(60)).await;
        let scheduling = self.staff().scheduling;
        self.dispatch(scheduling).await?;
        if first && self.call.course == Course::Ill {
            self.falls_ill().await?;
        }
        if first && self.call.course == Course::CancelledLate {
            self.player.pause(10).await;
            let reason =
                json!({ "reason": "The customer called while the technician was on the way." });
            let who = self.staff().dispatcher;
            self.act(who, Tool::TicketCancel, reason).await?;
            return Ok(Some(End::Finished));
        }
        Ok(None)
    }

    /// Sends the one in the diary if Docket recommends them, or else the first
    /// that it recommends and who is free in the diary.
    async fn dispatch(&mut self, who: Actor) -> Result<(), No> {
        let slot = self.slot.ok_or_else(|| script("nothing was agreed"))?;
        let mut answer = self.ask(who, Tool::AssignmentRecommend, json!({})).await?;
        let fit: Vec<Candidate> = serde_json::from_value(answer["candidates"].take())?;
        let planned = self.town.crew[slot.member].technician;
        let of = |id| self.town.crew.iter().position(|hired| hired.technician == id);
        let choice = if fit.iter().any(|candidate| candidate.technician == planned) {
            Some(slot)
        } else {
            fit.iter()
                .filter_map(|one| of(one.technician))
                .find_map(|to| self.diary.hand_over(slot, to))
        };
        let slot = choice.ok_or_else(|| script("nobody is left to send"))?;
        self.slot = Some(slot);
        let input = json!({
            "technician": self.town.crew[slot.member].technician,
            "recommendation": answer["recommendation"],
        });
        self.act(who, Tool::AssignmentDispatch, input).await.map(drop)
    }

    /// The technician cannot come; somebody else goes in the same window, or
    /// the same job in another.
    async fn falls_ill(&mut self) -> Result<(), No> {
        let slot = self.slot.ok_or_else(|| script("nobody was sent"))?;
        let dispatcher = self.staff().dispatcher;
        let away = json!({
            "technician": self.town.crew[slot.member].technician,
            "start": slot.window.start(),
            "end": slot.window.end(),
            "reason": "Ill.",
        });
        self.cast.call(dispatcher, Tool::TechnicianAbsent, &away, None).await?;
        let reason = json!({ "reason": "The technician is ill." });
        self.act(dispatcher, Tool::AssignmentUnassign, reason).await?;
        let other = self.book_other()?.ok_or_else(|| script("nobody has the skills any more"))?;
        let input = json!({
            "windows": [other.window],
            "reason": "Our technician is ill; somebody else comes.",
        });
        self.act(dispatcher, Tool::ScheduleReschedule, input).await?;
        self.confirm(other.window).await?;
        self.player.until(other.window.start() - SignedDuration::from_mins(60)).await;
        self.dispatch(dispatcher).await
    }

    /// Two dispatchers send somebody at once, without an appointment.
    async fn bypass(&mut self) -> Result<Option<End>, No> {
        let Some(slot) = self.book(None)? else {
            return self.nobody().await.map(Some);
        };
        let input = json!({
            "technician": self.town.crew[slot.member].technician,
            "bypass": {
                "rationale": "The entrance is open and cannot be guarded; somebody has to go now.",
                "window": slot.window,
            },
        });
        let (one, other) = (self.staff().dispatcher, self.staff().second_dispatcher);
        self.twice(one, other, Tool::AssignmentDispatch, input).await?;
        Ok(None)
    }

    /// What takes two people: the first asks, the second confirms.
    pub(super) async fn twice(
        &mut self,
        one: Actor,
        other: Actor,
        tool: Tool,
        mut input: Value,
    ) -> Result<Value, No> {
        let asked = self.act(one, tool, input.clone()).await?;
        self.player.pause(2).await;
        input["countersign"] = asked["countersign"].clone();
        self.act(other, tool, input).await
    }
}

#[derive(serde::Deserialize)]
struct Candidate {
    technician: Id<id::Technician>,
}

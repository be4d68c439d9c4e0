//! What people do all day: calls are taken in, and some of them get as far as
//! a signed packet.

use super::desk::{Desk, Tokens};
use crate::home::{Home, Server};
use docket::chance::WallClock;
use jiff::SignedDuration;
use kernel::clock::Clock;
use rand::RngExt;
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicI64, Ordering};

/// What is on file, and who is there.
pub struct Office {
    pub tokens: Tokens,
    site: String,
    contact: String,
    technician: String,
    /// Every ticket has a window of its own, so that nobody is needed twice at once.
    windows: AtomicI64,
}

/// What `door_wont_latch` asks for before it is done.
const EVIDENCE: [&str; 4] = [
    "note_adjustments_and_test_cycles",
    "photo_after_latched_alignment",
    "photo_before_door_edge_and_strike",
    "signature_or_no_signature_reason",
];
const CHECKLIST: [&str; 5] = [
    "billing_authorization",
    "onsite_photos_after",
    "parts_used_or_needed",
    "resolution_status",
    "work_performed",
];

impl Office {
    /// Has everything written down that is needed.
    pub fn open(home: &Home, server: &Server) -> Self {
        let hire = |role: &str| home.hire(server, role);
        let (tech, qa, auditor) = (hire("technician"), hire("qa"), hire("auditor"));
        let account = home.put(server, "account.put", json!({ "name": "Latches & Sons" }));
        let site = json!({
            "account": account, "name": "Depot", "address": "2 Depot Rd", "territory": "north",
            "zone": "America/New_York",
        });
        let site = home.put(server, "site.put", site);
        let contact = json!({
            "account": account, "site": site, "name": "Ada", "email": "ada@example.com",
            "may_request": true, "may_approve": true,
        });
        let contact = home.put(server, "contact.put", contact);
        let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let shifts: Vec<_> = week
            .iter()
            .map(|day| json!({ "weekday": day, "from": "00:00:00", "to": "00:00:00" }))
            .collect();
        let technician = json!({
            "name": "Theo", "principal": tech, "active": true, "territories": ["north"],
            "skills": ["doors", "locks", "closers", "hardware", "frames"],
            "zone": "America/New_York", "shifts": shifts,
        });
        let technician = home.put(server, "technician.put", technician);
        let tokens = Tokens::from([
            ("dispatcher", home.bound_token(&home.dispatcher().to_string(), "dispatcher")),
            ("technician", home.bound_token(&tech, "technician")),
            ("qa", home.bound_token(&qa, "qa")),
            ("auditor", home.bound_token(&auditor, "auditor")),
        ]);
        Self { tokens, site, contact, technician, windows: AtomicI64::new(0) }
    }

    /// Two hours that nobody else has.
    fn window(&self) -> Value {
        let number = self.windows.fetch_add(1, Ordering::Relaxed);
        let start = WallClock.now() + SignedDuration::from_hours(4 + 3 * number);
        json!({ "start": start, "end": start + SignedDuration::from_hours(2) })
    }
}

/// One ticket in the hands of one desk.
struct Ticket<'a, 'b> {
    desk: &'a mut Desk<'b>,
    office: &'a Office,
    id: Value,
    version: Option<i64>,
}

/// Takes one call in and goes on with it, as far as luck has it.
pub fn one_call(desk: &mut Desk<'_>, office: &Office) {
    let far = desk.luck.random_range(0..100);
    let mut ticket = call_in(desk, office);
    match far {
        0..40 => {}
        40..75 => ticket.is_held_in_vain(),
        75..90 => ticket.is_held_and_released(),
        _ => drop(ticket.is_done_and_closed()),
    }
}

/// Takes one call in and goes on with it to its end. Answers its evidence.
pub fn one_job(desk: &mut Desk<'_>, office: &Office) -> Vec<Piece> {
    call_in(desk, office).is_done_and_closed()
}

/// What was uploaded, and under which digest it is kept.
pub type Piece = (Value, String);

fn call_in<'a, 'b>(desk: &'a mut Desk<'b>, office: &'a Office) -> Ticket<'a, 'b> {
    let input = json!({
        "site": office.site, "contact": office.contact, "summary": "the door does not latch",
    });
    let made = desk.act("dispatcher", "ticket.create", None, input);
    let (id, version) = (made["ticket"]["id"].clone(), made["ticket"]["version"].as_i64());
    let mut ticket = Ticket { desk, office, id, version };
    ticket.by("dispatcher", "ticket.add_message", json!({ "text": "it swings" }));
    ticket
}

impl Ticket<'_, '_> {
    fn by(&mut self, who: &'static str, tool: &'static str, mut input: Value) -> Value {
        input["ticket"] = self.id.clone();
        let answer = self.desk.act(who, tool, self.version, input);
        self.version = answer["ticket"]["version"].as_i64().or(self.version);
        answer
    }

    /// Offers a window.
    fn is_offered(&mut self) -> Value {
        let triage = json!({
            "outcome": "ready_to_schedule", "priority": "urgent",
            "incident_type": "door_wont_latch", "nte": { "minor": 50_000, "currency": "USD" },
            "description": "the latch does not reach the strike",
        });
        self.by("dispatcher", "ticket.triage", triage);
        let window = self.office.window();
        self.by("dispatcher", "schedule.propose", json!({ "windows": [window] }));
        window
    }

    /// Has the window held for so long from now on. While nobody answers that may
    /// pass, and then another time is asked for.
    fn is_held(&mut self, length: SignedDuration) {
        let window = self.is_offered();
        loop {
            let hold = json!({
                "ticket": self.id, "window": window, "until": WallClock.now() + length,
                "reason": "Somebody has to be there.",
            });
            match self.desk.try_act("dispatcher", "schedule.hold", self.version, hold) {
                Ok(held) => {
                    self.version = held["ticket"]["version"].as_i64();
                    return;
                }
                Err(code) => assert_eq!(code, "schedule.past"),
            }
        }
    }

    /// The customer does not answer, and Docket takes the hold back.
    fn is_held_in_vain(&mut self) {
        let ms = self.desk.luck.random_range(1_000..4_000);
        self.is_held(SignedDuration::from_millis(ms));
    }

    fn is_held_and_released(&mut self) {
        self.is_held(SignedDuration::from_hours(1));
        let said = json!({
            "text": "Yes, that works.",
            "received": {
                "channel": "email", "external": self.id, "from": { "email": "ada@example.com" },
            },
        });
        let said = self.by("dispatcher", "ticket.add_message", said);
        self.by("dispatcher", "schedule.release", json!({ "message": said["result"]["message"] }));
    }

    fn is_done_and_closed(&mut self) -> Vec<Piece> {
        let window = self.is_offered();
        self.by("dispatcher", "schedule.confirm", json!({ "window": window }));
        let technician = json!({ "technician": self.office.technician });
        self.by("dispatcher", "assignment.dispatch", technician);
        self.by("technician", "tech.check_in", json!({}));
        let mut pieces = Vec::new();
        for key in EVIDENCE {
            let note = format!("{key} of {}", self.id);
            let digest = self.desk.upload("technician", note.as_bytes());
            self.by("technician", "closeout.add_evidence", json!({ "key": key, "digest": digest }));
            pieces.push((digest, note));
        }
        let items: Map<_, _> =
            CHECKLIST.map(|item| (item.to_owned(), json!(true))).into_iter().collect();
        self.by("technician", "closeout.set_checklist", json!({ "items": items }));
        self.by("technician", "tech.complete", json!({}));
        self.by("qa", "qa.verify", json!({ "outcome": "pass" }));
        self.by("dispatcher", "ticket.close", json!({}));
        pieces
    }
}

//! What each text says, and when it is not said. The facts are made by hand:
//! what is written down here is all that a text may depend on.

use super::super::{
    Kind,
    facts::{Asked, Facts, Receipt},
    render::{Stale, Unsaid, render},
};
use crate::{
    schedule::Held,
    ticket::{Back, Channel, HeldFrom, Identity, Standing, Ticket},
};
use insta::assert_snapshot;
use jiff::{Timestamp, tz::TimeZone};
use kernel::{
    id::{Approval, Hold, Id, Identified, Visit},
    money::Money,
    sla::{Priority, WaitingFor},
    window::Window,
};

fn id<T: Identified>(number: u128) -> Id<T> {
    Id::from_parts(1, number)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-03-02T09:00:00Z")
}

/// From nine to eleven at the site.
fn monday() -> Window {
    Window::new(at("2026-03-02T14:00:00Z"), at("2026-03-02T16:00:00Z")).unwrap()
}

fn tuesday() -> Window {
    Window::new(at("2026-03-03T14:00:00Z"), at("2026-03-03T16:00:00Z")).unwrap()
}

fn ticket(standing: Standing) -> Ticket {
    Ticket {
        id: id(1),
        version: 7,
        account: id(1),
        site: id(1),
        contact: Some(id(1)),
        asset: None,
        standing,
        priority: Priority::Urgent,
        incident_type: None,
        type_version: None,
        summary: "door".to_owned(),
        description: None,
        channel: Channel::Phone,
        identity: Identity::Unverified,
        nte: Money::new(0, "USD".parse().unwrap()),
        technician: None,
        window: None,
        response_due: None,
        resolution_due: None,
        responded_at: None,
        resolved_at: None,
        paused_at: None,
        created_at: now(),
        updated_at: now(),
    }
}

fn facts(standing: Standing) -> Facts {
    Facts {
        now: now(),
        ticket: ticket(standing),
        zone: TimeZone::get("America/New_York").unwrap(),
        receipt: Receipt::default(),
        words: None,
        newer: false,
        hold: None,
        asked: None,
        closing: None,
    }
}

fn said(kind: Kind, facts: &Facts) -> String {
    let text = render(kind, facts).unwrap();
    format!("{}\n\n{}", text.subject, text.body)
}

fn stale(kind: Kind, facts: &Facts) -> Stale {
    match render(kind, facts) {
        Err(Unsaid::Stale(stale)) => stale,
        other => panic!("expected it to be stale, got {other:?}"),
    }
}

fn unproven(kind: Kind, facts: &Facts) -> bool {
    render(kind, facts) == Err(Unsaid::Unproven)
}

fn scheduled(window: Window) -> Facts {
    let mut facts = facts(Standing::Scheduled { offered: vec![monday(), tuesday()] });
    facts.ticket.window = Some(window);
    facts
}

fn dispatched(visit: Id<Visit>) -> Facts {
    let mut facts = facts(Standing::Dispatched { visit });
    facts.ticket.window = Some(monday());
    facts
}

fn held(hold: Id<Hold>, from: HeldFrom) -> Facts {
    let until = at("2026-03-02T12:30:00Z");
    let mut facts = facts(Standing::PendingCustomerConfirmation { hold, until, from });
    let reason = "We need the lobby free.".to_owned();
    facts.hold = Some(Held { id: hold, window: tuesday(), until, reason, at: now() });
    facts
}

fn proposed() -> HeldFrom {
    HeldFrom::ScheduleProposed { offered: vec![tuesday()] }
}

#[test]
fn questions_are_those_the_ticket_waits_for() {
    let questions = vec!["Which door is it?".to_owned(), "Since when?".to_owned()];
    assert_snapshot!(said(Kind::InfoRequested, &facts(Standing::NeedsInfo { questions })), @r"
    We have a question (service call tkt_00000000010000000000000001)

    Before we can plan the work, please tell us:
    Which door is it?
    Since when?
    ");
    assert_eq!(stale(Kind::InfoRequested, &facts(Standing::Triaged)), Stale::Answered);
}

#[test]
fn a_hold_is_told_while_it_holds() {
    let mut facts = held(id(3), proposed());
    assert!(unproven(Kind::WindowHeld, &facts));
    facts.receipt.hold = Some(id(3));
    assert_snapshot!(said(Kind::WindowHeld, &facts), @r"
    Please confirm your appointment (service call tkt_00000000010000000000000001)

    We keep this appointment for you: Tuesday, 3 March 2026, 09:00 to 11:00. We need the lobby free. Please answer before 07:30 on 2 March 2026 to confirm it.
    ");
    facts.receipt.hold = Some(id(4));
    assert_eq!(stale(Kind::WindowHeld, &facts), Stale::Moved, "another hold is none of it");
    facts.receipt.hold = Some(id(3));
    facts.now = at("2026-03-02T12:30:00Z");
    assert_eq!(stale(Kind::WindowHeld, &facts), Stale::Passed);
    facts.ticket.standing = Standing::Scheduled { offered: vec![] };
    assert_eq!(stale(Kind::WindowHeld, &facts), Stale::Moved);
}

#[test]
fn a_visit_is_confirmed_as_long_as_it_is_the_one_of_the_receipt() {
    let mut facts = scheduled(monday());
    assert!(unproven(Kind::VisitConfirmed, &facts), "without a receipt nothing is confirmed");
    facts.receipt.window = Some(monday());
    assert_snapshot!(said(Kind::VisitConfirmed, &facts), @r"
    Your appointment is confirmed (service call tkt_00000000010000000000000001)

    Your appointment is confirmed: Monday, 2 March 2026, 09:00 to 11:00.
    ");
    facts.receipt.window = Some(tuesday());
    assert_eq!(stale(Kind::VisitConfirmed, &facts), Stale::Moved);
    facts.receipt.window = Some(monday());
    facts.now = monday().end();
    assert_eq!(stale(Kind::VisitConfirmed, &facts), Stale::Passed);
}

#[test]
fn a_confirmation_stands_until_the_customer_has_said_yes_to_another_window() {
    let from = HeldFrom::Scheduled { offered: vec![tuesday()], window: monday() };
    let mut facts = held(id(3), from);
    facts.receipt.window = Some(monday());
    assert!(render(Kind::VisitConfirmed, &facts).is_ok());
    facts.receipt.window = Some(tuesday());
    assert_eq!(stale(Kind::VisitConfirmed, &facts), Stale::Moved, "held is not confirmed");

    let mut proposed = held(id(3), proposed());
    proposed.receipt.window = Some(tuesday());
    assert_eq!(stale(Kind::VisitConfirmed, &proposed), Stale::Moved);
}

#[test]
fn a_moved_visit_is_told_with_the_windows_that_are_offered_now() {
    let mut facts = facts(Standing::ScheduleProposed { offered: vec![monday(), tuesday()] });
    assert!(unproven(Kind::VisitMoved, &facts), "only the command knew why");
    facts.words = Some("The part has not come.".to_owned());
    assert_snapshot!(said(Kind::VisitMoved, &facts), @r"
    Your appointment has to move (service call tkt_00000000010000000000000001)

    Your appointment has to move. The part has not come. We could come:
    Monday, 2 March 2026, 09:00 to 11:00
    Tuesday, 3 March 2026, 09:00 to 11:00
    ");
    facts.ticket.standing = Standing::Scheduled { offered: vec![] };
    assert_eq!(stale(Kind::VisitMoved, &facts), Stale::Moved);
}

#[test]
fn that_somebody_comes_again_is_told_until_a_window_is_agreed() {
    assert_snapshot!(said(Kind::VisitAgain, &facts(Standing::ReadyToSchedule)), @r"
    We have to come again (service call tkt_00000000010000000000000001)

    The work could not be finished today. We will offer you another time.
    ");
    assert_eq!(stale(Kind::VisitAgain, &scheduled(monday())), Stale::Moved);
}

#[test]
fn a_technician_is_announced_for_the_visit_of_the_receipt_until_they_are_there() {
    let mut facts = dispatched(id(5));
    assert!(unproven(Kind::TechnicianDispatched, &facts));
    facts.receipt.visit = Some(id(5));
    assert_snapshot!(said(Kind::TechnicianDispatched, &facts), @r"
    A technician is coming (service call tkt_00000000010000000000000001)

    A technician is coming to you: Monday, 2 March 2026, 09:00 to 11:00.
    ");
    facts.receipt.visit = Some(id(6));
    assert_eq!(stale(Kind::TechnicianDispatched, &facts), Stale::Moved, "somebody else goes");
    facts.receipt.visit = Some(id(5));
    facts.ticket.standing = Standing::InProgress { visit: Some(id(5)) };
    assert_eq!(stale(Kind::TechnicianDispatched, &facts), Stale::Began);
    assert_eq!(
        stale(Kind::VisitConfirmed, &{
            facts.receipt.window = Some(monday());
            facts
        }),
        Stale::Began
    );
}

#[test]
fn a_code_is_told_while_its_question_is_open_and_it_can_be_right() {
    let approval: Id<Approval> = id(8);
    let back = Back::BeforeWork;
    let mut facts = facts(Standing::ApprovalRequired { approval, back });
    facts.receipt.approval = Some(approval);
    facts.words = Some("12345678".to_owned());
    let amount = Money::new(120_000, "USD".parse().unwrap());
    let until = Some(at("2026-03-02T09:30:00Z"));
    facts.asked = Some(Asked { id: approval, amount, code_good_until: until });
    assert_snapshot!(said(Kind::ApprovalCode, &facts), @r"
    Your code (service call tkt_00000000010000000000000001)

    Your code for 1200.00 USD more on service call tkt_00000000010000000000000001 is 12345678. Give it to whoever asks you about it, if you agree; it is good for this amount and until 04:30 on 2 March 2026. If you do not agree, give it to nobody.
    ");
    facts.asked = Some(Asked { id: approval, amount, code_good_until: None });
    assert_eq!(stale(Kind::ApprovalCode, &facts), Stale::Passed);
    facts.asked = Some(Asked { id: id(9), amount, code_good_until: until });
    assert_eq!(stale(Kind::ApprovalCode, &facts), Stale::Answered);
    facts.words = None;
    assert!(unproven(Kind::ApprovalCode, &facts), "a code that is gone is not made up");
}

#[test]
fn a_closed_call_is_told_in_the_words_of_its_type_and_not_once_it_is_open_again() {
    let closed = Standing::Closed { at: now(), forced: false };
    let mut facts = facts(closed);
    assert_snapshot!(said(Kind::TicketClosed, &facts), @r"
    Your service call is closed (service call tkt_00000000010000000000000001)

    Your service call tkt_00000000010000000000000001 is finished and closed.
    ");
    facts.closing = Some("Your door is fixed. Thank you!".to_owned());
    assert!(said(Kind::TicketClosed, &facts).ends_with("Your door is fixed. Thank you!"));
    facts.ticket.standing = Standing::InProgress { visit: None };
    assert_eq!(stale(Kind::TicketClosed, &facts), Stale::Reopened);
}

#[test]
fn of_a_cancelled_call_only_that_is_told() {
    let cancelled = || Standing::Cancelled { at: now(), reason: "ours alone".to_owned() };
    assert_snapshot!(said(Kind::TicketCancelled, &facts(cancelled())), @r"
    Your service call is cancelled (service call tkt_00000000010000000000000001)

    Your service call tkt_00000000010000000000000001 is cancelled. Nobody will come.
    ");
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::TicketCancelled) {
        assert_eq!(stale(*kind, &facts(cancelled())), Stale::Cancelled, "{kind:?}");
    }
    assert!(unproven(Kind::TicketCancelled, &facts(Standing::Triaged)));
}

#[test]
fn what_was_said_anew_is_not_said_as_it_was() {
    for kind in Kind::ALL {
        let mut facts = facts(Standing::OnHold {
            visit: None,
            reason: "rain".to_owned(),
            waiting_for: WaitingFor::Customer,
            since: now(),
        });
        facts.newer = true;
        assert_eq!(stale(*kind, &facts), Stale::Newer, "{kind:?}");
    }
}

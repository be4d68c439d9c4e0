use crate::{
    audit::Recorded,
    db::{Committed, Scope},
    job::{self, Want},
    outgoing,
    testing::{World, crowd::Crowd, stage::window},
};
use jiff::SignedDuration;
use kernel::{
    id::{Id, Ticket},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};
use std::fs;

fn count(world: &World, from: &str) -> i64 {
    world.value(&format!("select count(*) from {from}"))
}

fn pass(world: &World, minutes: i64) {
    world.clock.advance(SignedDuration::from_mins(minutes));
}

/// A ticket whose contact, if there is one, is asked something.
async fn asked(world: &World, contact: Value) {
    let input = json!({ "site": world.site(), "contact": contact, "summary": "door" });
    let made = world.call(&world.dispatcher(), Tool::TicketCreate, input).await.unwrap();
    let ticket = made["ticket"]["id"].as_str().unwrap().parse().unwrap();
    let ask = json!({ "questions": ["Which door is it?"] });
    world.on(&world.dispatcher(), Tool::TicketRequestInfo, ticket, ask).await.unwrap();
}

/// A ticket whose window is held for half an hour.
async fn held(world: &World) -> Id<Ticket> {
    let ticket = world.triaged("urgent", "ready_to_schedule").await;
    let dispatcher = world.dispatcher();
    let offer = json!({ "windows": [window()] });
    world.on(&dispatcher, Tool::SchedulePropose, ticket, offer).await.unwrap();
    hold(world, ticket, "2026-03-02T09:30:00Z").await;
    ticket
}

async fn hold(world: &World, ticket: Id<Ticket>, until: &str) {
    let hold = json!({ "window": window(), "until": until, "reason": "ask them" });
    world.on(&world.dispatcher(), Tool::ScheduleHold, ticket, hold).await.unwrap();
}

/// A worker that takes what is ready of a kind and is never heard of again.
async fn take_and_die(world: &World, kind: &'static str) -> usize {
    let want = Want {
        kind,
        max: 10,
        after: None,
        lease: SignedDuration::from_secs(60),
        worker: "gone".to_owned(),
        running_max: None,
        limited: false,
    };
    let taken = world.door.db().write(Scope::Everyone, move |tx| {
        let taken = job::promote(tx, 100).and_then(|_| job::claim(tx, &want));
        match taken {
            Ok(taken) => Committed::Changed(taken.len(), Recorded::by_the_jobs()),
            Err(fault) => Committed::Failed(fault.into()),
        }
    });
    taken.await.unwrap()
}

/// The lease of whoever died passes, and then the time in which they could have
/// given a sign of life.
async fn is_given_up(world: &World) {
    pass(world, 2);
    world.work_off().await;
    world.clock.advance(SignedDuration::from_secs(5));
}

#[tokio::test]
async fn a_hold_that_passes_is_rolled_back_by_whoever_works_and_not_before() {
    let world = World::new();
    let ticket = held(&world).await;
    pass(&world, 29);
    world.work_off().await;
    assert_eq!(world.state(ticket), "pending_customer_confirmation");
    pass(&world, 1);
    world.work_off().await;
    assert_eq!(world.state(ticket), "schedule_proposed");
    assert_eq!(count(&world, "job where kind = 'hold.expire'"), 0);
    let result: String = world
        .value("select result from job_done where kind = 'hold.expire' and phase = 'succeeded'");
    assert!(result.starts_with(r#"{"rolled_back":"hld_"#), "{result}");
}

#[tokio::test]
async fn a_hold_whose_worker_was_killed_is_rolled_back_once_by_another() {
    let world = World::new();
    let ticket = held(&world).await;
    pass(&world, 30);
    assert_eq!(take_and_die(&world, "hold.expire").await, 1);
    world.work_off().await;
    assert_eq!(world.state(ticket), "pending_customer_confirmation", "its lease still holds");
    is_given_up(&world).await;
    world.work_off().await;
    assert_eq!(world.state(ticket), "schedule_proposed");
    assert_eq!(count(&world, "transition where tool = 'schedule.rollback'"), 1);
    assert_eq!(count(&world, "job_done where kind = 'hold.expire' and attempt = 2"), 1);
}

#[tokio::test]
async fn a_hold_that_was_answered_does_not_take_a_later_one_with_it() {
    let world = World::new();
    let ticket = held(&world).await;
    world.on(&world.dispatcher(), Tool::ScheduleRollback, ticket, json!({})).await.unwrap();
    hold(&world, ticket, "2026-03-02T09:45:00Z").await;
    pass(&world, 30);
    world.work_off().await;
    assert_eq!(world.state(ticket), "pending_customer_confirmation");
    assert_eq!(count(&world, "job_done where kind = 'hold.expire'"), 1);
    pass(&world, 15);
    world.work_off().await;
    assert_eq!(world.state(ticket), "schedule_proposed");
}

#[tokio::test]
async fn what_waits_is_delivered_once_however_many_work() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    for _ in 0..20 {
        asked(world, json!(world.contact())).await;
    }
    let (other, carriers) = (crowd.door(1), world.carriers());
    let (one, another) = tokio::join!(world.work_off(), world.work_off_at(&other, &carriers));
    assert!(one + another >= 20);
    let letters = world.delivered().await;
    assert_eq!(letters.len(), 20);
    assert_eq!(letters[0]["phone"], "+12025550173");
    assert!(letters[0]["body"].as_str().unwrap().contains("Which door is it?"));
    assert_eq!(count(world, "outgoing_attempt"), 20);
    assert_eq!(count(world, "audit_entry where tool = 'outgoing.deliver'"), 20);
}

#[tokio::test]
async fn a_text_whose_worker_was_killed_after_it_left_does_not_leave_again() {
    let world = World::new();
    asked(&world, json!(world.contact())).await;
    assert_eq!(take_and_die(&world, "outgoing.deliver").await, 1);
    // It got this far.
    let text: Id<kernel::id::Outgoing> = world.value("select id from outgoing");
    let left = outgoing::deliver_one(world.door.db(), &world.carriers(), world.tenant, text).await;
    assert_eq!(format!("{:?}", left.unwrap()), "Ended(Delivered)");
    fs::remove_dir_all(world.outbox()).unwrap();

    is_given_up(&world).await;
    assert_eq!(world.work_off().await, 1);
    assert!(world.delivered().await.is_empty(), "nothing has left since");
    assert_eq!(count(&world, "job_done where phase = 'succeeded' and attempt = 2"), 1);
}

#[tokio::test]
async fn a_text_that_was_written_and_not_marked_is_written_again_over_itself() {
    let world = World::new();
    asked(&world, json!(world.contact())).await;
    assert_eq!(take_and_die(&world, "outgoing.deliver").await, 1);
    let text: Id<kernel::id::Outgoing> = world.value("select id from outgoing");
    let carriers = world.carriers();
    outgoing::deliver_one(world.door.db(), &carriers, world.tenant, text).await.unwrap();
    world.behind_the_door(
        "update outgoing set ended_at = null, standing = 'waiting', attempts = 0;
         delete from outgoing_attempt",
    );
    is_given_up(&world).await;
    assert_eq!(world.delivered().await.len(), 1);
    assert_eq!(count(&world, "outgoing where standing = 'delivered'"), 1);
}

#[tokio::test]
async fn a_text_to_nobody_we_can_reach_is_said_to_be_one_and_not_tried_for_ever() {
    let world = World::new();
    asked(&world, Value::Null).await;
    assert!(world.delivered().await.is_empty());
    assert_eq!(count(&world, "outgoing where standing = 'no_address'"), 1);
    assert_eq!(count(&world, "job"), 0);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_keeps_what_waits_and_costs_the_job_no_attempt() {
    let world = World::new();
    fs::write(world.outbox(), "a file is in the way").unwrap();
    asked(&world, json!(world.contact())).await;
    for _ in 0..3 {
        world.work_off().await;
        world.clock.advance(SignedDuration::from_secs(10));
    }
    assert_eq!(count(&world, "outgoing_attempt where ended = 'transient'"), 3);
    assert_eq!(count(&world, "job where phase = 'waiting' and attempt = 0"), 1);
    fs::remove_file(world.outbox()).unwrap();
    assert_eq!(world.delivered().await.len(), 1);
}

#[tokio::test]
async fn the_text_of_a_secret_is_gone_once_it_has_left() {
    let world = World::new();
    let ticket = world.new_ticket().await;
    // Above the threshold of the tenant, so that a code is sent.
    let triage = json!({
        "outcome": "approval_required", "incident_type": "door_wont_latch", "description": "x",
        "nte": { "minor": 200_000, "currency": "USD" },
    });
    world.on(&world.dispatcher(), Tool::TicketTriage, ticket, triage).await.unwrap();
    assert_eq!(count(&world, "outgoing where words is not null"), 1);
    assert_eq!(count(&world, "message where direction = 'out'"), 0);

    assert!(world.delivered().await[0]["body"].as_str().unwrap().contains("code"));
    assert_eq!(count(&world, "outgoing where words is not null"), 0);
}

#[tokio::test]
async fn the_packet_of_a_closing_is_made_by_the_job_where_the_door_did_not() {
    let world = World::new();
    world.closed().await;
    world.back().tamper("delete from packet");
    world.work_off().await;
    assert_eq!(count(&world, "packet"), 1);
    let result = "select result from job_done where kind = 'packet.make'";
    assert_eq!(world.value::<String>(result), r#"{"made":1}"#);
}

#[tokio::test]
async fn a_packet_that_the_door_made_is_not_made_again() {
    let world = World::new();
    world.closed().await;
    assert_eq!(count(&world, "packet"), 1);
    world.work_off().await;
    let result = "select result from job_done where kind = 'packet.make'";
    assert_eq!(world.value::<String>(result), r#"{"made":0}"#);
    assert_eq!(count(&world, "audit_entry where tool = 'packet.make'"), 1);
}

#[tokio::test]
async fn a_broken_promise_is_noted_once_however_many_look() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let ticket = world.new_ticket().await;
    world.work_off().await;
    assert_eq!(count(world, "breach"), 0);

    // Both promises are long past, and looked for again and again.
    for _ in 0..3 {
        pass(world, 10 * 24 * 60);
        let (other, carriers) = (crowd.door(1), world.carriers());
        tokio::join!(world.work_off(), world.work_off_at(&other, &carriers));
    }
    let noted: Vec<String> = world
        .back()
        .column(&format!("select promise from breach where ticket = '{ticket}' order by promise"));
    assert_eq!(noted, ["resolution", "response"]);
    assert_eq!(count(world, "audit_entry where tool = 'clock.breach'"), 2);
    let entry: String = world.value("select body from audit_entry where tool = 'clock.breach'");
    assert!(entry.contains(r#""promise":"#) && entry.contains(r#""surface":"work""#), "{entry}");
}

#[tokio::test]
async fn promises_of_many_tenants_and_more_than_a_batch_are_all_noted() {
    let world = World::new();
    for _ in 0..60 {
        world.new_ticket().await;
    }
    let stranger = world.stranger(2, &[Role::Dispatcher]);
    let input = json!({ "site": world.other().site, "summary": "door" });
    world.call(&stranger, Tool::TicketCreate, input).await.unwrap();
    pass(&world, 10 * 24 * 60);
    world.work_off().await;
    assert_eq!(count(&world, "breach"), 2 * 61);
    let of_each: Vec<i64> =
        world.back().column("select count(*) from breach group by tenant order by 1");
    assert_eq!(of_each, [2, 120]);
    assert_eq!(count(&world, "job_done where kind = 'clock.check'"), 2);
}

#[tokio::test]
async fn a_step_that_comes_too_late_notes_what_it_broke_itself() {
    let world = World::new();
    let ticket = world.new_ticket().await;
    pass(&world, 10 * 24 * 60);
    let cancel = json!({ "reason": "the customer called it off" });
    world.on(&world.dispatcher(), Tool::TicketCancel, ticket, cancel).await.unwrap();
    assert_eq!(count(&world, "breach"), 2);
    world.work_off().await;
    assert_eq!(count(&world, "audit_entry where tool = 'clock.breach'"), 2);
}

#[tokio::test]
async fn while_the_customer_keeps_us_waiting_no_promise_breaks() {
    let world = World::new();
    asked(&world, json!(world.contact())).await;
    pass(&world, 10 * 24 * 60);
    world.work_off().await;
    assert_eq!(count(&world, "breach"), 0);
}

#[tokio::test]
async fn answers_are_kept_for_two_days_and_then_forgotten() {
    let world = World::new();
    for _ in 0..101 {
        let note = json!({ "site": world.site(), "summary": "door" });
        world.call(&world.dispatcher(), Tool::TicketCreate, note).await.unwrap();
    }
    let kept = count(&world, "idempotency");
    pass(&world, 48 * 60);
    world.work_off().await;
    assert_eq!(count(&world, "idempotency"), kept);
    pass(&world, 60);
    let note = json!({ "site": world.site(), "summary": "window" });
    world.call(&world.dispatcher(), Tool::TicketCreate, note).await.unwrap();
    world.work_off().await;
    assert_eq!(count(&world, "idempotency"), 1, "what is young stays");
    let said = "audit_entry where tool = 'idempotency.forget' and body like '%\"keys\":%'";
    assert_eq!(count(&world, said), 2, "one of each tenant");
}

use crate::{
    config::Way,
    testing::{World, stage::window},
};
use jiff::SignedDuration;
use kernel::{
    id::{Id, Ticket},
    tool::Tool,
};
use serde_json::{Value, json};

fn later() -> Value {
    json!({ "start": "2026-03-03T14:00:00Z", "end": "2026-03-03T16:00:00Z" })
}

fn stands(world: &World, kind: &str) -> String {
    world.value(&format!(
        "select standing || ' ' || coalesce(reason, '-') from outgoing where kind = '{kind}'"
    ))
}

fn kinds(letters: &[Value]) -> Vec<&str> {
    letters.iter().map(|letter| letter["kind"].as_str().unwrap()).collect()
}

async fn reschedule(world: &World, ticket: Id<Ticket>) {
    let other = json!({ "windows": [later()], "reason": "The part has not come." });
    world.on(&world.dispatcher(), Tool::ScheduleReschedule, ticket, other).await.unwrap();
}

#[tokio::test]
async fn a_confirmation_of_a_visit_that_has_moved_is_not_sent_and_the_log_says_why() {
    let world = World::new();
    let ticket = world.scheduled().await;
    reschedule(&world, ticket).await;

    let letters = world.delivered().await;

    assert_eq!(kinds(&letters), ["visit_moved"]);
    assert_eq!(stands(&world, "visit_confirmed"), "superseded moved");
    let entry: String = world.value(
        "select body from audit_entry where tool = 'outgoing.deliver' and body like '%superseded%'",
    );
    assert!(entry.contains(r#""reason":"moved""#), "{entry}");
}

#[tokio::test]
async fn a_visit_that_moved_away_and_back_is_confirmed_once() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let back = json!({ "windows": [window()], "reason": "We were wrong about the part." });
    world.on(&world.dispatcher(), Tool::ScheduleReschedule, ticket, back).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(1));
    let choice = json!({ "window": window() });
    world.on(&world.dispatcher(), Tool::ScheduleConfirm, ticket, choice).await.unwrap();

    assert_eq!(kinds(&world.delivered().await), ["visit_confirmed"]);
    let first =
        "select reason from outgoing where kind = 'visit_confirmed' order by queued_at limit 1";
    assert_eq!(world.value::<String>(first), "newer");
}

#[tokio::test]
async fn a_hold_that_passed_before_it_was_told_is_not_told() {
    let world = World::new();
    let ticket = world.triaged("urgent", "ready_to_schedule").await;
    let offer = json!({ "windows": [window()] });
    world.on(&world.dispatcher(), Tool::SchedulePropose, ticket, offer).await.unwrap();
    let hold =
        json!({ "window": window(), "until": "2026-03-02T10:00:00Z", "reason": "Please answer." });
    world.on(&world.dispatcher(), Tool::ScheduleHold, ticket, hold).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(2));

    assert!(world.delivered().await.is_empty());
    // Whether it was rolled back by then is a matter of who was first.
    let stands = stands(&world, "window_held");
    assert!(["superseded moved", "superseded passed"].contains(&&*stands), "{stands}");
}

#[tokio::test]
async fn what_was_really_sent_is_kept_on_the_ticket_and_named_in_the_log() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let kept = "select count(*) from message where direction = 'out'";
    assert_eq!(world.value::<i64>(kept), 0, "nothing has been said yet");

    let letters = world.delivered().await;

    let body: String = world.value("select body from message where direction = 'out'");
    assert_eq!(letters[0]["body"], json!(body));
    let (message, receipt): (String, String) = (
        world.value("select id from message where direction = 'out'"),
        world.value(&format!("select receipt from outgoing where ticket = '{ticket}'")),
    );
    let entry: String = world.value("select body from audit_entry where tool = 'outgoing.deliver'");
    assert!(entry.contains(&message) && entry.contains(&receipt), "{entry}");
    assert!(!entry.contains("+1202") && !entry.contains("March"), "{entry}");
    let attempt = "select carrier || ' ' || ended from outgoing_attempt";
    assert_eq!(world.value::<String>(attempt), "folder sent");
}

#[tokio::test]
async fn a_text_whose_receipt_says_nothing_of_it_is_not_sent() {
    let world = World::new();
    world.scheduled().await;
    let another = world.new_ticket().await;
    // The entry of another ticket's command, put in place of the real one.
    world.behind_the_door(&format!(
        "update outgoing set receipt =
         (select id from audit_entry where ticket = '{another}' and tool = 'ticket.create')"
    ));
    assert!(world.delivered().await.is_empty());
    assert_eq!(stands(&world, "visit_confirmed"), "dead receipt.unproven");
}

#[tokio::test]
async fn what_was_queued_by_the_release_before_is_sent_as_it_was_written() {
    let world = World::new();
    world.scheduled().await;
    world.behind_the_door("update outgoing set receipt = null, words = 'We come on Monday.'");
    let letters = world.delivered().await;
    assert_eq!(letters[0]["body"], "We come on Monday.");
    let kept = "select count(*) from message where direction = 'out'";
    assert_eq!(world.value::<i64>(kept), 0, "it was kept when it was queued");
}

#[tokio::test]
async fn a_code_that_is_no_longer_good_is_not_sent_and_is_gone() {
    let world = World::new();
    let ticket = world.new_ticket().await;
    let triage = json!({
        "outcome": "approval_required", "incident_type": "door_wont_latch", "description": "x",
        "nte": { "minor": 200_000, "currency": "USD" },
    });
    world.on(&world.dispatcher(), Tool::TicketTriage, ticket, triage).await.unwrap();
    assert_eq!(world.value::<i64>("select length(words) from outgoing"), 8);
    world.clock.advance(SignedDuration::from_mins(30));

    assert!(world.delivered().await.is_empty());
    assert_eq!(stands(&world, "approval_code"), "superseded passed");
    assert_eq!(world.value::<i64>("select count(*) from outgoing where words is not null"), 0);
}

#[tokio::test]
async fn a_text_is_tried_until_it_has_been_often_enough_and_every_attempt_is_there_to_read() {
    let world = World::new();
    world.scheduled().await;
    std::fs::write(world.outbox(), "a file is in the way").unwrap();
    for _ in 0..20 {
        world.work_off().await;
        world.clock.advance(SignedDuration::from_mins(1));
    }
    assert_eq!(stands(&world, "visit_confirmed"), "dead folder.unwritable");
    let attempts = "select string_agg(number || ' ' || ended || ' ' || error, ', ') from
                    (select * from outgoing_attempt order by number limit 2) as first";
    let told = "1 transient folder.unwritable, 2 transient folder.unwritable";
    assert_eq!(world.value::<String>(attempts), told);
    assert_eq!(world.value::<i64>("select count(*) from outgoing_attempt"), 16);
}

#[tokio::test]
async fn the_address_is_the_one_most_like_the_channel_that_something_is_configured_for() {
    let ways = |email, phone| {
        let folder = |is: bool| is.then_some(Way::Folder);
        move |world: &World| world.carriers_for(folder(email), folder(phone))
    };
    for (channel, email, phone, reached) in [
        ("console", true, true, "phone"),
        ("sms", true, true, "phone"),
        ("email", true, true, "email"),
        ("web", true, true, "email"),
        ("console", true, false, "email"),
        ("email", false, true, "phone"),
    ] {
        let world = World::new();
        let ticket = world.scheduled().await;
        world.behind_the_door(&format!(
            "update ticket set channel = '{channel}' where id = '{ticket}'"
        ));
        let carriers = ways(email, phone)(&world);
        world.work_off_at(&world.door, &carriers).await;
        let letters = world.delivered().await;
        assert_eq!(letters.len(), 1);
        let letter = &letters[0];
        let others = if reached == "phone" { "email" } else { "phone" };
        assert!(letter[reached].is_string() && letter[others].is_null(), "{channel}: {letter}");
        let kept: String = world.value("select channel from message where direction = 'out'");
        assert_eq!(kept, if reached == "phone" { "sms" } else { "email" }, "{channel}");
    }
    let world = World::new();
    world.scheduled().await;
    world.work_off_at(&world.door, &ways(false, false)(&world)).await;
    assert_eq!(stands(&world, "visit_confirmed"), "no_carrier -");
}

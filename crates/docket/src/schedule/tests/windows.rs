use super::{afternoon, morning, proposed, ready, scheduled};
use crate::{
    door::{Call, Denied},
    testing::{World, code},
};
use jiff::SignedDuration;
use kernel::{
    id::{self, Id},
    role::Role,
    tool::Tool,
};
use proptest::prelude::*;
use serde_json::{Value, json};

async fn offer(world: &World, ticket: Id<id::Ticket>, windows: Value) -> Result<Value, Denied> {
    let input = json!({ "windows": windows });
    world.on(&world.agent(Role::AgentScheduling), Tool::SchedulePropose, ticket, input).await
}

#[tokio::test]
async fn a_window_said_on_the_clocks_of_the_site_is_kept_in_utc() {
    let world = World::new();
    let ticket = ready(&world).await;
    for (said, start) in [
        ("2026-03-03T09:00", "2026-03-03T14:00:00Z"),
        ("2026-03-03T09:00:00-05:00", "2026-03-03T14:00:00Z"),
        ("2026-03-03T14:00:00Z", "2026-03-03T14:00:00Z"),
        // The same clock says something else in summer.
        ("2026-07-03T09:00", "2026-07-03T13:00:00Z"),
    ] {
        let end = said.replace("09:00", "11:00").replace("T14:00", "T16:00");
        let windows = json!([{ "start": said, "end": end }]);
        let offered = offer(&world, ticket, windows).await.unwrap();
        assert_eq!(offered["result"]["offered"][0]["start"], start);
    }
}

#[tokio::test]
async fn an_hour_that_the_clocks_skip_or_show_twice_is_refused_until_its_offset_says_which() {
    let world = World::new();
    let ticket = ready(&world).await;
    let one = |start: &str, end: &str| json!([{ "start": start, "end": end }]);
    // America/New_York goes forward on 8 March and back on 1 November.
    let skipped = offer(&world, ticket, one("2026-03-08T02:30", "2026-03-08T05:00")).await;
    assert_eq!(code(skipped), "schedule.clock_gap");
    let skipped = offer(&world, ticket, one("2026-03-08T01:00", "2026-03-08T02:00")).await;
    assert_eq!(code(skipped), "schedule.clock_gap");
    let twice = offer(&world, ticket, one("2026-11-01T01:30", "2026-11-01T05:00")).await;
    let Err(Denied::Refused(refusal, _)) = twice else { panic!("{twice:?}") };
    assert_eq!(refusal.code.name(), "schedule.clock_overlap");
    assert_eq!(refusal.path.as_deref(), Some("windows[0].start"));

    let first = one("2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00");
    let offered = offer(&world, ticket, first).await.unwrap();
    let offered = &offered["result"]["offered"][0];
    assert_eq!(*offered, json!({ "start": "2026-11-01T05:30:00Z", "end": "2026-11-01T06:30:00Z" }));
    // Three hours on the wall are two on the day the clocks go forward.
    let short = offer(&world, ticket, one("2026-03-08T01:00", "2026-03-08T04:00")).await.unwrap();
    let short = &short["result"]["offered"][0];
    assert_eq!(*short, json!({ "start": "2026-03-08T06:00:00Z", "end": "2026-03-08T08:00:00Z" }));
}

#[tokio::test]
async fn windows_go_forward_are_not_over_and_are_one_to_ten_and_different() {
    let world = World::new();
    let ticket = ready(&world).await;
    let backward = json!([{ "start": "2026-03-03T16:00:00Z", "end": "2026-03-03T14:00:00Z" }]);
    let endless = json!([{ "start": "2026-03-03T16:00:00Z", "end": "2026-05-03T14:00:00Z" }]);
    let many: Vec<_> = (0..11)
        .map(|day| json!({ "start": format!("2026-04-{:02}T14:00", day + 1), "end": format!("2026-04-{:02}T16:00", day + 1) }))
        .collect();
    for wrong in [backward, endless, json!([]), json!(many), json!([morning(), morning()])] {
        assert_eq!(code(offer(&world, ticket, wrong).await), "schedule.window");
    }
    let over = json!([{ "start": "2026-03-02T07:00:00Z", "end": "2026-03-02T09:00:00Z" }]);
    assert_eq!(code(offer(&world, ticket, over).await), "schedule.past");
    let said = json!([{ "start": "tomorrow", "end": "2026-03-03T16:00:00Z" }]);
    assert_eq!(code(offer(&world, ticket, said).await), "input.malformed");
    assert!(offer(&world, ticket, json!(many[..10])).await.is_ok());
}

#[tokio::test]
async fn only_what_was_offered_can_be_confirmed() {
    let world = World::new();
    let ticket = proposed(&world).await;
    let agent = world.agent(Role::AgentScheduling);
    let other = json!({ "start": "2026-03-03T14:00:00Z", "end": "2026-03-03T16:00:01Z" });
    let refused = world.on(&agent, Tool::ScheduleConfirm, ticket, json!({ "window": other })).await;
    assert_eq!(code(refused), "schedule.not_offered");

    // However it is said, it is the same window.
    let said =
        json!({ "window": { "start": "2026-03-03T09:00", "end": "2026-03-03T11:00:00-05:00" } });
    let confirmed = world.on(&agent, Tool::ScheduleConfirm, ticket, said).await.unwrap();
    assert_eq!(confirmed["ticket"]["state"], "scheduled");
    assert_eq!(confirmed["result"]["window"], morning());
}

#[tokio::test]
async fn a_window_that_was_offered_and_is_over_by_now_cannot_be_confirmed() {
    let world = World::new();
    let ticket = proposed(&world).await;
    world.clock.advance(SignedDuration::from_hours(31));
    let agent = world.agent(Role::AgentScheduling);
    let late =
        world.on(&agent, Tool::ScheduleConfirm, ticket, json!({ "window": morning() })).await;
    assert_eq!(code(late), "schedule.past");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_confirm_at_once_one_wins() {
    let world = std::sync::Arc::new(World::new());
    let ticket = proposed(&world).await;
    let version = world.ticket(ticket).unwrap().version;
    let calls: Vec<_> = [morning(), afternoon()]
        .into_iter()
        .cycle()
        .take(16)
        .enumerate()
        .map(|(number, window)| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move {
                let input = json!({ "ticket": ticket, "window": window }).to_string();
                let mut call = Call::new(Tool::ScheduleConfirm, input, "test");
                (call.key, call.if_match) = (Some(format!("at-once-{number}")), Some(version));
                let caller = if number % 2 == 0 {
                    world.dispatcher()
                } else {
                    world.agent(Role::AgentScheduling)
                };
                world.send(&caller, call).await
            })
        })
        .collect();
    let mut won = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => won += 1,
            refused => assert_eq!(code(refused), "ticket.stale"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(world.ticket(ticket).unwrap().version, version + 1);
}

#[tokio::test]
async fn rescheduling_offers_other_windows_and_frees_whoever_was_sent() {
    let world = World::new();
    let ticket = scheduled(&world).await;
    let dispatcher = world.dispatcher();
    let send = json!({ "technician": world.technician(0) });
    world.on(&dispatcher, Tool::AssignmentDispatch, ticket, send.clone()).await.unwrap();

    let agent = world.agent(Role::AgentScheduling);
    let moved = json!({ "windows": [afternoon()], "reason": "The technician is ill." });
    let moved = world.on(&agent, Tool::ScheduleReschedule, ticket, moved).await.unwrap();
    assert_eq!(moved["ticket"]["state"], "schedule_proposed");
    let kept = world.ticket(ticket).unwrap();
    assert_eq!((kept.technician, kept.window), (None, None));

    // The technician can be sent elsewhere in the window that was theirs.
    let input = json!({ "site": world.site(), "contact": world.contact(), "summary": "other" });
    let made = world.call(&dispatcher, Tool::TicketCreate, input).await.unwrap();
    let other: Id<id::Ticket> = made["ticket"]["id"].as_str().unwrap().parse().unwrap();
    let triage = json!({ "outcome": "ready_to_schedule", "incident_type": "door_wont_latch", "description": "x" });
    world.on(&dispatcher, Tool::TicketTriage, other, triage).await.unwrap();
    offer(&world, other, json!([morning()])).await.unwrap();
    world.on(&agent, Tool::ScheduleConfirm, other, json!({ "window": morning() })).await.unwrap();
    world.on(&dispatcher, Tool::AssignmentDispatch, other, send).await.unwrap();
}

#[tokio::test]
async fn another_tenant_cannot_touch_the_schedule() {
    let world = World::new();
    let ticket = proposed(&world).await;
    let stranger = world.stranger(2, &[Role::Dispatcher]);
    let hold = json!({ "window": morning(), "until": "2026-03-03T12:00:00Z", "reason": "x" });
    for (tool, input) in [
        (Tool::SchedulePropose, json!({ "windows": [morning()] })),
        (Tool::ScheduleHold, hold),
        (Tool::ScheduleRollback, json!({})),
        (Tool::ScheduleConfirm, json!({ "window": morning() })),
        (Tool::ScheduleRelease, json!({ "message": "msg_00000000010000000000000001" })),
        (Tool::ScheduleReschedule, json!({ "windows": [morning()], "reason": "x" })),
    ] {
        assert_eq!(code(world.on(&stranger, tool, ticket, input).await), "ticket.not_found");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever was offered can be confirmed as it was answered, and nothing else can.
    #[test]
    fn what_is_confirmed_was_offered(
        starts in prop::collection::vec(1..2_000i64, 1..6), wanted in 1..2_000i64, hours in 1..48i64,
    ) {
        let zone = crate::directory::zone::named("America/New_York").unwrap();
        let now: jiff::Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let window = |hour: i64| {
            let start = now + SignedDuration::from_hours(hour);
            kernel::window::Window::new(start, start + SignedDuration::from_hours(hours)).unwrap()
        };
        let said: Vec<_> = starts
            .iter()
            .map(|hour| serde_json::from_value(json!(window(*hour))).unwrap())
            .collect();
        let mut distinct = starts.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let offers = super::super::offers(&said, &zone, now);
        prop_assert_eq!(offers.is_ok(), distinct.len() == starts.len());
        if let Ok(offers) = offers {
            let confirmed = super::super::offered(window(wanted), &offers).is_ok();
            prop_assert_eq!(confirmed, starts.contains(&wanted));
        }
    }
}

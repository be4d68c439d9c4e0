//! Commands that decide about the same thing, said to several servers at the
//! same moment: what comes of it could have come of saying one after the other.

use crate::{
    door::{Answer, Call, Denied},
    testing::{
        World,
        crowd::{Crowd, Saying, count, ends},
        stage::window,
    },
};
use kernel::{
    id::{Id, Ticket},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

fn body(answer: &Result<Answer, Denied>) -> Value {
    serde_json::from_str(&answer.as_ref().unwrap().body).unwrap()
}

/// Who called about what, as the intake agent says it.
fn call_in(world: &World, summary: &str, message: Option<&str>) -> Saying {
    let input = json!({
        "channel": "phone",
        "site": { "id": world.site() },
        "caller": { "name": "Ada Requester", "phone": "(202) 555-0173" },
        "incident_type": "door_wont_latch",
        "summary": summary,
        "message": message,
    });
    world.saying(&world.agent(Role::AgentIntake), Tool::TicketIntake, &input)
}

fn dispatch(world: &World, ticket: Id<Ticket>, technician: usize) -> Saying {
    let input = json!({ "technician": world.technician(technician) });
    world.saying_on(&world.dispatcher(), Tool::AssignmentDispatch, ticket, input)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_identical_commands_to_three_servers_one_has_an_effect_and_all_have_its_answer() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let ticket = world.new_ticket().await;
    let site = json!({ "site": world.site(), "summary": "front door" });
    let account = json!({ "reference": "north", "name": "North Shops" });
    let principal = json!({ "kind": "user", "name": "New", "roles": ["qa"] });
    let triage = json!({ "outcome": "triaged", "priority": "urgent" });
    let said = [
        world.saying(&world.dispatcher(), Tool::TicketCreate, &site),
        world.saying(&world.admin(), Tool::AccountPut, &account),
        world.saying(&world.admin(), Tool::PrincipalPut, &principal),
        world.saying_on(&world.dispatcher(), Tool::TicketTriage, ticket, triage),
        call_in(world, "the back door", Some("sip-17")),
    ];
    for same in said {
        let entries = world.value::<i64>("select count(*) from audit_entry");
        let answers = crowd.at_once(vec![same.clone(); 64]).await;
        let first = answers.iter().filter(|answer| !answer.as_ref().unwrap().replayed).count();
        assert_eq!(first, 1, "{}", same.1.tool);
        assert!(answers.iter().all(|answer| body(answer) == body(&answers[0])));
        assert_eq!(world.value::<i64>("select count(*) from audit_entry"), entries + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_different_commands_on_one_version_of_a_ticket_one_wins_and_the_others_are_stale() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let ticket = world.triaged("urgent", "ready_to_schedule").await;
    let before = world.version(ticket);
    let propose = json!({ "windows": [window()] });
    let (dispatcher, other) = (world.dispatcher(), world.other_dispatcher());
    let note = json!({ "text": "a note" });
    let said = vec![
        world.saying_on(&dispatcher, Tool::SchedulePropose, ticket, propose),
        world.saying_on(&other, Tool::TicketCancel, ticket, json!({ "reason": "twice" })),
        world.saying_on(&other, Tool::TicketAddMessage, ticket, note.clone()),
        world.saying_on(&dispatcher, Tool::TicketAddMessage, ticket, note),
    ];
    let answers = crowd.at_once(said).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(count(&answers, "ticket.stale"), 3);
    assert_eq!(world.version(ticket), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_technician_who_is_sent_to_nine_places_at_once_goes_to_one() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let mut said = Vec::new();
    for _ in 0..9 {
        said.push(dispatch(world, world.scheduled().await, 0));
    }
    let answers = crowd.at_once(said).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(count(&answers, "assignment.double_booked"), 8);
    assert_eq!(world.value::<i64>("select count(*) from visit"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_sent_while_they_take_leave_is_not_sent_or_the_leave_says_so() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    for _ in 0..4 {
        let ticket = world.scheduled().await;
        let away = json!({
            "technician": world.technician(0),
            "start": window()["start"],
            "end": window()["end"],
        });
        let leave = world.saying(&world.dispatcher(), Tool::TechnicianAbsent, &away);
        let answers = crowd.at_once(vec![dispatch(world, ticket, 0), leave]).await;
        let sent = ends(&answers)[0];
        let affected = &body(&answers[1])["result"]["affected"];
        assert!(["done", "assignment.absent"].contains(&sent), "{sent}");
        assert_eq!(affected == &json!([ticket]), sent == "done", "{sent}: {affected}");

        let back = json!({ "technician": world.technician(0), "start": window()["start"] });
        world.call(&world.dispatcher(), Tool::TechnicianAbsent, back).await.unwrap();
        let reason = json!({ "reason": "somebody else goes" });
        if sent == "done" {
            world.on(&world.dispatcher(), Tool::AssignmentUnassign, ticket, reason).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_the_same_problem_called_in_at_once_one_becomes_a_ticket() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let said = (0..12).map(|_| call_in(world, "the front door", None)).collect();
    let answers = crowd.at_once(said).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(count(&answers, "intake.duplicate"), 11);
    assert_eq!(world.value::<i64>("select count(*) from ticket"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_message_that_a_channel_delivers_to_several_servers_is_kept_once() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let tickets = [world.new_ticket().await, world.new_ticket().await];
    let received = json!({
        "text": "it is still open",
        "received": { "channel": "sms", "external": "sms-9", "from": { "phone": "+12025550173" } },
    });
    let (agent, add) = (world.agent(Role::AgentIntake), Tool::TicketAddMessage);
    let said = tickets.map(|ticket| world.saying_on(&agent, add, ticket, received.clone()));
    let answers = crowd.at_once(said.to_vec()).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(count(&answers, "record.taken"), 1);

    // The same call at two places is one call, whichever place it is about.
    let place = json!({
        "account": world.account(),
        "name": "Main St 2",
        "address": "2 Main St, Albany, NY",
        "zone": "America/New_York",
    });
    let elsewhere = world.call(&world.admin(), Tool::SitePut, place).await.unwrap();
    let (mut one, mut other) = (call_in(world, "a", Some("m-1")), call_in(world, "b", Some("m-1")));
    let mut input: Value = serde_json::from_slice(&other.1.input).unwrap();
    input["site"] = json!({ "id": elsewhere["result"]["id"] });
    other.1 = Call { input: input.to_string().into(), ..other.1 };
    one.1.correlation = Some("one".to_owned());
    let answers = crowd.at_once(vec![one, other]).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(count(&answers, "intake.duplicate"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_approve_at_once_one_raises_the_limit() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let ticket = world.in_progress().await;
    let more =
        json!({ "reason": "the frame is bent", "amount": { "minor": 100, "currency": "USD" } });
    let (technician, request) = (world.tech_caller(0), Tool::TechRequestChange);
    let asked = world.on(&technician, request, ticket, more).await.unwrap();
    let yes = json!({ "approval": asked["result"]["approval"], "decision": "approve" });
    let before = world.ticket(ticket).unwrap().nte.minor;
    let approvers = [world.approver(), world.caller(9, &[Role::Approver])];
    let said = approvers
        .map(|approver| world.saying_on(&approver, Tool::ApprovalDecide, ticket, yes.clone()));
    let answers = crowd.at_once(said.to_vec()).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(count(&answers, "ticket.stale"), 1);
    assert_eq!(world.ticket(ticket).unwrap().nte.minor, before + 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twelve_who_guess_a_code_at_once_have_five_tries_together() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let ticket = world.in_progress().await;
    let more = json!({ "reason": "all of it", "amount": { "minor": 100_001, "currency": "USD" } });
    let (technician, request) = (world.tech_caller(0), Tool::TechRequestChange);
    let asked = world.on(&technician, request, ticket, more).await.unwrap();
    let code: String = world.value("select words from outgoing where kind = 'approval_code'");
    let wrong = format!("{:08}", (code.parse::<u32>().unwrap() + 1) % 100_000_000);
    let approval = &asked["result"]["approval"];
    let guess = json!({ "approval": approval, "decision": "approve", "code": wrong });
    let (approver, decide) = (world.approver(), Tool::ApprovalDecide);
    let said = (0..12).map(|_| world.saying_on(&approver, decide, ticket, guess.clone())).collect();
    let answers = crowd.at_once(said).await;
    assert_eq!(count(&answers, "approval.factor_wrong"), 5);
    assert_eq!(count(&answers, "approval.factor_spent"), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_second_voices_one_counts() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let ticket = world.completed().await;
    let reason = json!({ "reason": "the customer cannot wait for it" });
    let (first, force) = (world.dispatcher(), Tool::TicketForceClose);
    let asked = world.on(&first, force, ticket, reason.clone()).await.unwrap();
    let mut second = reason;
    second["countersign"] = asked["result"]["countersign"].clone();
    let voices = [world.other_dispatcher(), world.caller(9, &[Role::Dispatcher])];
    let said = voices.map(|voice| world.saying_on(&voice, force, ticket, second.clone()));
    let answers = crowd.at_once(said.to_vec()).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(world.state(ticket), "closed");
    assert_eq!(world.value::<i64>("select count(*) from closure"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn invoices_that_are_issued_and_taken_back_at_once_are_numbered_without_a_gap() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let (mut said, dispatcher) = (Vec::new(), world.dispatcher());
    for _ in 0..16 {
        let ticket = world.invoiced().await;
        said.push(world.saying_on(&dispatcher, Tool::TicketClose, ticket, json!({})));
        // One that comes too late, or takes back what was not issued yet.
        let again = json!({ "reason": "the door sticks again" });
        said.push(world.saying_on(&dispatcher, Tool::TicketReopen, ticket, again));
    }
    for _ in 0..4 {
        let ticket = world.closed().await;
        let again = json!({ "reason": "the door sticks again" });
        said.push(world.saying_on(&dispatcher, Tool::TicketReopen, ticket, again));
    }
    let answers = crowd.at_once(said).await;
    assert_eq!(count(&answers, "done"), 16 + 4);
    let numbers: Vec<i64> =
        world.back().column("select number from invoice where number is not null order by number");
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    assert!(numbers.len() >= 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hold_that_passes_while_it_is_released_ends_once() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let ticket = world.triaged("urgent", "ready_to_schedule").await;
    let dispatcher = world.dispatcher();
    let offer = json!({ "windows": [window()] });
    world.on(&dispatcher, Tool::SchedulePropose, ticket, offer).await.unwrap();
    let hold = json!({ "window": window(), "until": "2026-03-02T09:30:00Z", "reason": "ask them" });
    world.on(&dispatcher, Tool::ScheduleHold, ticket, hold).await.unwrap();
    world.clock.advance(jiff::SignedDuration::from_mins(31));
    let by_hand = world.saying_on(&dispatcher, Tool::ScheduleRollback, ticket, json!({}));
    let (other, carriers) = (crowd.door(1), world.carriers());
    let (_, _, answers) = tokio::join!(
        world.work_off(),
        world.work_off_at(&other, &carriers),
        crowd.at_once(vec![by_hand]),
    );
    let by_itself = r#"select count(*) from job_done where result like '%rolled_back%'"#;
    assert_eq!(world.value::<i64>(by_itself) + count(&answers, "done") as i64, 1);
    assert_eq!(world.state(ticket), "schedule_proposed");
    let steps = "select count(*) from transition where tool = 'schedule.rollback'";
    assert_eq!(world.value::<i64>(steps), 1);
}

#[tokio::test]
async fn what_happens_to_a_ticket_is_in_the_order_of_its_times_whichever_clock_is_ahead() {
    let world = World::new();
    let ticket = world.triaged("urgent", "ready_to_schedule").await;
    let before = world.ticket(ticket).unwrap().updated_at;
    world.clock.advance(jiff::SignedDuration::from_mins(-10));
    let behind = world.server(1, world.clock.clone());

    let offer = json!({ "windows": [window()] });
    let (caller, call) = world.saying_on(&world.dispatcher(), Tool::SchedulePropose, ticket, offer);
    behind.call(&caller, call).await.unwrap();

    assert_eq!(world.ticket(ticket).unwrap().updated_at, before);
    let times: Vec<i64> = world.back().column("select at from transition order by version");
    assert!(times.is_sorted(), "{times:?}");
}

use crate::{
    identity::Caller,
    testing::{World, code},
};
use futures_util::future::join_all;
use kernel::{
    id::{Approval, Id, Ticket},
    money::Money,
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

const DECIDE: Tool = Tool::ApprovalDecide;
const REQUEST: Tool = Tool::TechRequestChange;

fn more(minor: i64) -> Value {
    json!({ "reason": "the frame is bent", "amount": { "minor": minor, "currency": "USD" } })
}

/// A ticket on which the first technician works and has asked for more.
async fn asked(world: &World, minor: i64) -> (Id<Ticket>, Id<Approval>) {
    let ticket = world.in_progress().await;
    let answer = world.on(&world.tech_caller(0), REQUEST, ticket, more(minor)).await.unwrap();
    assert_eq!(answer["ticket"]["state"], "approval_required");
    assert_eq!(answer["ticket"]["phase"], "onsite");
    (ticket, answer["result"]["approval"].as_str().unwrap().parse().unwrap())
}

fn say(approval: Id<Approval>, decision: &str) -> Value {
    json!({ "approval": approval, "decision": decision })
}

fn nte(world: &World, ticket: Id<Ticket>) -> Money {
    world.ticket(ticket).unwrap().nte
}

#[tokio::test]
async fn an_approval_raises_the_limit_by_exactly_its_amount() {
    let world = World::new();
    let (ticket, approval) = asked(&world, 12_345).await;

    let done = world.on(&world.approver(), DECIDE, ticket, say(approval, "approve")).await.unwrap();

    assert_eq!(done["ticket"]["state"], "in_progress");
    assert_eq!(done["result"]["nte"], json!({ "minor": 62_345, "currency": "USD" }));
    assert_eq!(nte(&world, ticket).minor, 62_345);
    let again = world.on(&world.approver(), DECIDE, ticket, say(approval, "approve")).await;
    assert_eq!(code(again), "ticket.state");
    assert_eq!(nte(&world, ticket).minor, 62_345);
}

#[tokio::test]
async fn whoever_decides_sees_what_is_asked_for_and_by_whom() {
    let world = World::new();
    let (ticket, approval) = asked(&world, 12_345).await;
    let seen = world.call(&world.approver(), Tool::TicketGet, json!({ "ticket": ticket })).await;
    let open = seen.unwrap()["approval"].clone();
    assert_eq!(open["id"], json!(approval));
    assert_eq!(open["amount"]["minor"], 12_345);
    assert_eq!(open["requested_by"], json!(world.tech_caller(0).actor));
    assert_eq!(open["reason"], json!({ "untrusted": true, "text": "the frame is bent" }));
    for caller in [world.customer(), world.auditor()] {
        let seen = world.call(&caller, Tool::TicketGet, json!({ "ticket": ticket })).await;
        assert_eq!(seen.unwrap().get("approval"), None);
    }
}

#[tokio::test]
async fn what_is_denied_costs_nothing_and_the_work_goes_on() {
    let world = World::new();
    let (ticket, approval) = asked(&world, 12_345).await;
    let done = world.on(&world.approver(), DECIDE, ticket, say(approval, "deny")).await.unwrap();
    assert_eq!(done["ticket"]["state"], "in_progress");
    assert_eq!(nte(&world, ticket).minor, 50_000);
    let visits = "select count(*) from visit where ended_at is null";
    assert_eq!(world.value::<i64>(visits), 1);
}

#[tokio::test]
async fn before_work_an_approval_leads_to_planning_and_a_denial_back_to_triage() {
    let world = World::new();
    for (decision, state) in [("approve", "ready_to_schedule"), ("deny", "triaged")] {
        let ticket = world.new_ticket().await;
        let input = json!({
            "outcome": "approval_required",
            "priority": "urgent",
            "incident_type": "door_wont_latch",
            "nte": { "minor": 150_100, "currency": "USD" },
            "description": "the latch does not reach the strike",
            "asset": world.asset(),
        });
        world.behind_the_door(
            "update tenant set settings = json_set(settings, '$.second_factor_above_minor', 999999)",
        );
        let answer =
            world.on(&world.dispatcher(), Tool::TicketTriage, ticket, input).await.unwrap();
        assert_eq!(answer["ticket"]["state"], "approval_required");
        let approval: Id<Approval> =
            answer["result"]["approval"]["approval"].as_str().unwrap().parse().unwrap();

        let done = world.on(&world.approver(), DECIDE, ticket, say(approval, decision)).await;
        assert_eq!(done.unwrap()["ticket"]["state"], state);
    }
}

#[tokio::test]
async fn nobody_decides_what_they_asked_for() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let technician = world.tech_caller(0);
    let liaison =
        Caller { on_behalf_of: Some(technician.actor), ..world.agent(Role::AgentLiaison) };
    let answer = world.on(&liaison, REQUEST, ticket, more(100)).await.unwrap();
    let approval: Id<Approval> = answer["result"]["approval"].as_str().unwrap().parse().unwrap();

    // The technician is a dispatcher too, and the agent asked in their name.
    let both = Caller { roles: world.dispatcher().roles, ..technician.clone() };
    let for_them = Caller { on_behalf_of: Some(technician.actor), ..world.approver() };
    let itself = Caller { roles: world.approver().roles, on_behalf_of: None, ..liaison };
    for caller in [both, for_them, itself] {
        for decision in ["approve", "deny"] {
            let answer = world.on(&caller, DECIDE, ticket, say(approval, decision)).await;
            assert_eq!(code(answer), "approval.own_request");
        }
    }
    assert_eq!(nte(&world, ticket).minor, 50_000);
}

#[tokio::test]
async fn only_the_open_question_can_be_decided() {
    let world = World::new();
    let (ticket, first) = asked(&world, 100).await;
    world.on(&world.approver(), DECIDE, ticket, say(first, "deny")).await.unwrap();
    world.on(&world.tech_caller(0), REQUEST, ticket, more(200)).await.unwrap();
    for named in [first, Id::from_parts(9, 9)] {
        let answer = world.on(&world.approver(), DECIDE, ticket, say(named, "approve")).await;
        assert_eq!(code(answer), "approval.unknown");
    }
}

#[tokio::test]
async fn of_64_approvals_at_once_one_raises_the_limit() {
    let world = World::new();
    let (ticket, approval) = asked(&world, 100).await;
    let (caller, now) = (world.approver(), world.version(ticket));
    let calls =
        (0..64).map(|_| world.on_version(&caller, DECIDE, ticket, now, say(approval, "approve")));
    let (won, lost): (Vec<_>, Vec<_>) = join_all(calls).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.into_iter().all(|answer| code(answer) == "ticket.stale"));
    assert_eq!(nte(&world, ticket).minor, 50_100);
}

#[tokio::test]
async fn more_is_more_than_nothing_and_in_the_currency_of_the_ticket() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let euro = json!({ "reason": "more", "amount": { "minor": 1, "currency": "EUR" } });
    let asked = [
        (more(0), "input.malformed"),
        (more(-100), "input.malformed"),
        (euro, "money.currency"),
        (more((1 << 53) - 50_000), "money.overflow"),
    ];
    for (input, expected) in asked {
        let answer = world.on(&world.tech_caller(0), REQUEST, ticket, input).await;
        assert_eq!(code(answer), expected);
    }
}

#[tokio::test]
async fn a_question_that_was_altered_behind_our_back_is_not_answered() {
    let world = World::new();
    let (ticket, approval) = asked(&world, 100).await;
    world.behind_the_door("update approval set amount_minor = 1000000");
    let answer = world.on(&world.approver(), DECIDE, ticket, say(approval, "approve")).await;
    assert!(matches!(answer, Err(crate::door::Denied::Broke(_))));
    assert_eq!(nte(&world, ticket).minor, 50_000);
}

use crate::testing::{World, code, refusal};
use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::{
    id::{Approval, Id, Ticket},
    tool::Tool,
};
use serde_json::{Value, json};

const DECIDE: Tool = Tool::ApprovalDecide;
const REQUEST: Tool = Tool::TechRequestChange;

fn more(minor: i64) -> Value {
    json!({ "reason": "the frame is bent", "amount": { "minor": minor, "currency": "USD" } })
}

struct Asked {
    ticket: Id<Ticket>,
    approval: Id<Approval>,
    code: String,
}

/// A change above the threshold of 1,000 dollars, and the code that was sent.
async fn asked(world: &World) -> Asked {
    let ticket = world.in_progress().await;
    let answer = world.on(&world.tech_caller(0), REQUEST, ticket, more(100_001)).await.unwrap();
    assert_eq!(answer["result"]["code_expires_at"], "2026-03-02T09:30:00Z");
    let approval = answer["result"]["approval"].as_str().unwrap().parse().unwrap();
    Asked { ticket, approval, code: last_code(world) }
}

/// The code in the last text that was sent.
fn last_code(world: &World) -> String {
    world.value("select words from outgoing where kind = 'approval_code' order by id desc limit 1")
}

fn wrong(code: &str) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + 1) % 100_000_000)
}

fn approve(asked: &Asked, code: Option<&str>) -> Value {
    json!({ "approval": asked.approval, "decision": "approve", "code": code })
}

fn nte(world: &World, ticket: Id<Ticket>) -> i64 {
    world.ticket(ticket).unwrap().nte.minor
}

#[tokio::test]
async fn a_large_change_needs_the_code_that_the_customer_got() {
    let world = World::new();
    let asked = asked(&world).await;
    let to: String = world.value("select contact from outgoing where kind = 'approval_code'");
    assert_eq!(to, world.contact().to_string());

    let answer = world.on(&world.approver(), DECIDE, asked.ticket, approve(&asked, None)).await;
    assert_eq!(code(answer), "approval.factor_missing");
    let answer = approve(&asked, Some(&wrong(&asked.code)));
    let no = refusal(world.on(&world.approver(), DECIDE, asked.ticket, answer).await);
    assert_eq!((no.code.name(), &no.facts["tries_left"]), ("approval.factor_wrong", &json!(4)));
    assert_eq!(nte(&world, asked.ticket), 50_000);

    let answer = approve(&asked, Some(&asked.code));
    let done = world.on(&world.approver(), DECIDE, asked.ticket, answer).await.unwrap();
    assert_eq!(done["ticket"]["state"], "in_progress");
    assert_eq!(nte(&world, asked.ticket), 150_001);
}

#[tokio::test]
async fn the_code_is_kept_nowhere_but_in_the_text_that_is_to_be_sent() {
    let world = World::new();
    let asked = asked(&world).await;
    for (table, column) in [("approval", "factor_mac"), ("audit_entry", "body"), ("message", "raw")]
    {
        let code = &asked.code;
        let sql = format!("select count(*) from {table} where instr({column}, '{code}') > 0");
        assert_eq!(world.value::<i64>(&sql), 0, "{table}");
    }
}

#[tokio::test]
async fn five_wrong_codes_spend_it_however_many_are_tried_at_once() {
    let world = World::new();
    let asked = asked(&world).await;
    let (caller, guess) = (world.approver(), approve(&asked, Some(&wrong(&asked.code))));
    let calls = (0..64).map(|_| world.on(&caller, DECIDE, asked.ticket, guess.clone()));

    let codes: Vec<_> = join_all(calls).await.into_iter().map(code).collect();

    let count = |name: &str| codes.iter().filter(|code| **code == name).count();
    assert_eq!((count("approval.factor_wrong"), count("approval.factor_spent")), (5, 59));
    let right = approve(&asked, Some(&asked.code));
    let answer = world.on(&caller, DECIDE, asked.ticket, right).await;
    assert_eq!(code(answer), "approval.factor_spent");
    let deny = json!({ "approval": asked.approval, "decision": "deny" });
    let done = world.on(&caller, DECIDE, asked.ticket, deny).await.unwrap();
    assert_eq!(done["ticket"]["state"], "in_progress");
    assert_eq!(nte(&world, asked.ticket), 50_000);
}

#[tokio::test]
async fn a_code_lives_for_half_an_hour() {
    let world = World::new();
    let asked = asked(&world).await;
    world.clock.advance(SignedDuration::from_mins(30));
    let answer = approve(&asked, Some(&asked.code));
    let answer = world.on(&world.approver(), DECIDE, asked.ticket, answer).await;
    assert_eq!(code(answer), "approval.factor_spent");
}

#[tokio::test]
async fn a_code_is_good_for_one_request() {
    let world = World::new();
    let first = asked(&world).await;
    let deny = json!({ "approval": first.approval, "decision": "deny" });
    world.on(&world.approver(), DECIDE, first.ticket, deny).await.unwrap();
    let again =
        world.on(&world.tech_caller(0), REQUEST, first.ticket, more(100_001)).await.unwrap();
    let second = json!({
        "approval": again["result"]["approval"], "decision": "approve", "code": first.code,
    });
    let answer = world.on(&world.approver(), DECIDE, first.ticket, second).await;
    assert_eq!(code(answer), "approval.factor_wrong");
}

#[tokio::test]
async fn small_changes_that_together_are_large_need_a_code_too() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let (technician, approver) = (world.tech_caller(0), world.approver());
    let first = world.on(&technician, REQUEST, ticket, more(60_000)).await.unwrap();
    assert_eq!(first["result"].get("code_expires_at"), None);
    let yes = json!({ "approval": first["result"]["approval"], "decision": "approve" });
    world.on(&approver, DECIDE, ticket, yes).await.unwrap();

    let second = world.on(&technician, REQUEST, ticket, more(60_000)).await.unwrap();
    assert!(second["result"].get("code_expires_at").is_some());
    let yes = json!({ "approval": second["result"]["approval"], "decision": "approve" });
    let answer = world.on(&approver, DECIDE, ticket, yes).await;
    assert_eq!(code(answer), "approval.factor_missing");
}

#[tokio::test]
async fn a_change_whose_code_can_reach_nobody_is_not_asked_for() {
    let world = World::new();
    let ticket = world.in_progress().await;
    for nobody in ["may_approve = 0", "may_approve = 1, phone = null, email = null"] {
        world.behind_the_door(&format!("update contact set {nobody}"));
        let answer = world.on(&world.tech_caller(0), REQUEST, ticket, more(100_001)).await;
        assert_eq!(code(answer), "approval.factor_undeliverable");
    }
    assert_eq!(world.state(ticket), "in_progress");
}

#[tokio::test]
async fn the_code_is_never_sent_to_whoever_asks() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let technician = world.tech_caller(0);
    let (who, contact) = (technician.actor, world.contact());
    world
        .behind_the_door(&format!("update contact set principal = '{who}' where id = '{contact}'"));
    let answer = world.on(&technician, REQUEST, ticket, more(100_001)).await;
    assert_eq!(code(answer), "approval.factor_undeliverable");
}

#[tokio::test]
async fn something_that_is_no_code_is_malformed_and_counts_for_nothing() {
    let world = World::new();
    let asked = asked(&world).await;
    for text in ["", "1234567", "123456789", "12 45678", "١٢٣٤٥٦٧٨"] {
        let input = approve(&asked, Some(text));
        let answer = world.on(&world.approver(), DECIDE, asked.ticket, input).await;
        assert_eq!(code(answer), "input.malformed");
    }
    assert_eq!(world.value::<i64>("select factor_tries from approval"), 0);
}

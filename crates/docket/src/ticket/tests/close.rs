use crate::testing::{World, code};
use jiff::SignedDuration;
use kernel::{role::Role, tool::Tool};
use serde_json::json;

const REASON: &str = "the customer moves out today";

#[tokio::test]
async fn a_ticket_goes_from_dispatch_to_closed_and_the_customer_hears_of_it() {
    let world = World::new();
    let ticket = world.closed().await;
    assert_eq!(world.state(ticket), "closed");
    let steps: Vec<String> = world.back().column(&format!(
        "select to_state from transition where ticket = '{ticket}' order by version"
    ));
    assert_eq!(
        steps.join(" "),
        "new ready_to_schedule schedule_proposed scheduled dispatched in_progress \
         completed_pending_verification verified invoiced closed"
    );
    let told: String = world
        .value(&format!("select kind from outgoing where ticket = '{ticket}' order by id desc"));
    assert_eq!(told, "ticket_closed");
}

#[tokio::test]
async fn verified_work_may_be_closed_without_a_bill() {
    let world = World::new();
    let ticket = world.verified().await;
    let closed = world.close(ticket).await.unwrap();
    assert_eq!(closed["result"], json!({ "packet_version": 1 }));
}

#[tokio::test]
async fn work_that_nobody_verified_is_not_closed() {
    let world = World::new();
    let ticket = world.completed().await;
    assert_eq!(code(world.close(ticket).await), "ticket.state");
}

#[tokio::test]
async fn forcing_takes_two_people_and_a_reason_and_skips_only_the_verification() {
    let world = World::new();
    let ticket = world.completed().await;
    let tool = Tool::TicketForceClose;
    let short = json!({ "reason": "   too short to say   " });
    let refused = world.on(&world.dispatcher(), tool, ticket, short).await;
    assert_eq!(code(refused), "input.malformed");

    let mut input = json!({ "reason": REASON });
    let asked = world.on(&world.dispatcher(), tool, ticket, input.clone()).await.unwrap();
    assert_eq!(asked["ticket"]["state"], "completed_pending_verification");
    input["countersign"] = asked["result"]["countersign"].clone();

    let same = world.on(&world.dispatcher(), tool, ticket, input.clone()).await;
    assert_eq!(code(same), "approval.second_person");
    let mut assistant = world.caller(21, &[Role::Approver]);
    assistant.on_behalf_of = Some(world.dispatcher().actor);
    let for_them = world.on(&assistant, tool, ticket, input.clone()).await;
    assert_eq!(code(for_them), "approval.second_person");

    let closed = world.on(&world.approver(), tool, ticket, input).await.unwrap();
    assert_eq!(closed["ticket"]["state"], "closed");
    assert_eq!(world.value::<i64>("select count(*) from evidence where locked_at is null"), 0);
    let entry: String = world.value("select body from audit_entry where outcome = 'committed' and body like '%force_close%' order by entry_no desc limit 1");
    assert!(!entry.contains("moves out"), "a reason is not for the log");
}

#[tokio::test]
async fn a_first_voice_does_not_wait_for_ever() {
    let world = World::new();
    let ticket = world.completed().await;
    let mut input = json!({ "reason": REASON });
    let tool = Tool::TicketForceClose;
    let asked = world.on(&world.dispatcher(), tool, ticket, input.clone()).await.unwrap();
    input["countersign"] = asked["result"]["countersign"].clone();
    world.clock.advance(SignedDuration::from_mins(31));
    let late = world.on(&world.approver(), tool, ticket, input).await;
    assert_eq!(code(late), "countersign.expired");
}

#[tokio::test]
async fn no_force_opens_the_gate() {
    let world = World::new();
    let ticket = world.completed().await;
    // Evidence that is not locked is ours to lose, and the gate sees it.
    world.behind_the_door("delete from evidence where key like 'photo_%'");
    let force = json!({ "reason": REASON });
    let refused = world.on(&world.dispatcher(), Tool::TicketForceClose, ticket, force).await;
    assert_eq!(code(refused), "closeout.evidence_missing");
}

#[tokio::test]
async fn what_is_reopened_has_to_be_said_done_again() {
    let world = World::new();
    let ticket = world.closed().await;
    world.reopen(ticket).await.unwrap();
    assert_eq!(world.state(ticket), "in_progress");
    assert_eq!(world.ticket(ticket).unwrap().resolved_at, None);
    assert_eq!(code(world.complete(ticket).await), "closeout.evidence_missing");
    world.tick(ticket, &crate::testing::finish::ITEMS).await;
    world.complete(ticket).await.unwrap();
}

#[tokio::test]
async fn two_who_close_at_once_close_once() {
    let world = World::new();
    let ticket = world.invoiced().await;
    let (caller, now) = (world.finance(), world.version(ticket));
    let close = Tool::TicketClose;
    let calls = (0..8).map(|_| world.on_version(&caller, close, ticket, now, json!({})));
    let ends = futures_util::future::join_all(calls).await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
    for lost in ends.into_iter().filter(Result::is_err) {
        assert_eq!(code(lost), "ticket.stale");
    }
    assert_eq!(world.value::<i64>("select count(*) from closure"), 1);
    assert_eq!(world.value::<i64>("select count(*) from packet"), 1);
}

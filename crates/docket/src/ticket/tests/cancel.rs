use crate::testing::{World, code};
use kernel::tool::Tool;
use serde_json::json;

fn cancel() -> serde_json::Value {
    json!({ "reason": "the customer bought a new door" })
}

#[tokio::test]
async fn cancelling_frees_the_technician_and_tells_the_customer() {
    let world = World::new();
    let ticket = world.dispatched(world.technician(0)).await;
    let done = world.on(&world.dispatcher(), Tool::TicketCancel, ticket, cancel()).await.unwrap();
    assert_eq!(done["ticket"]["state"], "cancelled");
    assert_eq!(world.ticket(ticket).unwrap().technician, None);
    let outcome: String =
        world.value(&format!("select outcome from visit where ticket = '{ticket}'"));
    assert_eq!(outcome, "cancelled");
    let letters = world.delivered().await;
    assert_eq!(letters.len(), 1, "of what they were to be told, nothing else is so any more");
    let text = letters[0]["body"].as_str().unwrap();
    assert!(text.contains("is cancelled"), "{text}");
    assert!(!text.contains("new door"), "our reason is not theirs to read");

    // The same window is free for another call.
    world.dispatched(world.technician(0)).await;
}

#[tokio::test]
async fn a_draft_of_a_cancelled_ticket_is_void() {
    let world = World::new();
    let ticket = world.invoiced().await;
    let done = world.on(&world.dispatcher(), Tool::TicketCancel, ticket, cancel()).await.unwrap();
    assert!(done["result"]["invoice"]["voided"]["invoice"].is_string());
}

#[tokio::test]
async fn what_is_closed_or_cancelled_is_not_cancelled() {
    let world = World::new();
    let ticket = world.closed().await;
    let refused = world.on(&world.dispatcher(), Tool::TicketCancel, ticket, cancel()).await;
    assert_eq!(code(refused), "ticket.state");
    let ticket = world.new_ticket().await;
    world.on(&world.approver(), Tool::TicketCancel, ticket, cancel()).await.unwrap();
    let refused = world.on(&world.dispatcher(), Tool::TicketCancel, ticket, cancel()).await;
    assert_eq!(code(refused), "ticket.state");
}

use crate::testing::World;
use futures_util::future::join_all;
use kernel::tool::Tool;
use serde_json::{Value, json};

fn numbers(world: &World) -> Value {
    let taken = "select number from invoice where number is not null order by number";
    json!(world.back().column::<i64>(taken))
}

#[tokio::test]
async fn closing_issues_the_draft_under_the_next_number() {
    let world = World::new();
    for number in 1..=2 {
        let ticket = world.invoiced().await;
        let closed = world.close(ticket).await.unwrap();
        assert_eq!(closed["result"]["invoice"]["number"], number);
    }
}

#[tokio::test]
async fn numbers_have_no_gap_whoever_closes_at_the_same_time_and_whatever_fails() {
    let world = World::new();
    let mut tickets = Vec::new();
    for _ in 0..6 {
        tickets.push(world.invoiced().await);
    }
    // Every ticket is closed twice at once: one of each pair comes too late.
    let closings = tickets.iter().chain(&tickets).map(|ticket| world.close(*ticket));
    let ends = join_all(closings).await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 6);
    assert_eq!(numbers(&world), json!([1, 2, 3, 4, 5, 6]));
}

#[tokio::test]
async fn an_issued_invoice_is_taken_back_by_a_credit_note_with_a_number_of_its_own() {
    let world = World::new();
    let ticket = world.closed().await;
    let reopened = world.reopen(ticket).await.unwrap();
    let taken = &reopened["result"]["invoice"]["credited"];
    assert_eq!(taken["number"], 2);
    let read = |id: &Value| json!({ "invoice": id });
    let (invoice, credit) = (read(&taken["invoice"]), read(&taken["credit_note"]));
    let invoice = world.call(&world.finance(), Tool::InvoiceGet, invoice).await.unwrap();
    let credit = world.call(&world.finance(), Tool::InvoiceGet, credit).await.unwrap();
    assert_eq!(credit["kind"], "credit_note");
    assert_eq!(credit["credits"], invoice["id"]);
    let minor = |of: &Value| of["total"]["minor"].as_i64().unwrap();
    assert_eq!(minor(&credit), -minor(&invoice));
    assert!(minor(&invoice) > 0);

    // It is billed anew, and not taken back twice.
    world.tick(ticket, &crate::testing::finish::ITEMS).await;
    world.complete(ticket).await.unwrap();
    world.verify(ticket).await.unwrap();
    world.bill(ticket).await.unwrap();
    assert_eq!(world.close(ticket).await.unwrap()["result"]["invoice"]["number"], 3);
    assert_eq!(world.reopen(ticket).await.unwrap()["result"]["invoice"]["credited"]["number"], 4);
    assert_eq!(numbers(&world), json!([1, 2, 3, 4]));
}

#[tokio::test]
async fn a_draft_is_void_and_never_had_a_number() {
    let world = World::new();
    let ticket = world.invoiced().await;
    let reopened = world.reopen(ticket).await.unwrap();
    let invoice = &reopened["result"]["invoice"]["voided"]["invoice"];
    let input = json!({ "invoice": invoice });
    let read = world.call(&world.finance(), Tool::InvoiceGet, input).await.unwrap();
    assert_eq!(read["status"], "void");
    assert_eq!(numbers(&world), json!([]));
}

#[tokio::test]
async fn what_was_issued_never_changes() {
    let world = World::new();
    world.closed().await;
    for sql in [
        "update invoice set number = 7",
        "update invoice set status = 'draft', number = null, issued_at = null",
        "update invoice set total_minor = 1",
        "delete from invoice",
    ] {
        let error = world.back().run(sql).unwrap_err();
        assert!(error.contains("never"), "{sql}: {error}");
    }
}

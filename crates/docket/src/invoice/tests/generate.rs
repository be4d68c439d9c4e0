use crate::{
    door::Denied,
    testing::{World, code},
};
use jiff::SignedDuration;
use kernel::{
    id::{Id, Ticket},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

/// Verified work with an hour on site and whatever `sql` does to it before.
async fn verified_after(world: &World, sql: &str) -> Id<Ticket> {
    let ticket = world.in_progress().await;
    world.clock.advance(SignedDuration::from_mins(60));
    let labor = json!({ "kind": "regular", "minutes": 60 });
    world.on(&world.tech_caller(0), Tool::CloseoutLogLabor, ticket, labor).await.unwrap();
    let part = json!({ "description": "strike plate", "quantity": 2, "unit_cost": usd(1_000) });
    world.on(&world.tech_caller(0), Tool::CloseoutLogPart, ticket, part).await.unwrap();
    world.prove_all_but(ticket, &[]).await;
    world.complete(ticket).await.unwrap();
    world.verify(ticket).await.unwrap();
    if !sql.is_empty() {
        world.back().tamper(sql);
    }
    ticket
}

fn usd(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "USD" })
}

async fn read(
    world: &World,
    who: &crate::identity::Caller,
    invoice: &Value,
) -> Result<Value, Denied> {
    world.call(who, Tool::InvoiceGet, json!({ "invoice": invoice })).await
}

#[tokio::test]
async fn the_draft_prices_what_was_done_and_shows_its_checks() {
    let world = World::new();
    let ticket = verified_after(&world, "").await;
    let made = world.bill(ticket).await.unwrap();
    assert_eq!(made["ticket"]["state"], "invoiced");
    let draft = &made["result"]["draft"];
    // An hour at 120.00, two plates at 10.00 and a fifth, a trip at 75.00.
    assert_eq!(draft["subtotal"], usd(12_000 + 2 * 1_200 + 7_500));
    assert_eq!(draft["tax"], usd(1_944));
    assert_eq!(draft["total"], usd(23_844));
    let checks = draft["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 5);
    assert!(checks.iter().all(|check| check["passed"] == true), "{checks:?}");

    let read = read(&world, &world.finance(), &made["result"]["invoice"]).await.unwrap();
    assert_eq!(read["status"], "draft");
    assert_eq!(read["number"], Value::Null);
    assert_eq!(read["total"], usd(23_844));
}

#[tokio::test]
async fn a_draft_that_does_not_agree_is_refused_by_the_name_of_the_check() {
    for (sql, check) in [
        ("update ticket set nte_minor = 23843", "within_limit"),
        ("update labor set minutes = 76", "time_on_site"),
        ("update labor set rate_minor = 11999", "rate_on_card"),
        ("update evidence set locked_at = null", "attachment_present"),
    ] {
        let world = World::new();
        let ticket = verified_after(&world, sql).await;
        let Err(Denied::Refused(refusal, Some(_))) = world.bill(ticket).await else {
            panic!("refused after {sql}")
        };
        assert_eq!(refusal.code.name(), "invoice.check_failed", "{sql}");
        assert_eq!(refusal.missing, [check], "{sql}");
        assert_eq!(world.state(ticket), "verified");
    }
}

#[tokio::test]
async fn a_card_in_another_currency_than_the_limit_does_not_agree() {
    let world = World::new();
    let ticket = world.verified().await;
    world.behind_the_door("update ticket set currency = 'EUR'");
    let Err(Denied::Refused(refusal, Some(_))) = world.bill(ticket).await else {
        panic!("refused")
    };
    assert_eq!(refusal.code.name(), "invoice.check_failed");
    assert!(refusal.missing.contains(&"currency_agrees".to_owned()));
}

#[tokio::test]
async fn without_a_card_there_is_no_price() {
    let world = World::new();
    let ticket = world.verified().await;
    world.behind_the_door(
        "update account set rate_card = null;
         update tenant set settings = json_set(settings, '$.rate_card', null)",
    );
    assert_eq!(code(world.bill(ticket).await), "rate_card.missing");
}

#[tokio::test]
async fn a_customer_reads_what_was_issued_to_them_and_nothing_else() {
    let world = World::new();
    let ticket = world.verified().await;
    let invoice = world.bill(ticket).await.unwrap()["result"]["invoice"].clone();
    let customer = world.customer();
    assert_eq!(code(read(&world, &customer, &invoice).await), "record.not_found");

    world.close(ticket).await.unwrap();
    let seen = read(&world, &customer, &invoice).await.unwrap();
    assert_eq!(seen["number"], 1);
    assert_eq!(seen["checks"], json!([]));
    let neighbour = world.caller(9, &[Role::Customer]);
    assert_eq!(code(read(&world, &neighbour, &invoice).await), "record.not_found");
    let stranger = world.stranger(6, &[Role::Finance]);
    assert_eq!(code(read(&world, &stranger, &invoice).await), "record.not_found");
}

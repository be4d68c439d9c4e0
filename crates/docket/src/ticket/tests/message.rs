use super::{column, good_call, id_of, taken_in};
use crate::testing::{World, code};
use kernel::{role::Role, tool::Tool};
use serde_json::json;

#[tokio::test]
async fn what_a_contact_writes_is_kept_raw_shown_readable_and_recognised() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    let raw = "it is\u{202e} the\0 back\r\ndoor";
    let input = json!({
        "text": raw,
        "received": { "channel": "sms", "external": "SM-1", "from": { "phone": "202-555-0173" } },
    });
    let agent = world.agent(Role::AgentIntake);
    let added = world.on(&agent, Tool::TicketAddMessage, ticket, input.clone()).await.unwrap();
    assert_eq!(added["result"]["direction"], "in");
    assert_eq!(added["result"]["recognised"], true);

    let kept = "select body from message where external = 'SM-1'";
    assert_eq!(column(&world, kept), ["it is the back\ndoor"]);
    let hex = column(&world, "select hex(raw) from message where external = 'SM-1'");
    assert_eq!(hex, [hex::encode_upper(raw)]);

    let again = world.on(&agent, Tool::TicketAddMessage, ticket, input).await.unwrap();
    assert_eq!(again["result"]["known"], true);
    assert_eq!(again["result"]["message"], added["result"]["message"]);
    assert_eq!(column(&world, kept).len(), 1);
}

#[tokio::test]
async fn a_message_that_is_on_another_ticket_is_not_kept_twice() {
    let world = World::new();
    let first = id_of(&taken_in(&world, good_call(&world)).await);
    let mut other = good_call(&world);
    other["caller"] = json!({ "phone": "+12025550174" });
    let second = id_of(&taken_in(&world, other).await);
    let input = json!({
        "text": "yes",
        "received": { "channel": "sms", "external": "SM-1", "from": { "phone": "+12025550173" } },
    });
    let dispatcher = world.dispatcher();
    world.on(&dispatcher, Tool::TicketAddMessage, first, input.clone()).await.unwrap();
    let elsewhere = world.on(&dispatcher, Tool::TicketAddMessage, second, input).await;
    assert_eq!(code(elsewhere), "record.taken");
}

#[tokio::test]
async fn a_customer_writes_for_themselves_and_nothing_else() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    let customer = world.customer();
    let said =
        world.on(&customer, Tool::TicketAddMessage, ticket, json!({ "text": "hello" })).await;
    let said = said.unwrap();
    assert_eq!(said["result"]["direction"], "in");
    assert_eq!(said["result"]["recognised"], true);
    let posing = json!({
        "text": "hello",
        "received": { "channel": "sms", "from": { "phone": "+12025550173" } },
    });
    let posing = world.on(&customer, Tool::TicketAddMessage, ticket, posing).await;
    assert_eq!(code(posing), "input.malformed");
}

#[tokio::test]
async fn a_number_in_a_mail_makes_nobody_its_sender() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    let input = json!({
        "text": "call me",
        "received": { "channel": "email", "from": { "phone": "+12025550173", "email": "eve@example.org" } },
    });
    let added = world.on(&world.dispatcher(), Tool::TicketAddMessage, ticket, input).await.unwrap();
    assert_eq!(added["result"]["recognised"], false);
}

#[tokio::test]
async fn a_message_says_something_and_not_too_much() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    for text in ["", " \n", "\u{202e}", &"x".repeat(16_001)] {
        let input = json!({ "text": text });
        let added = world.on(&world.dispatcher(), Tool::TicketAddMessage, ticket, input).await;
        assert_eq!(code(added), "input.malformed");
    }
}

#[tokio::test]
async fn asking_the_customer_queues_the_questions_for_the_contact() {
    let world = World::new();
    let input = json!({ "site": world.site(), "contact": world.contact(), "summary": "door" });
    let made = world.call(&world.dispatcher(), Tool::TicketCreate, input).await.unwrap();
    let ask = json!({ "questions": ["Which door is it?", "Since when?"] });
    let agent = world.agent(Role::AgentIntake);
    let asked = world.on(&agent, Tool::TicketRequestInfo, id_of(&made), ask).await.unwrap();
    assert_eq!(asked["ticket"]["state"], "needs_info");
    let waiting = column(&world, "select kind || ' ' || contact from outgoing");
    assert_eq!(waiting, [format!("info_requested {}", world.contact())]);
    assert!(column(&world, "select body from message where direction = 'out'").is_empty());
    world.delivered().await;
    let told = column(&world, "select body from message where direction = 'out'");
    assert!(told[0].ends_with("Which door is it?\nSince when?"));

    let input = json!({ "site": world.site(), "summary": "door" });
    let made = world.call(&world.dispatcher(), Tool::TicketCreate, input).await.unwrap();
    let nothing = json!({ "questions": [] });
    let asked = world.on(&agent, Tool::TicketRequestInfo, id_of(&made), nothing).await;
    assert_eq!(code(asked), "input.malformed");
}

#[tokio::test]
async fn a_ticket_of_another_tenant_is_not_there() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    let stranger = world.stranger(2, &[Role::Dispatcher]);
    for (tool, input) in [
        (Tool::TicketAddMessage, json!({ "text": "hello" })),
        (Tool::TicketRequestInfo, json!({ "questions": ["who?"] })),
        (Tool::TicketTriage, json!({ "outcome": "triaged" })),
        (Tool::TicketTimeline, json!({})),
        (Tool::TicketGet, json!({})),
    ] {
        assert_eq!(code(world.on(&stranger, tool, ticket, input).await), "ticket.not_found");
    }
}

use crate::testing::{World, code};
use kernel::tool::Tool;
use serde_json::{Value, json};

fn read(packet: &str) -> Value {
    serde_json::from_str::<Value>(packet).unwrap()["packet"].clone()
}

#[tokio::test]
async fn a_packet_shows_the_whole_way_and_nobody_by_name() {
    let world = World::new();
    let ticket = world.closed().await;
    let packet = read(&world.packet(ticket, None).await.unwrap());
    assert_eq!(packet["ticket"], json!(ticket));
    assert_eq!(packet["timeline"].as_array().unwrap().len(), 10);
    assert_eq!(packet["receipts"].as_array().unwrap().len(), 10);
    assert_eq!(packet["evidence"].as_array().unwrap().len(), 4);
    assert!(packet["evidence"].as_array().unwrap().iter().all(|piece| piece["held"] == true));
    assert_eq!(packet["checklist"].as_array().unwrap().len(), 5);
    assert_eq!(packet["invoice"]["number"], 1);
    assert_eq!(packet["verifications"][0]["by"], json!(world.qa().actor));
    assert_eq!(packet["forced"], Value::Null);

    let text = packet.to_string();
    let known =
        "select name || '|' || coalesce(phone, '-') || '|' || coalesce(email, '-') from contact";
    let known: String = world.value(known);
    for secret in known.split('|').chain(["1 Main St", "Corner Shops"]).filter(|s| s.len() > 1) {
        assert!(!text.contains(secret), "`{secret}` is in the packet");
    }
}

#[tokio::test]
async fn a_forced_closing_says_so_and_who_wanted_it() {
    let world = World::new();
    let ticket = world.completed().await;
    let mut input = json!({ "reason": "the customer moves out today" });
    let tool = Tool::TicketForceClose;
    let asked = world.on(&world.dispatcher(), tool, ticket, input.clone()).await.unwrap();
    assert_eq!(code(world.packet(ticket, None).await), "packet.none");
    input["countersign"] = asked["result"]["countersign"].clone();
    world.on(&world.approver(), tool, ticket, input).await.unwrap();

    let text = world.packet(ticket, None).await.unwrap();
    let forced = &read(&text)["forced"];
    assert_eq!(forced["reason"], "the customer moves out today");
    assert_eq!(forced["requested_by"], json!(world.dispatcher().actor));
    assert_eq!(forced["confirmed_by"], json!(world.approver().actor));
    crate::packet::verify::verify(text.as_bytes(), None).unwrap();
}

#[tokio::test]
async fn a_reopened_ticket_keeps_its_packet_and_gets_another_version() {
    let world = World::new();
    let ticket = world.closed().await;
    let first = world.packet(ticket, None).await.unwrap();
    world.reopen(ticket).await.unwrap();
    world.show(ticket, "extra_second_visit").await;
    world.tick(ticket, &crate::testing::finish::ITEMS).await;
    world.complete(ticket).await.unwrap();
    world.verify(ticket).await.unwrap();
    assert_eq!(world.packet(ticket, None).await.unwrap(), first);
    world.close(ticket).await.unwrap();

    assert_eq!(world.packet(ticket, Some(1)).await.unwrap(), first, "to the byte");
    let second = world.packet(ticket, None).await.unwrap();
    let digest = &serde_json::from_str::<Value>(&first).unwrap()["digest"];
    assert_eq!(&read(&second)["previous"], digest);
    assert_eq!(read(&second)["version"], 2);
    assert_eq!(read(&second)["evidence"].as_array().unwrap().len(), 5);
    crate::packet::verify::verify(second.as_bytes(), None).unwrap();
    assert_eq!(code(world.packet(ticket, Some(3)).await), "packet.none");
}

#[tokio::test]
async fn a_packet_that_a_crash_kept_from_being_made_is_made_by_whoever_asks_for_it_first() {
    let world = World::new();
    let ticket = world.closed().await;
    let made = world.packet(ticket, None).await.unwrap();
    world.back().tamper("delete from packet");
    assert_eq!(world.packet(ticket, None).await.unwrap(), made, "and it is the same packet");
}

#[tokio::test]
async fn or_before_anything_of_the_ticket_changes() {
    let world = World::new();
    let ticket = world.closed().await;
    let made = world.packet(ticket, None).await.unwrap();
    world.back().tamper("delete from packet");
    world.reopen(ticket).await.unwrap();
    assert_eq!(world.packet(ticket, Some(1)).await.unwrap(), made);
}

#[tokio::test]
async fn closings_and_packets_never_change() {
    let world = World::new();
    world.closed().await;
    for table in ["closure", "packet"] {
        for sql in [format!("update {table} set at = 1"), format!("delete from {table}")] {
            let error = world.back().run(&sql).unwrap_err();
            assert!(error.contains("never"), "{sql}: {error}");
        }
    }
}

#[tokio::test]
async fn a_customer_reads_the_packet_of_their_own_site_only() {
    let world = World::new();
    let ticket = world.closed().await;
    let input = json!({ "ticket": ticket });
    world.call(&world.customer(), Tool::CloseoutPacket, input.clone()).await.unwrap();
    let neighbour = world.caller(9, &[kernel::role::Role::Customer]);
    let refused = world.call(&neighbour, Tool::CloseoutPacket, input).await;
    assert_eq!(code(refused), "ticket.not_found");
}

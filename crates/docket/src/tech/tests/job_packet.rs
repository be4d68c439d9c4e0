use crate::{
    identity::Caller,
    testing::{World, code},
};
use kernel::{
    id::{Id, Ticket},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

const PACKET: Tool = Tool::TechJobPacket;

async fn packet(world: &World, by: &Caller, ticket: Id<Ticket>) -> Value {
    world.call(by, PACKET, json!({ "ticket": ticket })).await.unwrap()
}

fn readings(world: &World) -> i64 {
    world.value(
        "select count(*) from audit_entry
         where outcome = 'read' and body like '%\"access_code\":true%' and body not like '%4711%'",
    )
}

#[tokio::test]
async fn the_packet_has_what_the_work_needs() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let seen = packet(&world, &world.tech_caller(0), ticket).await;

    assert_eq!(seen["site"]["address"], "1 Main St, Albany, NY");
    assert_eq!(seen["contact"]["name"], "Ada Requester");
    assert_eq!(seen["asset"]["tag"], "FRONT-1");
    assert_eq!(seen["scope"]["incident_type"], "door_wont_latch");
    assert_eq!(seen["scope"]["reported"]["untrusted"], true);
    assert!(!seen["scope"]["steps"].as_array().unwrap().is_empty());
    assert_eq!(seen["money"]["nte"], json!({ "minor": 50_000, "currency": "USD" }));
    // One trip at 75.00 and its tax of 8.875 %.
    assert_eq!(seen["money"]["cost"], json!({ "minor": 8_166, "currency": "USD" }));
    let missing = &seen["closeout"]["verdict"]["missing_evidence"];
    assert!(missing.as_array().unwrap().contains(&json!("photo_before_door_edge_and_strike")));
    assert_eq!(seen["visits"][0]["technician"], json!(world.technician(0)));
    assert_eq!(seen.get("access_code"), None);
    let action = |tool: &str| {
        let all = seen["actions"].as_array().unwrap();
        all.iter().find(|action| action["tool"] == tool).unwrap()["enabled"].clone()
    };
    assert_eq!((action("tech.hold"), action("tech.check_in")), (json!(true), json!(false)));
}

#[tokio::test]
async fn the_access_code_is_read_on_the_way_and_each_reading_is_recorded() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let input = json!({ "ticket": ticket, "access_code": true });
    let answer = world.call(&world.dispatcher(), PACKET, input.clone()).await;
    assert_eq!(code(answer), "ticket.state");
    assert_eq!(readings(&world), 0);

    let go = json!({ "technician": world.technician(0) });
    world.on(&world.dispatcher(), Tool::AssignmentDispatch, ticket, go).await.unwrap();
    for (count, caller) in [(1, world.tech_caller(0)), (2, world.dispatcher())] {
        let seen = world.call(&caller, PACKET, input.clone()).await.unwrap();
        assert_eq!(seen["access_code"], "4711#");
        assert_eq!(readings(&world), count);
    }

    let other = world.call(&world.tech_caller(1), PACKET, input.clone()).await;
    assert_eq!(code(other), "ticket.not_yours");
    let reason = json!({ "reason": "the van broke down" });
    world.on(&world.dispatcher(), Tool::AssignmentUnassign, ticket, reason).await.unwrap();
    let answer = world.call(&world.tech_caller(0), PACKET, input).await;
    assert_eq!(code(answer), "ticket.not_yours");
    assert_eq!(readings(&world), 2);
}

#[tokio::test]
async fn after_completion_nobody_reads_the_access_code() {
    let world = World::new();
    let ticket = world.completed().await;
    for caller in [world.tech_caller(0), world.dispatcher()] {
        let input = json!({ "ticket": ticket, "access_code": true });
        assert_eq!(code(world.call(&caller, PACKET, input).await), "ticket.state");
    }
}

#[tokio::test]
async fn an_agent_gets_ids_and_no_access_code() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let liaison = Caller {
        on_behalf_of: Some(world.tech_caller(0).actor),
        ..world.agent(Role::AgentLiaison)
    };
    let seen = packet(&world, &liaison, ticket).await;
    assert_eq!(seen["contact"], json!({ "id": world.contact() }));
    assert_eq!(seen["money"].get("cost"), None);

    let input = json!({ "ticket": ticket, "access_code": true });
    assert_eq!(code(world.call(&liaison, PACKET, input).await), "role.forbidden");
    assert_eq!(readings(&world), 0);
}

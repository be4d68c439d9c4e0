use super::{good_call, id_of, taken_in};
use crate::testing::{World, code};
use kernel::{
    id::{self, Id},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

async fn created(world: &World) -> Id<id::Ticket> {
    let input = json!({ "site": world.site(), "contact": world.contact(), "summary": "door" });
    id_of(&world.call(&world.dispatcher(), Tool::TicketCreate, input).await.unwrap())
}

/// A ticket whose caller nobody has verified.
async fn unverified(world: &World) -> Id<id::Ticket> {
    let mut call = good_call(world);
    call["caller"] = json!({ "phone": "+12025550199" });
    call["contact"] = json!(world.contact());
    id_of(&taken_in(world, call).await)
}

fn usd(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "USD" })
}

#[tokio::test]
async fn a_call_of_a_known_kind_with_all_it_asks_for_can_be_planned() {
    let world = World::new();
    let ticket = created(&world).await;
    let input = json!({
        "outcome": "ready_to_schedule", "incident_type": "door_wont_latch",
        "description": "the latch does not catch", "nte": usd(40_000), "priority": "urgent",
    });
    let agent = world.agent(Role::AgentIntake);
    let done = world.on(&agent, Tool::TicketTriage, ticket, input).await.unwrap();
    assert_eq!(done["ticket"]["state"], "ready_to_schedule");
    let ticket = world.ticket(ticket).unwrap();
    assert_eq!(ticket.nte.minor, 40_000);
    assert_eq!(ticket.incident_type.as_deref(), Some("door_wont_latch"));
    assert_eq!(ticket.type_version, Some(1));
    assert_eq!(ticket.description.as_deref(), Some("the latch does not catch"));
}

#[tokio::test]
async fn work_is_not_planned_without_a_kind_then_a_caller_then_what_is_asked_for() {
    let world = World::new();
    let agent = world.agent(Role::AgentIntake);
    let ticket = created(&world).await;
    let ready = json!({ "outcome": "ready_to_schedule" });
    let no_type = world.on(&agent, Tool::TicketTriage, ticket, ready.clone()).await;
    assert_eq!(code(no_type), "type.unknown");
    let typed = json!({ "outcome": "ready_to_schedule", "incident_type": "roof_leak" });
    let wrong = world.on(&agent, Tool::TicketTriage, ticket, typed).await;
    assert_eq!(code(wrong), "type.unknown");

    let typed = json!({ "outcome": "ready_to_schedule", "incident_type": "hardware_replacement" });
    let missing = world.on(&agent, Tool::TicketTriage, ticket, typed).await;
    let Err(crate::door::Denied::Refused(refusal, _)) = missing else { panic!("{missing:?}") };
    assert_eq!(refusal.code.name(), "intake.fields_missing");
    assert_eq!(refusal.missing, ["description", "nte"]);

    let ticket = unverified(&world).await;
    let unknown = world.on(&agent, Tool::TicketTriage, ticket, ready).await;
    assert_eq!(code(unknown), "identity.unverified");
}

#[tokio::test]
async fn a_dispatcher_vouches_for_a_caller_and_an_agent_cannot() {
    let world = World::new();
    let ticket = unverified(&world).await;
    let input = json!({ "outcome": "ready_to_schedule", "vouch": true });
    let agent = world.agent(Role::AgentIntake);
    let agents = world.on(&agent, Tool::TicketTriage, ticket, input.clone()).await;
    assert_eq!(code(agents), "identity.unverified");
    let ours = world.on(&world.dispatcher(), Tool::TicketTriage, ticket, input).await.unwrap();
    assert_eq!(ours["ticket"]["state"], "ready_to_schedule");
}

#[tokio::test]
async fn a_limit_above_what_the_type_lets_pass_waits_for_somebody_else() {
    let world = World::new();
    let ticket = created(&world).await;
    let input = json!({
        "outcome": "ready_to_schedule", "incident_type": "door_wont_latch",
        "description": "the latch does not catch", "nte": usd(150_001),
    });
    let second = world.on(&world.dispatcher(), Tool::TicketTriage, ticket, input).await.unwrap();
    assert_eq!(second["ticket"]["state"], "approval_required");
    assert_eq!(second["result"]["approval"]["amount"], usd(150_001));
    assert_eq!(world.ticket(ticket).unwrap().nte.minor, 0);
}

#[tokio::test]
async fn an_agent_may_set_no_limit_above_what_the_type_suggests() {
    let world = World::new();
    let agent = world.agent(Role::AgentIntake);
    let input = |nte: i64| {
        json!({
            "outcome": "ready_to_schedule", "incident_type": "door_wont_latch",
            "description": "the latch does not catch", "nte": usd(nte),
        })
    };
    let ticket = created(&world).await;
    let free = world.on(&agent, Tool::TicketTriage, ticket, input(45_000)).await.unwrap();
    assert_eq!(free["ticket"]["state"], "ready_to_schedule");
    let ticket = created(&world).await;
    let asked = world.on(&agent, Tool::TicketTriage, ticket, input(45_001)).await.unwrap();
    assert_eq!(asked["ticket"]["state"], "approval_required");
    assert_eq!(world.ticket(ticket).unwrap().nte.minor, 0);
}

#[tokio::test]
async fn asking_for_approval_is_no_way_around_what_planning_needs() {
    let world = World::new();
    let ticket = unverified(&world).await;
    for outcome in ["approval_required", "triaged"] {
        let input = json!({ "outcome": outcome, "nte": usd(200_000) });
        let asked = world.on(&world.dispatcher(), Tool::TicketTriage, ticket, input).await;
        assert_eq!(code(asked), "identity.unverified");
    }
}

#[tokio::test]
async fn a_limit_is_in_the_currency_of_the_ticket_and_not_less_than_nothing() {
    let world = World::new();
    let ticket = created(&world).await;
    let foreign = json!({ "outcome": "triaged", "nte": { "minor": 100, "currency": "EUR" } });
    let refused = world.on(&world.dispatcher(), Tool::TicketTriage, ticket, foreign).await;
    assert_eq!(code(refused), "money.currency");
    let negative = json!({ "outcome": "triaged", "nte": usd(-1) });
    let refused = world.on(&world.dispatcher(), Tool::TicketTriage, ticket, negative).await;
    assert_eq!(code(refused), "input.malformed");
}

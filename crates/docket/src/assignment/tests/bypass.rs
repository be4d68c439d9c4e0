use crate::{
    identity::Caller,
    testing::{World, code, refusal, stage::window},
};
use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::{
    id::{Id, Ticket},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

const DISPATCH: Tool = Tool::AssignmentDispatch;

async fn emergency(world: &World) -> Id<Ticket> {
    world.triaged("emergency", "triaged").await
}

fn bypass(world: &World) -> Value {
    let rationale = "the door of a pharmacy stands open";
    json!({
        "technician": world.technician(0),
        "bypass": { "rationale": rationale, "window": window() },
    })
}

/// The first voice of a bypass, and the input with which a second confirms it.
async fn asked(world: &World, ticket: Id<Ticket>, by: &Caller) -> (Value, Value) {
    let answer = world.on(by, DISPATCH, ticket, bypass(world)).await.unwrap();
    let mut second = bypass(world);
    second["countersign"] = answer["result"]["countersign"].clone();
    (answer, second)
}

#[tokio::test]
async fn what_a_bypass_lacks_is_named() {
    let world = World::new();
    let ticket = world.triaged("urgent", "triaged").await;
    let none = json!({ "technician": world.technician(0) });
    let no = refusal(world.on(&world.dispatcher(), DISPATCH, ticket, none).await);
    assert_eq!(no.code.name(), "assignment.bypass_denied");
    assert_eq!(no.missing, ["bypass", "priority_emergency", "rationale_of_20_characters"]);

    let unknown = world.new_ticket().await;
    let input = json!({ "outcome": "triaged", "priority": "emergency" });
    world.on(&world.dispatcher(), Tool::TicketTriage, unknown, input).await.unwrap();
    let mut short = bypass(&world);
    short["bypass"]["rationale"] = json!("it   is   urgent    ");
    let no = refusal(world.on(&world.dispatcher(), DISPATCH, unknown, short).await);
    assert_eq!(no.missing, ["incident_type", "rationale_of_20_characters"]);
}

#[tokio::test]
async fn a_bypass_waits_while_money_is_asked_for() {
    let world = World::new();
    let ticket = emergency(&world).await;
    world.behind_the_door(&format!(
        "insert into approval (tenant, id, ticket, requested_by, amount_minor, currency, reason,
             evidence, back, digest, requested_at, status)
         values ('{}', '{}', '{ticket}', '{}', 1, 'USD', 'more', '[]',
             '{{\"when\":\"before_work\"}}', '{}', 0, 'open')",
        world.tenant,
        Id::<kernel::id::Approval>::from_parts(1, 1),
        crate::testing::person(5),
        "0".repeat(64),
    ));
    let no = refusal(world.on(&world.dispatcher(), DISPATCH, ticket, bypass(&world)).await);
    assert_eq!(no.missing, ["no_open_approval"]);
}

#[tokio::test]
async fn the_first_voice_changes_nothing_but_the_version() {
    let world = World::new();
    let ticket = emergency(&world).await;
    let before = world.version(ticket);
    let (first, _) = asked(&world, ticket, &world.dispatcher()).await;

    let steps = |after| format!("select count(*) from transition where version > {after}");
    assert_eq!(first["ticket"]["state"], "triaged");
    assert_eq!(first["ticket"]["version"], before + 1);
    assert_eq!(first["result"]["waits_for"], json!(["dispatcher"]));
    assert_eq!(first["result"]["expires_at"], "2026-03-02T09:30:00Z");
    assert_eq!(world.value::<i64>("select count(*) from visit"), 0);
    assert_eq!(world.value::<i64>(&steps(before)), 0);
    assert_eq!(world.value::<i64>("select count(*) from outgoing"), 0);
}

#[tokio::test]
async fn a_second_dispatcher_confirms_and_somebody_goes() {
    let world = World::new();
    let ticket = emergency(&world).await;
    let (_, second) = asked(&world, ticket, &world.dispatcher()).await;

    let done = world.on(&world.other_dispatcher(), DISPATCH, ticket, second).await.unwrap();

    assert_eq!(done["ticket"]["state"], "dispatched");
    assert_eq!(done["result"]["window"], window());
    let step = "select from_state || '>' || to_state from transition order by version desc limit 1";
    assert_eq!(world.value::<String>(step), "triaged>dispatched");
}

#[tokio::test]
async fn the_second_person_is_nobody_who_is_or_acts_for_the_first() {
    let world = World::new();
    let ticket = emergency(&world).await;
    let ada = world.dispatcher();
    let (_, second) = asked(&world, ticket, &ada).await;

    let for_ada = Caller { on_behalf_of: Some(ada.actor), ..world.other_dispatcher() };
    for caller in [ada.clone(), for_ada] {
        let answer = world.on(&caller, DISPATCH, ticket, second.clone()).await;
        assert_eq!(code(answer), "approval.second_person");
    }
    assert_eq!(world.state(ticket), "triaged");

    // An agent that spoke first for a person counts as both.
    let for_bob = Caller { on_behalf_of: Some(world.other_dispatcher().actor), ..ada };
    let (_, second) = asked(&world, ticket, &for_bob).await;
    let answer = world.on(&world.other_dispatcher(), DISPATCH, ticket, second).await;
    assert_eq!(code(answer), "approval.second_person");
}

#[tokio::test]
async fn both_voices_say_the_same() {
    let world = World::new();
    let ticket = emergency(&world).await;
    let (_, second) = asked(&world, ticket, &world.dispatcher()).await;

    let mut other = second.clone();
    other["technician"] = json!(world.technician(1));
    let answer = world.on(&world.other_dispatcher(), DISPATCH, ticket, other).await;
    assert_eq!(code(answer), "countersign.unknown");

    let another = emergency(&world).await;
    let answer = world.on(&world.other_dispatcher(), DISPATCH, another, second).await;
    assert_eq!(code(answer), "countersign.unknown");
}

#[tokio::test]
async fn a_voice_waits_for_half_an_hour() {
    let world = World::new();
    let ticket = emergency(&world).await;
    let (_, second) = asked(&world, ticket, &world.dispatcher()).await;
    world.clock.advance(SignedDuration::from_mins(30));
    let answer = world.on(&world.other_dispatcher(), DISPATCH, ticket, second).await;
    assert_eq!(code(answer), "countersign.expired");
}

#[tokio::test]
async fn a_voice_is_about_the_ticket_as_it_stood() {
    let world = World::new();
    let ticket = emergency(&world).await;
    let (_, second) = asked(&world, ticket, &world.dispatcher()).await;
    let (_, same) = asked(&world, ticket, &world.dispatcher()).await;
    world.on(&world.other_dispatcher(), DISPATCH, ticket, second).await.unwrap();

    // The ticket comes back to where it stood, and the other voice is stale.
    world.behind_the_door(&format!(
        "update ticket set state = 'triaged', standing = '{{\"is\":\"triaged\"}}' where id = '{ticket}';
         update visit set ended_at = 1, outcome = 'unassigned'"
    ));
    let answer = world.on(&world.other_dispatcher(), DISPATCH, ticket, same).await;
    assert_eq!(code(answer), "countersign.expired");
}

#[tokio::test]
async fn a_voice_counts_once() {
    let world = World::new();
    let ticket = emergency(&world).await;
    let (_, second) = asked(&world, ticket, &world.dispatcher()).await;
    let bob = world.other_dispatcher();
    let now = world.version(ticket);
    let calls = (0..64).map(|_| world.on_version(&bob, DISPATCH, ticket, now, second.clone()));
    let (won, lost): (Vec<_>, Vec<_>) = join_all(calls).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.into_iter().all(|answer| code(answer) == "ticket.stale"));

    world.behind_the_door(&format!(
        "update ticket set state = 'triaged', standing = '{{\"is\":\"triaged\"}}' where id = '{ticket}';
         update visit set ended_at = 1, outcome = 'unassigned'"
    ));
    let answer = world.on(&world.caller(9, &[Role::Dispatcher]), DISPATCH, ticket, second).await;
    assert_eq!(code(answer), "countersign.unknown");
}

#[tokio::test]
async fn an_agent_cannot_bypass() {
    let world = World::new();
    let ticket = emergency(&world).await;
    let agent = world.agent(Role::AgentScheduling);
    let answer = world.on(&agent, DISPATCH, ticket, bypass(&world)).await;
    assert_eq!(code(answer), "role.state_forbidden");
}

use crate::{
    closeout::work,
    directory::rate_card,
    testing::{World, code, refusal},
};
use kernel::{
    id::{Id, Ticket},
    role::Role,
    tool::Tool,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const LABOR: Tool = Tool::CloseoutLogLabor;
const PART: Tool = Tool::CloseoutLogPart;

fn labor(minutes: u32) -> Value {
    json!({ "kind": "regular", "minutes": minutes })
}

fn part(quantity: u32, minor: i64) -> Value {
    let cost = json!({ "minor": minor, "currency": "USD" });
    json!({ "description": "strike plate", "quantity": quantity, "unit_cost": cost })
}

/// What the ticket comes to by the card.
fn cost(world: &World, ticket: Id<Ticket>) -> i64 {
    let ticket = world.ticket(ticket).unwrap();
    let read = world.door.db().read_waiting(world.tenant, |snap| {
        let (_, card) = rate_card::for_account(snap, world.tenant, ticket.account)?;
        work::cost(&card, &work::of_ticket(snap, world.tenant, &ticket)?)
    });
    read.unwrap().minor
}

#[tokio::test]
async fn labor_and_parts_are_priced_with_trips_and_taxes() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let technician = world.tech_caller(0);

    let done = world.on(&technician, LABOR, ticket, labor(61)).await.unwrap();
    // 75 minutes at 120.00 an hour, a trip at 75.00, and 8.875 %.
    assert_eq!(done["result"]["cost"]["minor"], 24_497);
    let done = world.on(&technician, PART, ticket, part(2, 1_000)).await.unwrap();
    // Two parts at 10.00 with 20 % on top.
    assert_eq!(done["result"]["cost"]["minor"], 27_110);
    assert_eq!(cost(&world, ticket), 27_110);
    assert_eq!(done["ticket"]["state"], "in_progress");
}

#[tokio::test]
async fn time_can_be_said_from_when_to_when() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let input = json!({
        "kind": "regular",
        "started_at": "2026-03-02T08:00:00Z",
        "ended_at": "2026-03-02T08:30:01Z",
    });
    let done = world.on(&world.tech_caller(0), LABOR, ticket, input).await.unwrap();
    assert_eq!(done["result"]["minutes"], 31);
}

#[tokio::test]
async fn time_that_makes_no_sense_is_malformed() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let span =
        |from: &str, to: &str| json!({ "kind": "regular", "started_at": from, "ended_at": to });
    let inputs = [
        labor(0),
        labor(10_081),
        json!({ "kind": "regular" }),
        json!({ "kind": "regular", "minutes": 5, "ended_at": "2026-03-02T08:00:00Z" }),
        json!({ "kind": "regular", "started_at": "2026-03-02T08:00:00Z" }),
        span("2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z"),
        span("2026-03-02T08:30:00Z", "2026-03-02T08:00:00Z"),
        span("2026-03-02T08:30:00Z", "2026-03-02T09:00:01Z"),
        json!({ "kind": "regular", "minutes": -5 }),
        json!({ "kind": "regular", "minutes": 1.5 }),
    ];
    for input in inputs {
        let answer = world.on(&world.tech_caller(0), LABOR, ticket, input.clone()).await;
        assert_eq!(code(answer), "input.malformed", "{input}");
    }
}

#[tokio::test]
async fn a_kind_of_labor_that_is_not_on_the_card_is_refused_with_those_that_are() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let input = json!({ "kind": "heroic", "minutes": 5 });
    let no = refusal(world.on(&world.tech_caller(0), LABOR, ticket, input).await);
    assert_eq!(no.code.name(), "rate_card.rate_unknown");
    assert_eq!(no.facts["kinds"], json!(["overtime", "regular", "travel"]));
}

#[tokio::test]
async fn without_a_rate_card_nothing_can_be_logged() {
    let world = World::new();
    let ticket = world.in_progress().await;
    world.behind_the_door("update tenant set settings = json_set(settings, '$.rate_card', null)");
    for (tool, input) in [(LABOR, labor(5)), (PART, part(1, 5))] {
        let answer = world.on(&world.tech_caller(0), tool, ticket, input).await;
        assert_eq!(code(answer), "rate_card.missing");
    }
}

#[tokio::test]
async fn a_part_costs_nothing_or_more_in_the_currency_of_the_ticket() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let euro = json!({ "minor": 5, "currency": "EUR" });
    let inputs = [
        (json!({ "description": "hinge", "quantity": 1, "unit_cost": euro }), "money.currency"),
        (part(1, -1), "input.malformed"),
        (part(0, 1), "input.malformed"),
        (part(u32::MAX, (1 << 53) - 1), "money.overflow"),
    ];
    for (input, expected) in inputs {
        let answer = world.on(&world.tech_caller(0), PART, ticket, input.clone()).await;
        assert_eq!(code(answer), expected, "{input}");
    }
}

#[tokio::test]
async fn what_passes_the_limit_is_refused_with_the_amounts() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let no = refusal(world.on(&world.tech_caller(0), LABOR, ticket, labor(240)).await);
    assert_eq!(no.code.name(), "nte.exceeded");
    let usd = |minor: i64| json!({ "minor": minor, "currency": "USD" });
    assert_eq!(no.facts["limit"], usd(50_000));
    assert_eq!(no.facts["so_far"], usd(8_166));
    assert_eq!(no.facts["would_be"], usd(60_426));
    assert_eq!(no.facts["over_by"], usd(10_426));
    assert_eq!(world.value::<i64>("select count(*) from labor"), 0);

    // What is asked for and approved can be spent.
    let more = json!({ "reason": "the frame is bent", "amount": usd(10_426) });
    let asked = world.on(&world.tech_caller(0), Tool::TechRequestChange, ticket, more).await;
    let yes = json!({ "approval": asked.unwrap()["result"]["approval"], "decision": "approve" });
    world.on(&world.approver(), Tool::ApprovalDecide, ticket, yes).await.unwrap();
    assert!(world.on(&world.tech_caller(0), LABOR, ticket, labor(240)).await.is_ok());
    assert_eq!(cost(&world, ticket), 60_426);
}

#[tokio::test]
async fn an_agent_learns_the_shortfall_but_not_the_cost() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let liaison = crate::identity::Caller {
        on_behalf_of: Some(world.tech_caller(0).actor),
        ..world.agent(Role::AgentLiaison)
    };
    let no = refusal(world.on(&liaison, LABOR, ticket, labor(240)).await);
    assert_eq!(no.facts.keys().collect::<Vec<_>>(), ["limit", "over_by"]);
    let done = world.on(&liaison, LABOR, ticket, labor(15)).await.unwrap();
    assert_eq!(done["result"].get("cost"), None);
}

#[tokio::test]
async fn a_wrong_entry_is_replaced_and_both_stay_on_file() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let technician = world.tech_caller(0);
    let wrong = world.on(&technician, LABOR, ticket, labor(150)).await.unwrap();
    let mut right = labor(60);
    right["replaces"] = wrong["result"]["labor"].clone();
    world.on(&technician, LABOR, ticket, right.clone()).await.unwrap();
    assert_eq!(cost(&world, ticket), 21_231);
    assert_eq!(world.value::<i64>("select count(*) from labor"), 2);

    let answer = world.on(&technician, LABOR, ticket, right).await;
    assert_eq!(code(answer), "record.not_found");

    let wrong = world.on(&technician, PART, ticket, part(3, 1_000)).await.unwrap();
    let mut none = part(0, 1_000);
    none["replaces"] = wrong["result"]["part"].clone();
    world.on(&technician, PART, ticket, none.clone()).await.unwrap();
    assert_eq!(cost(&world, ticket), 21_231);
    assert_eq!(code(world.on(&technician, PART, ticket, none).await), "record.not_found");
}

#[tokio::test]
async fn an_entry_of_another_ticket_is_not_there_to_be_replaced() {
    let world = World::new();
    let first = world.in_progress().await;
    let entry = world.on(&world.tech_caller(0), LABOR, first, labor(15)).await.unwrap();
    let reason = json!({ "reason": "another day" });
    world.on(&world.tech_caller(0), Tool::TechReturnVisit, first, reason).await.unwrap();
    let second = world.in_progress().await;
    let mut input = labor(15);
    input["replaces"] = entry["result"]["labor"].clone();
    let answer = world.on(&world.tech_caller(0), LABOR, second, input).await;
    assert_eq!(code(answer), "record.not_found");
}

#[derive(Clone, Debug)]
enum Step {
    Labor(u32, &'static str),
    Part(u32, i64),
    /// Replaces the entry with this index among those of its kind.
    Again(usize, u32),
    Ask(i64, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![Just("regular"), Just("overtime"), Just("travel")];
    prop_oneof![
        (1..400_u32, kind).prop_map(|(minutes, kind)| Step::Labor(minutes, kind)),
        (1..6_u32, 0..20_000_i64).prop_map(|(quantity, minor)| Step::Part(quantity, minor)),
        (0..4_usize, 0..400_u32).prop_map(|(which, minutes)| Step::Again(which, minutes)),
        (1..30_000_i64, any::<bool>()).prop_map(|(minor, yes)| Step::Ask(minor, yes)),
    ]
}

/// Takes the steps and says after each what the ticket comes to and may cost.
async fn spent(steps: Vec<Step>) -> Vec<(i64, i64)> {
    let world = World::new();
    let ticket = world.in_progress().await;
    let technician = world.tech_caller(0);
    let (mut logged, mut seen) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Labor(minutes, kind) => {
                let input = json!({ "kind": kind, "minutes": minutes });
                if let Ok(done) = world.on(&technician, LABOR, ticket, input).await {
                    logged.push(done["result"]["labor"].clone());
                }
            }
            Step::Part(quantity, minor) => {
                let _ = world.on(&technician, PART, ticket, part(quantity, minor)).await;
            }
            Step::Again(which, minutes) => {
                if let Some(old) = logged.get(which) {
                    let input = json!({ "kind": "regular", "minutes": minutes, "replaces": old });
                    let _ = world.on(&technician, LABOR, ticket, input).await;
                }
            }
            Step::Ask(minor, yes) => {
                let amount = json!({ "minor": minor, "currency": "USD" });
                let more = json!({ "reason": "the frame is bent", "amount": amount });
                let asked = world.on(&technician, Tool::TechRequestChange, ticket, more).await;
                let approval = asked.unwrap()["result"]["approval"].clone();
                let yes = yes && !needs_code(&world);
                let decision = if yes { "approve" } else { "deny" };
                let answer = json!({ "approval": approval, "decision": decision });
                world.on(&world.approver(), Tool::ApprovalDecide, ticket, answer).await.unwrap();
            }
        }
        seen.push((cost(&world, ticket), world.ticket(ticket).unwrap().nte.minor));
    }
    seen
}

fn needs_code(world: &World) -> bool {
    let asked = "select count(*) from approval where status = 'open' and factor_mac is not null";
    world.value::<i64>(asked) > 0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_entries_passes_the_limit(steps in prop::collection::vec(step(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (cost, limit) in runtime.block_on(spent(steps)) {
            prop_assert!(cost <= limit, "{cost} of {limit}");
        }
    }
}

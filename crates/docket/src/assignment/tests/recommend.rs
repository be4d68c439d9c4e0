use crate::testing::{World, code, stage::window};
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};

const RECOMMEND: Tool = Tool::AssignmentRecommend;

#[tokio::test]
async fn everybody_is_ranked_or_excluded_for_one_reason() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let input = json!({ "ticket": ticket });

    let seen = world.call(&world.dispatcher(), RECOMMEND, input).await.unwrap();

    let ids = |list: &str| -> Vec<Value> {
        seen[list].as_array().unwrap().iter().map(|one| one["technician"].clone()).collect()
    };
    assert_eq!(ids("candidates"), [json!(world.technician(0)), json!(world.technician(1))]);
    assert_eq!(ids("excluded"), [json!(world.technician(2))]);
    assert_eq!(seen["excluded"][0]["reason"], "assignment.skill_missing");
    let why = &seen["candidates"][0]["why"];
    assert_eq!(why["load"], json!({ "minutes": 0, "visits": 0 }));
    assert_eq!(why["covers"], "north");
    assert!(why["skills"].as_array().unwrap().contains(&json!("doors")));
}

#[tokio::test]
async fn whoever_has_less_to_do_that_day_comes_first() {
    let world = World::new();
    world.dispatched(world.technician(0)).await;
    let ticket = world.scheduled().await;
    let later = json!({ "start": "2026-03-02T18:00:00Z", "end": "2026-03-02T20:00:00Z" });
    let input = json!({ "ticket": ticket, "window": later });

    let seen = world.call(&world.agent(Role::AgentScheduling), RECOMMEND, input).await.unwrap();

    assert_eq!(seen["candidates"][0]["technician"], json!(world.technician(1)));
    assert_eq!(seen["candidates"][1]["why"]["load"], json!({ "minutes": 120, "visits": 1 }));

    let input = json!({ "ticket": ticket });
    let seen = world.call(&world.dispatcher(), RECOMMEND, input).await.unwrap();
    assert_eq!(seen["excluded"][0]["technician"], json!(world.technician(0)));
    assert_eq!(seen["excluded"][0]["reason"], "assignment.double_booked");
}

#[tokio::test]
async fn the_same_question_at_the_same_moment_has_one_answer() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let input = json!({ "ticket": ticket });
    let first = world.call(&world.dispatcher(), RECOMMEND, input.clone()).await.unwrap();
    let second = world.call(&world.dispatcher(), RECOMMEND, input).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(world.value::<i64>("select count(*) from recommendation"), 1);
    let entries = "select count(*) from audit_entry where outcome = 'read'";
    assert_eq!(world.value::<i64>(entries), 2);
}

#[tokio::test]
async fn a_ticket_without_a_window_needs_one_to_be_named() {
    let world = World::new();
    let ticket = world.triaged("urgent", "ready_to_schedule").await;
    let answer = world.call(&world.dispatcher(), RECOMMEND, json!({ "ticket": ticket })).await;
    assert_eq!(code(answer), "schedule.window");
    let input = json!({ "ticket": ticket, "window": window() });
    assert!(world.call(&world.dispatcher(), RECOMMEND, input).await.is_ok());
}

#[tokio::test]
async fn a_dispatch_that_claims_to_follow_a_recommendation_does() {
    let world = World::new();
    let ticket = world.scheduled().await;
    let seen = world.call(&world.dispatcher(), RECOMMEND, json!({ "ticket": ticket })).await;
    let named = seen.unwrap()["recommendation"].clone();

    let other = world.scheduled().await;
    let input = json!({ "technician": world.technician(1), "recommendation": named });
    let ada = world.dispatcher();
    let answer = world.on(&ada, Tool::AssignmentDispatch, other, input.clone()).await;
    assert_eq!(code(answer), "assignment.not_recommended");

    world.on(&ada, Tool::AssignmentDispatch, ticket, input).await.unwrap();
    let entry: String = world.value(
        "select body from audit_entry where body like '%assignment.dispatch%' and outcome = 'committed'",
    );
    let entry: Value = serde_json::from_str(&entry).unwrap();
    assert_eq!(entry["payload"]["recommended_rank"], 2);
    assert!(entry["subjects"].as_array().unwrap().contains(&named));
}

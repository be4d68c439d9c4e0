//! Limits of a tenant.

use super::*;
use crate::testing::code;
use jiff::SignedDuration;

async fn limit(world: &World, input: Value) -> Result<Value, Denied> {
    world.call(&world.admin(), Tool::JobLimit, input).await
}

#[tokio::test]
async fn no_more_run_at_once_than_the_tenant_allows_and_an_end_makes_room() {
    let world = World::new();
    limit(&world, json!({ "kind": KIND, "running_max": 2 })).await.unwrap();
    for _ in 0..3 {
        enqueue(&world, json!({})).await.unwrap();
    }
    let jobs = claim(&world, 10).await;
    assert_eq!(jobs.len(), 2);
    assert!(claim(&world, 10).await.is_empty());
    say(&world, Tool::JobComplete, &jobs[0], json!({})).await.unwrap();
    assert_eq!(claim(&world, 10).await.len(), 1);
}

#[tokio::test]
async fn no_more_begin_in_a_time_than_the_tenant_allows() {
    let world = World::new();
    let rate = json!({ "count": 1, "seconds": 10, "burst": 2 });
    limit(&world, json!({ "kind": KIND, "rate": rate })).await.unwrap();
    for _ in 0..4 {
        enqueue(&world, json!({})).await.unwrap();
    }
    assert_eq!(claim(&world, 10).await.len(), 2);
    assert!(claim(&world, 10).await.is_empty());
    world.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(claim(&world, 10).await.len(), 1);

    limit(&world, json!({ "kind": KIND })).await.unwrap();
    assert_eq!(claim(&world, 10).await.len(), 1, "what is not named has no limit");
}

#[tokio::test]
async fn a_limit_of_one_tenant_is_nothing_to_another() {
    let world = World::new();
    let stranger = world.stranger(1, &[Role::Admin]);
    let none = json!({ "kind": KIND, "running_max": 0 });
    world.call(&stranger, Tool::JobLimit, none.clone()).await.unwrap();
    enqueue(&world, json!({})).await.unwrap();
    assert_eq!(claim(&world, 10).await.len(), 1);
    enqueue(&world, json!({})).await.unwrap();
    limit(&world, none).await.unwrap();
    assert!(claim(&world, 10).await.is_empty(), "0 stops them");
}

#[tokio::test]
async fn dockets_own_jobs_keep_to_a_limit_too() {
    let world = World::new();
    limit(&world, json!({ "kind": "outgoing.deliver", "running_max": 0 })).await.unwrap();
    world.scheduled().await;
    world.work_off().await;
    let waits = "select count(*) from job where kind = 'outgoing.deliver' and phase = 'queued'";
    assert_eq!(world.value::<i64>(waits), 1);
    limit(&world, json!({ "kind": "outgoing.deliver" })).await.unwrap();
    world.work_off().await;
    assert_eq!(world.value::<i64>(waits), 0);
}

#[tokio::test]
async fn a_limit_that_nothing_can_keep_is_refused() {
    let world = World::new();
    for (count, seconds, burst) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1_000_001, 1, 1)] {
        let rate = json!({ "count": count, "seconds": seconds, "burst": burst });
        assert_eq!(
            code(limit(&world, json!({ "kind": KIND, "rate": rate })).await),
            "input.malformed"
        );
    }
    let no = limit(&world, json!({ "kind": KIND, "running_max": 100_001 })).await;
    assert_eq!(code(no), "input.malformed");
}

use crate::{
    db::Scope,
    door::Denied,
    testing::{World, code, crowd::Crowd},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};

async fn put(world: &World, input: Value) -> Result<Value, Denied> {
    world.call(&world.admin(), Tool::JobSchedule, input).await.map(|seen| seen["result"].clone())
}

fn report(cron: &str) -> Value {
    json!({ "name": "report", "kind": "ext.report", "cron": cron, "payload": { "of": "visits" } })
}

/// The one schedule, as it is read.
async fn seen(world: &World) -> Value {
    let list = world.call(&world.admin(), Tool::JobSchedules, json!({})).await.unwrap();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{list}");
    items[0].clone()
}

async fn next_at(world: &World) -> String {
    seen(world).await["next_at"].as_str().unwrap().to_owned()
}

fn jobs(world: &World) -> i64 {
    world.value("select count(*) from job where kind = 'ext.report'")
}

async fn pass(world: &World, minutes: i64) {
    world.clock.advance(SignedDuration::from_mins(minutes));
    world.work_off().await;
}

#[tokio::test]
async fn a_job_is_queued_when_its_time_comes_and_not_before() {
    let world = World::new();
    let made = put(&world, report("30 9 * * *")).await.unwrap();
    assert_eq!(made["created"], true);
    assert_eq!(made["next_at"], "2026-03-02T09:30:00Z");
    pass(&world, 29).await;
    assert_eq!(jobs(&world), 0);
    pass(&world, 1).await;
    assert_eq!(jobs(&world), 1);
    assert_eq!(world.value::<String>("select payload from job"), r#"{"of":"visits"}"#);

    let seen = seen(&world).await;
    assert_eq!(seen["last_at"], "2026-03-02T09:30:00Z");
    assert_eq!(seen["next_at"], "2026-03-03T09:30:00Z");
    assert_eq!(seen["last_job"], world.value::<String>("select id from job"));
    assert_eq!(seen["put_by"], world.value::<String>("select created_by from job"));
}

#[tokio::test]
async fn ticks_that_were_missed_are_done_as_one() {
    let world = World::new();
    put(&world, report("*/5 * * * *")).await.unwrap();
    pass(&world, 3 * 60 + 2).await;
    assert_eq!(jobs(&world), 1);
    let seen = seen(&world).await;
    assert_eq!(seen["last_at"], "2026-03-02T12:00:00Z");
    assert_eq!(seen["next_at"], "2026-03-02T12:05:00Z");
}

#[tokio::test]
async fn put_again_as_it_stands_it_keeps_the_tick_that_has_come() {
    let world = World::new();
    put(&world, report("*/5 * * * *")).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(7));
    let again = put(&world, report("*/5 * * * *")).await.unwrap();
    assert_eq!(
        (&again["created"], &again["next_at"]),
        (&json!(false), &json!("2026-03-02T09:05:00Z"))
    );
    world.work_off().await;
    assert_eq!(jobs(&world), 1);
    assert_eq!(next_at(&world).await, "2026-03-02T09:10:00Z");

    put(&world, report("0 12 * * *")).await.unwrap();
    assert_eq!(next_at(&world).await, "2026-03-02T12:00:00Z");
}

#[tokio::test]
async fn a_clock_that_is_behind_does_not_do_a_tick_again() {
    let world = World::new();
    put(&world, report("@hourly")).await.unwrap();
    pass(&world, 60).await;
    world.clock.advance(-SignedDuration::from_mins(2));
    put(&world, json!({ "name": "report", "kind": "ext.report", "cron": "0 * * * *" }))
        .await
        .unwrap();
    assert_eq!(next_at(&world).await, "2026-03-02T11:00:00Z");
}

#[tokio::test]
async fn clocks_that_go_forward_skip_no_tick_and_clocks_that_go_back_double_none() {
    let world = World::new();
    let mut night = report("30 2 * * *");
    night["zone"] = json!("America/New_York");
    put(&world, night.clone()).await.unwrap();
    // The night in which 02:30 is skipped there.
    pass(&world, 6 * 24 * 60 - 9 * 60).await;
    assert_eq!(next_at(&world).await, "2026-03-08T07:00:00Z");
    pass(&world, 7 * 60).await;
    assert_eq!(next_at(&world).await, "2026-03-09T06:30:00Z");

    let mut hour = report("30 1 * * *");
    hour["zone"] = json!("America/New_York");
    put(&world, hour).await.unwrap();
    // The night in which 01:30 comes twice.
    let before: Timestamp = "2026-11-01T05:29:00Z".parse().unwrap();
    world.clock.advance(before.duration_since(world.now()));
    world.work_off().await;
    assert_eq!(next_at(&world).await, "2026-11-01T05:30:00Z");
    pass(&world, 1).await;
    assert_eq!(next_at(&world).await, "2026-11-02T06:30:00Z");
}

#[tokio::test]
async fn where_it_says_so_no_second_job_is_queued_while_the_first_is_not_finished() {
    for (overlap, queued) in [("skip", 1), ("queue", 3)] {
        let world = World::new();
        let mut often = report("*/5 * * * *");
        often["overlap"] = json!(overlap);
        put(&world, often).await.unwrap();
        for _ in 0..3 {
            pass(&world, 5).await;
        }
        assert_eq!(jobs(&world), queued, "{overlap}");
        assert_eq!(next_at(&world).await, "2026-03-02T09:20:00Z");

        world.behind_the_door("delete from job where kind = 'ext.report'");
        pass(&world, 5).await;
        assert_eq!(jobs(&world), 1, "{overlap}");
    }
}

#[tokio::test]
async fn what_is_scheduled_says_how_its_jobs_are_done() {
    let world = World::new();
    let mut often = report("*/5 * * * *");
    often["priority"] = json!(-3);
    often["attempts"] = json!(2);
    often["timeout_s"] = json!(90);
    put(&world, often).await.unwrap();
    pass(&world, 5).await;
    let terms = "job where priority = -3 and attempts_max = 2 and timeout_us = 90000000";
    assert_eq!(world.value::<i64>(&format!("select count(*) from {terms}")), 1);
    let seen = seen(&world).await;
    assert_eq!(
        (&seen["priority"], &seen["attempts"], &seen["timeout_s"]),
        (&json!(-3), &json!(2), &json!(90))
    );
}

#[tokio::test]
async fn of_two_servers_one_ticks() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    for number in 0..20 {
        let mut one = report("*/5 * * * *");
        one["name"] = json!(format!("report_{number}"));
        put(world, one).await.unwrap();
    }
    world.clock.advance(SignedDuration::from_mins(5));
    let (other, carriers) = (crowd.door(1), world.carriers());
    tokio::join!(world.work_off(), world.work_off_at(&other, &carriers));
    assert_eq!(jobs(world), 20);
}

#[tokio::test]
async fn what_cannot_be_read_stands_still_and_the_others_go_on() {
    let world = World::new();
    put(&world, report("*/5 * * * *")).await.unwrap();
    world.behind_the_door("update job_schedule set name = 'broken', cron = 'now and then'");
    put(&world, report("*/5 * * * *")).await.unwrap();
    for _ in 0..2 {
        pass(&world, 5).await;
    }
    assert_eq!(jobs(&world), 2);
    let still = "select count(*) from job_schedule where name = 'broken' and next_at is null";
    assert_eq!(world.value::<i64>(still), 1);
}

#[tokio::test]
async fn what_is_taken_away_ticks_no_more_and_leaves_what_was_queued() {
    let world = World::new();
    put(&world, report("*/5 * * * *")).await.unwrap();
    pass(&world, 5).await;
    let name = json!({ "name": "report" });
    world.call(&world.admin(), Tool::JobUnschedule, name.clone()).await.unwrap();
    pass(&world, 60).await;
    assert_eq!(jobs(&world), 1);
    let again = world.call(&world.admin(), Tool::JobUnschedule, name).await;
    assert_eq!(code(again), "record.not_found");
}

#[tokio::test]
async fn what_nobody_could_do_or_never_comes_is_refused() {
    let world = World::new();
    let with = |field: &str, value: &str| {
        let mut input = report("0 6 * * *");
        input[field] = json!(value);
        input
    };
    for (input, refused) in [
        (with("kind", "packet.make"), "job.kind_ours"),
        (with("kind", "Report"), "input.malformed"),
        (with("name", "Ada's report"), "input.malformed"),
        (with("cron", "every morning"), "job.schedule_malformed"),
        (with("cron", "0 6 30 2 *"), "job.schedule_malformed"),
        (with("zone", "Mars/Olympus"), "zone.unknown"),
        (with("overlap", "perhaps"), "input.malformed"),
    ] {
        assert_eq!(code(put(&world, input.clone()).await), refused, "{input}");
    }
    let large = json!({ "name": "report", "kind": "ext.report", "cron": "@daily",
        "payload": { "much": "x".repeat(70_000) } });
    assert_eq!(code(put(&world, large).await), "job.payload_too_large");
    assert_eq!(world.value::<i64>("select count(*) from job_schedule"), 0);
}

#[tokio::test]
async fn each_tenant_has_its_own_and_sees_no_other() {
    let world = World::new();
    let stranger = world.stranger(1, &[Role::Admin]);
    put(&world, report("*/5 * * * *")).await.unwrap();
    world.call(&stranger, Tool::JobSchedule, report("0 12 * * *")).await.unwrap();
    assert_eq!(next_at(&world).await, "2026-03-02T09:05:00Z");
    world.call(&stranger, Tool::JobUnschedule, json!({ "name": "report" })).await.unwrap();
    pass(&world, 5).await;
    let tenant = world.tenant;
    let ours =
        format!("select count(*) from job where tenant = '{tenant}' and kind = 'ext.report'");
    assert_eq!(world.value::<i64>(&ours), 1);
}

#[tokio::test]
async fn the_timer_sleeps_until_the_first_of_them() {
    let world = World::new();
    put(&world, report("0 12 * * *")).await.unwrap();
    let mut sooner = report("30 9 * * *");
    sooner["name"] = json!("sooner");
    put(&world, sooner).await.unwrap();
    let next = world.door.db().read(Scope::Everyone, |snap| Ok(super::next_tick(snap)?));
    assert_eq!(next.await.unwrap().unwrap().to_string(), "2026-03-02T09:30:00Z");
}

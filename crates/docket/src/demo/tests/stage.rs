use super::super::stage::{Hands, Stage};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex};

fn morning() -> Timestamp {
    "2026-03-02T07:00:00Z".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_passes_in_order_and_at_once() {
    let stage = Stage::new(Arc::new(Hands::at(morning())));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let players: Vec<_> = (1..=8).map(|who| (who, stage.enter())).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for (who, player) in players {
        let seen = seen.clone();
        tasks.spawn(async move {
            for _ in 0..20 {
                player.pause(who * 37).await;
                seen.lock().unwrap().push((player.now(), who));
            }
        });
    }
    tasks.join_all().await;

    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 160);
    let second = |at: &Timestamp| at.as_second();
    assert!(seen.is_sorted_by_key(|(at, _)| second(at)), "nothing happens out of order");
    for (at, who) in seen.iter() {
        let minutes = at.duration_since(morning()).as_mins();
        assert_eq!(minutes % (who * 37), 0, "{who} wakes when it said");
    }
    let ends = morning() + SignedDuration::from_mins(8 * 37 * 20);
    assert_eq!(stage.now().as_second(), ends.as_second());
}

#[tokio::test]
async fn what_has_passed_is_not_waited_for() {
    let stage = Stage::new(Arc::new(Hands::at(morning())));
    let player = stage.enter();
    player.until(morning() - SignedDuration::from_hours(1)).await;
    assert_eq!(player.now().as_second(), morning().as_second());
}

#[tokio::test]
async fn what_is_asked_later_is_later() {
    let stage = Stage::new(Arc::new(Hands::at(morning())));
    let asked: Vec<_> = (0..100).map(|_| stage.now()).collect();
    assert!(asked.is_sorted() && asked.first() < asked.last());
}

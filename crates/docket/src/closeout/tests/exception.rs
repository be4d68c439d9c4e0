use crate::testing::{World, code};
use jiff::SignedDuration;
use kernel::{
    id::{Id, Ticket},
    role::Role,
    tool::Tool,
};
use serde_json::{Value, json};

const PHOTO: &str = "photo_before_door_edge_and_strike";

fn except(world: &World, keys: &[&str], hours: i64) -> Value {
    let expires_at = world.now() + SignedDuration::from_hours(hours);
    json!({ "keys": keys, "reason": "the door was open when we came", "expires_at": expires_at })
}

/// Both voices.
async fn excepted(world: &World, ticket: Id<Ticket>, hours: i64) {
    let mut input = except(world, &[PHOTO], hours);
    let tool = Tool::CloseoutExceptEvidence;
    let asked = world.on(&world.qa(), tool, ticket, input.clone()).await.unwrap();
    input["countersign"] = asked["result"]["countersign"].clone();
    let done = world.on(&world.approver(), tool, ticket, input).await.unwrap();
    assert_eq!(done["result"]["exceptions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn two_people_let_a_ticket_complete_without_a_photograph() {
    let world = World::new();
    let ticket = world.all_but(&[PHOTO]).await;
    excepted(&world, ticket, 24).await;
    let done = world.complete(ticket).await.unwrap();
    assert_eq!(done["result"]["excused"], json!([PHOTO]));
    let verified = world.verify(ticket).await.unwrap();
    assert_eq!(verified["result"]["excused"], json!([PHOTO]));
}

#[tokio::test]
async fn one_person_is_not_two() {
    let world = World::new();
    let ticket = world.all_but(&[PHOTO]).await;
    let tool = Tool::CloseoutExceptEvidence;
    let mut input = except(&world, &[PHOTO], 24);
    let asked = world.on(&world.qa(), tool, ticket, input.clone()).await.unwrap();
    assert_eq!(code(world.complete(ticket).await), "closeout.evidence_missing");
    input["countersign"] = asked["result"]["countersign"].clone();

    let again = world.on(&world.qa(), tool, ticket, input.clone()).await;
    assert_eq!(code(again), "approval.second_person");
    let mut assistant = world.caller(21, &[Role::Approver]);
    assistant.on_behalf_of = Some(world.qa().actor);
    let for_them = world.on(&assistant, tool, ticket, input.clone()).await;
    assert_eq!(code(for_them), "approval.second_person");

    input["reason"] = json!("another reason altogether");
    let other = world.on(&world.approver(), tool, ticket, input).await;
    assert_eq!(code(other), "countersign.unknown");
}

#[tokio::test]
async fn an_exception_that_expired_excuses_nothing() {
    let world = World::new();
    let ticket = world.all_but(&[PHOTO]).await;
    excepted(&world, ticket, 2).await;
    world.complete(ticket).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(code(world.verify(ticket).await), "closeout.evidence_missing");
}

#[tokio::test]
async fn an_exception_ends_within_thirty_days_and_after_now() {
    let world = World::new();
    let ticket = world.all_but(&[PHOTO]).await;
    for hours in [-1, 0, 30 * 24 + 1] {
        let input = except(&world, &[PHOTO], hours);
        let asked = world.on(&world.qa(), Tool::CloseoutExceptEvidence, ticket, input).await;
        assert_eq!(code(asked), "input.malformed", "{hours} hours");
    }
}

#[tokio::test]
async fn nothing_is_excepted_that_is_there_or_that_nobody_asks_for() {
    let world = World::new();
    let ticket = world.all_but(&[PHOTO]).await;
    let there = "photo_after_latched_alignment";
    for keys in [&[there][..], &["extra_hinge"], &["work_performed"], &[PHOTO, there], &[]] {
        let input = except(&world, keys, 24);
        let asked = world.on(&world.qa(), Tool::CloseoutExceptEvidence, ticket, input).await;
        assert_eq!(code(asked), "closeout.exception_unneeded", "{keys:?}");
    }
}

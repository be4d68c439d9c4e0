//! One command has one effect, however often and from how many sides it comes.

use crate::{
    door::{Answer, Call, Denied},
    identity::Caller,
    testing::{World, code},
};
use kernel::tool::Tool;
use serde_json::{Value, json};
use std::sync::Arc;

/// The same call 64 times at once.
async fn at_once(world: &Arc<World>, caller: &Caller, call: &Call) -> Vec<Result<Answer, Denied>> {
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let (world, caller, call) = (Arc::clone(world), caller.clone(), call.clone());
            tokio::spawn(async move { world.send(&caller, call).await })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers
}

/// One of the answers is the first, and the others repeat it.
fn assert_one_effect(answers: Vec<Result<Answer, Denied>>) {
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_identical_commands_that_make_a_ticket_one_makes_it() {
    let world = Arc::new(World::new());
    let input = json!({ "site": world.site(), "summary": "front door" }).to_string();
    let call = Call { key: Some("same".into()), ..Call::new(Tool::TicketCreate, input, "test") };
    let entries = world.value::<i64>("select count(*) from audit_entry");

    assert_one_effect(at_once(&world, &world.dispatcher(), &call).await);
    assert_eq!(world.value::<i64>("select count(*) from ticket"), 1);
    assert_eq!(world.value::<i64>("select count(*) from audit_entry"), entries + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_identical_commands_on_a_ticket_one_moves_it() {
    let world = Arc::new(World::new());
    let ticket = world.new_ticket().await;
    let input = json!({ "ticket": ticket, "outcome": "triaged", "priority": "urgent" }).to_string();
    let mut call = Call::new(Tool::TicketTriage, input, "test");
    (call.key, call.if_match) = (Some("same".into()), Some(world.version(ticket)));

    let before = world.version(ticket);
    assert_one_effect(at_once(&world, &world.dispatcher(), &call).await);
    assert_eq!(world.version(ticket), before + 1);
}

#[tokio::test]
async fn a_key_stands_for_one_body_and_one_ticket() {
    let world = World::new();
    let (one, other) = (world.new_ticket().await, world.new_ticket().await);
    let send = async |ticket: Value, version: i64, text: &str| {
        let input = json!({ "ticket": ticket, "text": text }).to_string();
        let mut call = Call::new(Tool::TicketAddMessage, input, "test");
        (call.key, call.if_match) = (Some("same".into()), Some(version));
        world.send(&world.dispatcher(), call).await
    };
    send(json!(one), 1, "a note").await.unwrap();
    assert_eq!(code(send(json!(one), 2, "another note").await), "idempotency.key_reused");
    assert_eq!(code(send(json!(other), 1, "a note").await), "idempotency.key_reused");
    // The version it names is not part of what a command says.
    assert!(send(json!(one), 1, "a note").await.unwrap().replayed);
}

#[tokio::test]
async fn an_answer_is_not_given_again_to_somebody_who_lost_the_role_it_was_given_to() {
    let world = World::new();
    let input = json!({ "reference": "north", "name": "North Shops" }).to_string();
    let call = Call { key: Some("same".into()), ..Call::new(Tool::AccountPut, input, "test") };
    let before = world.caller(40, &[kernel::role::Role::Dispatcher]);
    world.send(&before, call.clone()).await.unwrap();

    let after = Caller { roles: world.caller(40, &[kernel::role::Role::Admin]).roles, ..before };
    assert_eq!(code(world.send(&after, call).await), "idempotency.not_yours");
}

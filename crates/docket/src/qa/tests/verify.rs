use crate::testing::{World, code};
use kernel::{role::Role, tool::Tool};
use serde_json::json;

#[tokio::test]
async fn whoever_did_the_work_does_not_verify_it_under_any_name() {
    let world = World::new();
    let ticket = world.completed().await;
    let technician = world.tech_caller(0).actor;
    let pass = json!({ "outcome": "pass" });

    let mut themselves = world.tech_caller(0);
    themselves.roles = kernel::role::Roles::of(&[Role::Technician, Role::Qa]);
    let own = world.on(&themselves, Tool::QaVerify, ticket, pass.clone()).await;
    assert_eq!(code(own), "approval.own_work");

    let mut assistant = world.caller(21, &[Role::Qa]);
    assistant.on_behalf_of = Some(technician);
    let for_them = world.on(&assistant, Tool::QaVerify, ticket, pass.clone()).await;
    assert_eq!(code(for_them), "approval.own_work");

    let fail = json!({ "outcome": "fail", "reasons": ["no"] });
    let own = world.on(&themselves, Tool::QaVerify, ticket, fail).await;
    assert_eq!(code(own), "approval.own_work", "nor sends it back to be done again");
}

#[tokio::test]
async fn an_agents_work_is_the_work_of_whom_it_acts_for() {
    let world = World::new();
    let ticket = world.all_but(&[]).await;
    let mut agent = world.agent(Role::AgentCloseout);
    agent.on_behalf_of = Some(world.qa().actor);
    world.on(&agent, Tool::CloseoutCandidate, ticket, json!({})).await.unwrap();
    assert_eq!(code(world.verify(ticket).await), "approval.own_work");
    let other = world.dispatcher();
    world.on(&other, Tool::QaVerify, ticket, json!({ "outcome": "pass" })).await.unwrap();
}

#[tokio::test]
async fn work_that_fails_goes_back_with_reasons() {
    let world = World::new();
    let ticket = world.completed().await;
    let silent = json!({ "outcome": "fail" });
    let refused = world.on(&world.qa(), Tool::QaVerify, ticket, silent).await;
    assert_eq!(code(refused), "qa.reasons_missing");

    let fail = json!({ "outcome": "fail", "reasons": ["the strike is crooked"] });
    world.on(&world.qa(), Tool::QaVerify, ticket, fail).await.unwrap();
    assert_eq!(world.state(ticket), "in_progress");
    assert_eq!(world.ticket(ticket).unwrap().resolved_at, None);
    let entries: String =
        world.value("select body from audit_entry order by entry_no desc limit 1");
    assert!(!entries.contains("crooked"), "reasons are ours to read, not the log's");

    // The technician has it still, and may say again that it is done.
    world.complete(ticket).await.unwrap();
    world.verify(ticket).await.unwrap();
}

#[tokio::test]
async fn evidence_is_locked_from_verification_on() {
    let world = World::new();
    let ticket = world.completed().await;
    let verified = world.verify(ticket).await.unwrap();
    assert_eq!(verified["result"]["locked"], 4);

    for (sql, why) in [
        ("delete from evidence", "locked evidence is never removed"),
        ("update evidence set locked_at = null", "evidence never changes"),
        ("update evidence set locked_at = 1", "evidence never changes"),
        ("update evidence set key = 'extra_other'", "evidence never changes"),
        ("update blob set size = size + 1", "stored bytes never change"),
        ("delete from blob", "stored bytes are never removed"),
    ] {
        let error = world.back().run(sql).unwrap_err();
        assert!(error.contains(why), "{sql}: {error}");
    }
}

#[tokio::test]
async fn evidence_that_is_not_locked_changes_in_no_other_way_than_being_locked() {
    let world = World::new();
    world.completed().await;
    for column in ["ticket", "key", "digest", "by_principal"] {
        let sql = format!("update evidence set {column} = 'x'");
        let error = world.back().run(&sql).unwrap_err();
        assert!(error.contains("evidence never changes"), "{column}: {error}");
    }
    world.back().run("update evidence set locked_at = 1").unwrap();
}

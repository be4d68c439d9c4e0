//! Who may permit what, and what is written down of it.

use super::*;
use crate::{
    door::Call,
    testing::{code, refusal},
};

#[tokio::test]
async fn an_approver_permits_exactly_what_they_were_shown() {
    let world = world();
    let minted = mint(&world, json!({})).await.unwrap();
    let token: Token = minted["token"].as_str().unwrap().parse().unwrap();
    let verified = token.verify(&trusted(&world)).unwrap();
    let grant = verified.grant();
    assert_eq!(minted["policy"], json!(grant.id));
    assert_eq!((grant.tenant, grant.approved_by), (world.tenant, world.approver().actor));
    assert_eq!((grant.project.as_str(), grant.action.as_str()), ("billing", KIND));
    assert_eq!(grant.resource.as_str(), "invoice/42");
    assert_eq!(json!(grant.payload), minted["payload_digest"]);
    assert_eq!(grant.payload, canonical::digest_of(&payload()).unwrap());
    assert_eq!(grant.expires, world.now() + SignedDuration::from_mins(5));
}

#[tokio::test]
async fn the_entry_names_the_token_and_holds_nothing_of_it() {
    let world = world();
    let minted = mint(&world, json!({})).await.unwrap();
    let entry = entries(&world, "policy.mint").remove(0);
    assert_eq!(json!(entry.policy), minted["policy"]);
    assert_eq!(entry.payload["action"], KIND);
    assert_eq!(entry.payload["payload"], minted["payload_digest"]);
    let text = serde_json::to_string(&entry).unwrap();
    assert!(!text.contains("dpt1") && !text.contains("cents") && !text.contains("invoice/42"));
}

#[tokio::test]
async fn a_token_is_answered_once_and_kept_nowhere() {
    let world = world();
    let mut call = Call::new(Tool::PolicyMint, wanted().to_string(), "test");
    call.key = Some("once".to_owned());
    let first = world.send(&world.approver(), call.clone()).await.unwrap();
    let again = world.send(&world.approver(), call).await.unwrap();
    let read = |body: &str| serde_json::from_str::<Value>(body).unwrap()["result"].clone();
    assert!(first.body.contains("dpt1.") && again.replayed);
    assert_eq!(read(&again.body)["token"], Value::Null);
    assert_eq!(read(&again.body)["policy"], read(&first.body)["policy"]);
    let kept: i64 = world.value("select count(*) from idempotency where instr(body, 'dpt1') > 0");
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn neither_a_program_nor_somebody_for_a_person_permits_anything() {
    let world = world();
    // A service that was given the role of a person, which an admin may do.
    world.behind_the_door(&format!(
        "update principal set kind = 'service' where id = '{}'",
        crate::testing::person(28)
    ));
    let service = world.caller(28, &[Role::Approver]);
    let agent = world.caller(21, &[Role::Approver]);
    let mut for_them = world.approver();
    for_them.on_behalf_of = Some(crate::testing::person(6));
    for caller in [service, agent, for_them] {
        let no = world.call(&caller, Tool::PolicyMint, wanted()).await;
        assert_eq!(code(no), "role.forbidden");
    }
    for role in [Role::Admin, Role::Integration, Role::Worker, Role::AgentCloseout, Role::Finance] {
        let no = world.call(&world.caller(9, &[role]), Tool::PolicyMint, wanted()).await;
        assert_eq!(code(no), "role.forbidden", "{role}");
    }
    assert!(entries(&world, "policy.mint").iter().all(|entry| entry.refusal.is_some()));
}

#[tokio::test]
async fn only_actions_are_permitted_and_only_for_minutes() {
    let world = world();
    for (more, path) in [
        (json!({ "action": "ext.sync_crm" }), "action"),
        (json!({ "action": "outgoing.deliver" }), "action"),
        (json!({ "minutes": 0 }), "minutes"),
        (json!({ "minutes": 15 }), "minutes"),
        (json!({ "resource": "two words" }), "resource"),
        (json!({ "project": "Billing" }), "project"),
    ] {
        let no = refusal(mint(&world, more.clone()).await);
        assert_eq!((no.code.name(), no.path.as_deref()), ("input.malformed", Some(path)), "{more}");
    }
    for missing in ["project", "action", "resource", "payload"] {
        let mut input = wanted();
        input.as_object_mut().unwrap().remove(missing);
        let no = world.call(&world.approver(), Tool::PolicyMint, input).await;
        assert_eq!(code(no), "input.malformed", "without {missing}");
    }
    let long = json!({ "payload": { "text": "x".repeat(65_536) } });
    assert_eq!(code(mint(&world, long).await), "job.payload_too_large");
    assert!(mint(&world, json!({ "minutes": 14 })).await.is_ok());
}

#[tokio::test]
async fn without_a_key_nothing_is_permitted_and_nothing_verifies() {
    let (world, keyless) = (world(), World::new());
    let token = token(&world).await;
    assert_eq!(code(mint(&keyless, json!({})).await), "policy.no_key");
    assert_eq!(code(enqueue(&keyless, &token, json!({})).await), "policy.invalid");
    assert_eq!(jobs(&keyless), 0);
}

#[tokio::test]
async fn a_bearer_is_somebody_of_the_tenant() {
    let world = world();
    let stranger = world.stranger(2, &[]).actor;
    assert_eq!(code(mint(&world, json!({ "bearer": stranger })).await), "record.not_found");
    assert!(mint(&world, json!({ "bearer": integration(&world).actor })).await.is_ok());
}

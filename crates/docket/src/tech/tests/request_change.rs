use crate::testing::{World, code};
use kernel::{
    id::{Evidence, Id},
    tool::Tool,
};
use serde_json::json;

#[tokio::test]
async fn a_change_names_evidence_of_its_own_ticket() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let input = json!({
        "reason": "the frame is bent",
        "amount": { "minor": 100, "currency": "USD" },
        "evidence": [Id::<Evidence>::from_parts(9, 9)],
    });
    let answer = world.on(&world.tech_caller(0), Tool::TechRequestChange, ticket, input).await;
    assert_eq!(code(answer), "record.not_found");
    assert_eq!(world.state(ticket), "in_progress");
}

#[tokio::test]
async fn why_more_is_needed_is_kept_out_of_the_audit_log() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let amount = json!({ "minor": 100, "currency": "USD" });
    let input = json!({ "reason": "Ada says the frame is bent", "amount": amount });
    world.on(&world.tech_caller(0), Tool::TechRequestChange, ticket, input).await.unwrap();
    let leaked = "select count(*) from audit_entry where instr(body, 'frame is bent') > 0";
    assert_eq!(world.value::<i64>(leaked), 0);
    assert_eq!(world.value::<String>("select reason from approval"), "Ada says the frame is bent");
}

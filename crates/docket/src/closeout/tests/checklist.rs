use crate::testing::{World, code};
use kernel::tool::Tool;
use serde_json::json;

#[tokio::test]
async fn only_what_the_type_asks_for_can_be_ticked() {
    let world = World::new();
    let ticket = world.in_progress().await;
    let tech = world.tech_caller(0);
    for items in [json!({ "coffee_offered": true }), json!({})] {
        let input = json!({ "items": items });
        let set = world.on(&tech, Tool::CloseoutSetChecklist, ticket, input).await;
        assert_eq!(code(set), "closeout.checklist_unknown");
    }
    let yes = json!({ "items": { "work_performed": "yes" } });
    let set = world.on(&tech, Tool::CloseoutSetChecklist, ticket, yes).await;
    assert_eq!(code(set), "input.malformed", "true is true, and nothing else is");
}

use crate::testing::{World, code};
use kernel::tool::Tool;
use serde_json::json;

#[tokio::test]
async fn whoever_is_unassigned_is_free_again() {
    let world = World::new();
    let ticket = world.dispatched(world.technician(0)).await;
    let input = json!({ "reason": "the van broke down" });

    let done =
        world.on(&world.dispatcher(), Tool::AssignmentUnassign, ticket, input).await.unwrap();

    assert_eq!(done["ticket"]["state"], "scheduled");
    assert_eq!(done["result"]["technician"], json!(world.technician(0)));
    assert_eq!(world.value::<String>("select outcome from visit"), "unassigned");
    let holder = "select count(*) from ticket where technician is not null";
    assert_eq!(world.value::<i64>(holder), 0);

    world.dispatched(world.technician(0)).await;
    let input = json!({ "technician": world.technician(1) });
    world.on(&world.dispatcher(), Tool::AssignmentDispatch, ticket, input).await.unwrap();
}

#[tokio::test]
async fn the_technician_who_was_taken_off_cannot_check_in() {
    let world = World::new();
    let ticket = world.dispatched(world.technician(0)).await;
    let input = json!({ "reason": "the van broke down" });
    world.on(&world.dispatcher(), Tool::AssignmentUnassign, ticket, input).await.unwrap();
    let input = json!({ "technician": world.technician(1) });
    world.on(&world.dispatcher(), Tool::AssignmentDispatch, ticket, input).await.unwrap();

    let answer = world.on(&world.tech_caller(0), Tool::TechCheckIn, ticket, json!({})).await;
    assert_eq!(code(answer), "ticket.not_yours");
}

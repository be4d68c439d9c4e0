use super::{column, good_call, id_of, taken_in};
use crate::testing::{World, code};
use jiff::SignedDuration;
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};

async fn ids(world: &World, caller: &crate::identity::Caller, input: Value) -> Vec<String> {
    let page = world.call(caller, Tool::TicketList, input).await.unwrap();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn call(world: &World, priority: &str, summary: &str) -> String {
    let input = json!({ "site": world.site(), "summary": summary });
    let made = world.call(&world.dispatcher(), Tool::TicketCreate, input).await.unwrap();
    let triage = json!({ "outcome": "triaged", "priority": priority });
    world.on(&world.dispatcher(), Tool::TicketTriage, id_of(&made), triage).await.unwrap();
    id_of(&made).to_string()
}

#[tokio::test]
async fn what_is_due_first_comes_first_and_pages_miss_and_double_nothing() {
    let world = World::new();
    let routine = call(&world, "routine", "one").await;
    let emergency = call(&world, "emergency", "two").await;
    let urgent = call(&world, "urgent", "three").await;
    let dispatcher = world.dispatcher();
    let due = [emergency.clone(), urgent.clone(), routine.clone()];
    assert_eq!(ids(&world, &dispatcher, json!({})).await, due);
    let newest = ids(&world, &dispatcher, json!({ "sort": "newest" })).await;
    assert_eq!(newest, [urgent, emergency, routine]);

    for sort in ["due", "newest"] {
        let whole = ids(&world, &dispatcher, json!({ "sort": sort })).await;
        let (mut paged, mut after) = (Vec::new(), Value::Null);
        loop {
            let input = json!({ "sort": sort, "limit": 1, "after": after });
            let page = world.call(&dispatcher, Tool::TicketList, input).await.unwrap();
            paged.push(page["items"][0]["id"].as_str().unwrap().to_owned());
            after = page["next"].clone();
            if after.is_null() {
                break;
            }
        }
        assert_eq!(paged, whole);
    }
}

#[tokio::test]
async fn filters_narrow_and_what_is_breached_in_sql_is_breached_in_the_view() {
    let world = World::new();
    let emergency = call(&world, "emergency", "one").await;
    let routine = call(&world, "routine", "two").await;
    world.clock.advance(SignedDuration::from_mins(61));
    let dispatcher = world.dispatcher();
    let only = async |input: Value| ids(&world, &dispatcher, input).await;
    assert_eq!(only(json!({ "breached": true })).await, std::slice::from_ref(&emergency));
    assert_eq!(only(json!({ "breached": false })).await, std::slice::from_ref(&routine));
    assert_eq!(only(json!({ "priority": "routine" })).await, std::slice::from_ref(&routine));
    assert_eq!(only(json!({ "state": "triaged" })).await.len(), 2);
    assert_eq!(only(json!({ "phase": "triaged" })).await.len(), 2);
    assert_eq!(only(json!({ "phase": "triaged", "state": "new" })).await.len(), 0);
    assert_eq!(only(json!({ "phase": "onsite" })).await.len(), 0);
    assert_eq!(only(json!({ "site": world.site() })).await.len(), 2);
    assert_eq!(only(json!({ "site": world.other().site })).await.len(), 0);
    assert_eq!(only(json!({ "incident_type": "door_wont_latch" })).await.len(), 0);
    assert_eq!(only(json!({ "technician": world.technician(0) })).await.len(), 0);
    assert_eq!(only(json!({ "mine": true })).await.len(), 0);
    let all = world.call(&dispatcher, Tool::TicketList, json!({})).await.unwrap();
    for item in all["items"].as_array().unwrap() {
        assert_eq!(item["clocks"]["breached"], item["id"] == json!(emergency));
    }
}

#[tokio::test]
async fn an_approval_counts_where_it_leads_back_to() {
    let world = World::new();
    let before = call(&world, "routine", "before work").await;
    let during = call(&world, "routine", "during work").await;
    for (id, back) in [
        (&before, "before_work"),
        (&during, "during_work\",\"visit\":\"vis_00000000010000000000000001"),
    ] {
        let standing = format!(
            "{{\"is\":\"approval_required\",\"approval\":\"apr_00000000010000000000000001\",\"back\":{{\"when\":\"{back}\"}}}}"
        );
        world.behind_the_door(&format!(
            "update ticket set state = 'approval_required', standing = '{standing}'
             where id = '{id}'"
        ));
    }
    let dispatcher = world.dispatcher();
    assert_eq!(ids(&world, &dispatcher, json!({ "phase": "triaged" })).await, [before]);
    assert_eq!(ids(&world, &dispatcher, json!({ "phase": "onsite" })).await, [during]);
    assert_eq!(ids(&world, &dispatcher, json!({ "state": "approval_required" })).await.len(), 2);
}

#[tokio::test]
async fn everybody_lists_what_they_may_see_and_no_more() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    let all = vec![ticket.to_string()];
    assert_eq!(ids(&world, &world.qa(), json!({})).await, all);
    assert_eq!(ids(&world, &world.customer(), json!({})).await, all);
    assert!(ids(&world, &world.caller(9, &[Role::Customer]), json!({})).await.is_empty());
    assert!(ids(&world, &world.tech_caller(0), json!({})).await.is_empty());
    assert!(ids(&world, &world.stranger(2, &[Role::Dispatcher]), json!({})).await.is_empty());

    world.behind_the_door(&format!("update ticket set technician = '{}'", world.technician(0)));
    assert_eq!(ids(&world, &world.tech_caller(0), json!({})).await, all);
    assert!(ids(&world, &world.tech_caller(1), json!({})).await.is_empty());
    let both = world.caller(11, &[Role::Dispatcher, Role::Technician]);
    assert_eq!(ids(&world, &both, json!({ "mine": true })).await, all);
}

#[tokio::test]
async fn what_a_role_does_not_see_it_can_neither_sort_nor_filter_by() {
    let world = World::new();
    taken_in(&world, good_call(&world)).await;
    let customer = world.customer();
    for input in [json!({ "sort": "due" }), json!({ "breached": true })] {
        let refused = world.call(&customer, Tool::TicketList, input).await;
        assert_eq!(code(refused), "input.malformed");
    }
    let seen = world.call(&customer, Tool::TicketList, json!({})).await.unwrap();
    assert_eq!(seen["items"][0].get("clocks"), None);
    assert_eq!(seen["items"][0].get("identity"), None);
}

#[tokio::test]
async fn a_filter_or_a_cursor_that_does_not_exist_is_refused() {
    let world = World::new();
    let dispatcher = world.dispatcher();
    for input in [
        json!({ "colour": "red" }),
        json!({ "after": "1" }),
        json!({ "after": "1.evd_1" }),
        json!({ "limit": 0 }),
        json!({ "limit": 201 }),
        json!({ "state": "lost" }),
    ] {
        let refused = world.call(&dispatcher, Tool::TicketList, input).await;
        assert_eq!(code(refused), "input.malformed");
    }
}

#[tokio::test]
async fn the_actions_of_a_ticket_are_the_answers_of_the_door() {
    let world = World::new();
    let ticket = id_of(&taken_in(&world, good_call(&world)).await);
    let callers = [world.dispatcher(), world.customer(), world.agent(Role::AgentScheduling)];
    let (mut refused, mut foreign) = (0, 0);
    for caller in callers {
        let seen = world.on(&caller, Tool::TicketGet, ticket, json!({})).await.unwrap();
        for (tool, input) in inputs() {
            let actions = seen["actions"].as_array().unwrap();
            let action = actions.iter().find(|action| action["tool"] == tool.name());
            match action {
                None => {
                    let answer = world.on(&caller, tool, ticket, input).await;
                    assert_eq!(code(answer), "role.forbidden", "{tool}");
                    foreign += 1;
                }
                Some(action) if action["enabled"] == false => {
                    let answer = world.on(&caller, tool, ticket, input).await;
                    assert_eq!(code(answer), action["refusal"]["code"].as_str().unwrap(), "{tool}");
                    refused += 1;
                }
                Some(_) => assert_eq!(tool, Tool::SchedulePropose),
            }
        }
    }
    assert_eq!((refused, foreign), (12, 10));
    assert_eq!(column(&world, "select state from ticket"), ["ready_to_schedule"]);
}

/// Tools with input that their schemas let pass.
fn inputs() -> Vec<(Tool, Value)> {
    let window = json!({ "start": "2026-03-03T14:00:00Z", "end": "2026-03-03T16:00:00Z" });
    let hold = json!({ "window": window, "until": "2026-03-03T12:00:00Z", "reason": "x" });
    vec![
        (Tool::TicketRequestInfo, json!({ "questions": ["why?"] })),
        (Tool::TicketTriage, json!({ "outcome": "triaged" })),
        (Tool::SchedulePropose, json!({ "windows": [window] })),
        (Tool::ScheduleHold, hold),
        (Tool::ScheduleRollback, json!({})),
        (Tool::ScheduleConfirm, json!({ "window": window })),
        (Tool::ScheduleRelease, json!({ "message": "msg_00000000010000000000000001" })),
        (Tool::ScheduleReschedule, json!({ "windows": [window], "reason": "x" })),
    ]
}

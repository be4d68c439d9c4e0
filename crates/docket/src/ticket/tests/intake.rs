use super::{column, good_call, id_of, taken_in};
use crate::testing::{World, code};
use jiff::SignedDuration;
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};

async fn refused(world: &World, input: Value) -> &'static str {
    code(world.call(&world.agent(Role::AgentIntake), Tool::TicketIntake, input).await)
}

fn with(mut input: Value, name: &str, value: Value) -> Value {
    input[name] = value;
    input
}

#[tokio::test]
async fn a_known_caller_with_all_that_the_type_asks_for_is_ready_to_schedule() {
    let world = World::new();
    let taken = taken_in(&world, good_call(&world)).await;
    assert_eq!(taken["ticket"]["state"], "ready_to_schedule");
    assert_eq!(taken["result"]["verified_by"], "phone");
    let ticket = world.ticket(id_of(&taken)).unwrap();
    assert_eq!(ticket.contact, Some(world.contact()));
}

#[tokio::test]
async fn what_the_type_asks_for_and_the_call_does_not_say_is_asked_for() {
    let world = World::new();
    let mut call = good_call(&world);
    call.as_object_mut().unwrap().remove("description");
    let taken = taken_in(&world, call).await;
    assert_eq!(taken["ticket"]["state"], "needs_info");
    assert_eq!(taken["result"]["missing"], json!(["description"]));
    assert_eq!(taken["result"]["questions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_plans_work_for_a_caller_they_do_not_know() {
    let world = World::new();
    let stranger = json!({ "name": "Ada Requester", "phone": "+12025550199" });
    let call = with(good_call(&world), "caller", stranger);
    let taken = taken_in(&world, with(call, "contact", json!(world.contact()))).await;
    assert_eq!(taken["ticket"]["state"], "triaged");
    assert_eq!(taken["result"]["verified_by"], Value::Null);
}

#[tokio::test]
async fn a_call_of_no_known_kind_waits_for_triage() {
    let world = World::new();
    let mut call = good_call(&world);
    call.as_object_mut().unwrap().remove("incident_type");
    assert_eq!(taken_in(&world, call).await["ticket"]["state"], "triaged");
}

#[tokio::test]
async fn a_contact_who_may_not_ask_for_work_is_not_verified() {
    let world = World::new();
    let bystander = json!({ "phone": "+1 202 555 0174" });
    let taken = taken_in(&world, with(good_call(&world), "caller", bystander)).await;
    assert_eq!(taken["result"]["verified_by"], Value::Null);
}

#[tokio::test]
async fn what_was_typed_proves_nothing_on_a_channel_it_did_not_come_by() {
    let both = json!({ "phone": "+12025550173", "email": "ada@example.com" });
    let verified_by = async |channel: &str, caller: &Value| {
        let world = World::new();
        let call = with(good_call(&world), "caller", caller.clone());
        taken_in(&world, with(call, "channel", json!(channel))).await["result"]["verified_by"]
            .clone()
    };
    assert_eq!(verified_by("web", &both).await, Value::Null);
    assert_eq!(verified_by("console", &both).await, Value::Null);
    assert_eq!(verified_by("email", &json!({ "phone": "+12025550173" })).await, Value::Null);
    assert_eq!(verified_by("sms", &json!({ "email": "ada@example.com" })).await, Value::Null);
    assert_eq!(verified_by("email", &json!({ "email": "Ada@Example.com" })).await, "email");
    assert_eq!(verified_by("sms", &json!({ "phone": "+12025550173" })).await, "phone");
}

#[tokio::test]
async fn a_customer_who_is_signed_in_is_verified_on_every_channel() {
    let world = World::new();
    let agent = world.agent(Role::AgentIntake);
    let acting = crate::identity::Caller { on_behalf_of: Some(world.customer().actor), ..agent };
    let call = with(good_call(&world), "channel", json!("web"));
    let taken = world.call(&acting, Tool::TicketIntake, call).await.unwrap();
    assert_eq!(taken["result"]["verified_by"], "signed_in");
}

#[tokio::test]
async fn a_dispatcher_vouches_on_the_console_and_an_agent_cannot() {
    let world = World::new();
    let caller = json!({ "phone": "+12025550199" });
    let call = with(with(good_call(&world), "caller", caller), "channel", json!("console"));
    let agents = taken_in(&world, with(call.clone(), "summary", json!("Another door"))).await;
    assert_eq!(agents["result"]["verified_by"], Value::Null);
    let call =
        with(with(call, "incident_type", json!("hardware_replacement")), "summary", json!("Lock"));
    let ours = world.call(&world.dispatcher(), Tool::TicketIntake, call).await.unwrap();
    assert_eq!(ours["result"]["verified_by"], "vouched");
}

#[tokio::test]
async fn a_caller_cannot_say_how_sure_we_are_of_them() {
    let world = World::new();
    for name in ["identity", "identity_confidence", "verified", "vouch"] {
        let call = with(good_call(&world), name, json!(true));
        assert_eq!(refused(&world, call).await, "input.malformed");
    }
}

#[tokio::test]
async fn a_number_or_an_address_that_is_none_is_refused() {
    let world = World::new();
    for caller in [
        json!({ "phone": "12" }),
        json!({ "email": "ada" }),
        json!({ "name": "Ada" }),
        json!({ "name": "A".repeat(121), "phone": "+12025550173" }),
    ] {
        let call = with(good_call(&world), "caller", caller);
        assert_eq!(refused(&world, call).await, "contact.malformed");
    }
}

#[tokio::test]
async fn a_kind_of_work_that_is_not_active_is_refused() {
    let world = World::new();
    let call = with(good_call(&world), "incident_type", json!("roof_leak"));
    assert_eq!(refused(&world, call).await, "type.unknown");
}

#[tokio::test]
async fn a_place_is_one_on_file_by_id_or_by_name() {
    let world = World::new();
    for site in [json!({ "reference": "main-1" }), json!({ "account": "corner" })] {
        let call = with(good_call(&World::new()), "site", site);
        let taken = taken_in(&World::new(), call).await;
        assert_eq!(taken["ticket"]["state"], "ready_to_schedule");
    }
    for site in [
        json!({ "reference": "main-2" }),
        json!({ "account": "nobody" }),
        json!({ "id": world.other().site }),
    ] {
        let call = with(good_call(&world), "site", site);
        assert_eq!(refused(&world, call).await, "record.not_found");
    }
    let call = with(good_call(&world), "site", json!("1 Main St"));
    assert_eq!(refused(&world, call).await, "input.malformed");
}

#[tokio::test]
async fn an_account_with_several_sites_is_not_a_place() {
    let world = World::new();
    let site = json!({
        "account": world.account(), "reference": "main-2", "name": "Main St 2",
        "address": "2 Main St", "zone": "America/New_York",
    });
    world.call(&world.admin(), Tool::SitePut, site).await.unwrap();
    let call = with(good_call(&world), "site", json!({ "account": "corner" }));
    assert_eq!(refused(&world, call).await, "site.ambiguous");
}

#[tokio::test]
async fn contact_and_asset_of_another_place_are_not_there() {
    let world = World::new();
    let call = with(good_call(&world), "contact", json!(world.other().contact));
    assert_eq!(refused(&world, call).await, "record.not_found");
    let call = with(good_call(&world), "asset", json!(world.other().asset));
    assert_eq!(refused(&world, call).await, "record.not_found");
}

#[tokio::test]
async fn the_same_call_twice_is_refused_with_the_ticket_there_is_and_that_is_recorded() {
    let world = World::new();
    let first = taken_in(&world, good_call(&world)).await;
    world.clock.advance(SignedDuration::from_mins(119));

    let same_type = with(good_call(&world), "summary", json!("It springs open"));
    let again = world.call(&world.agent(Role::AgentIntake), Tool::TicketIntake, same_type).await;
    let Err(crate::door::Denied::Refused(refusal, Some(entry))) = again else {
        panic!("a duplicate was taken in: {again:?}")
    };
    assert_eq!(refusal.code.name(), "intake.duplicate");
    assert_eq!(refusal.facts["ticket"], first["ticket"]["id"]);
    let recorded = column(&world, &format!("select body from audit_entry where id = '{entry}'"));
    let recorded: Value = serde_json::from_str(&recorded[0]).unwrap();
    assert_eq!(recorded["payload"]["duplicate_of"], first["ticket"]["id"]);

    let mut same_words = with(good_call(&world), "summary", json!("front DOOR does not latch!"));
    same_words.as_object_mut().unwrap().remove("incident_type");
    assert_eq!(refused(&world, same_words).await, "intake.duplicate");
}

#[tokio::test]
async fn a_call_is_no_duplicate_later_elsewhere_by_another_or_once_cancelled() {
    let world = World::new();
    let first = taken_in(&world, with(good_call(&world), "asset", json!(world.asset()))).await;

    let another = json!({ "phone": "+12025550174" });
    taken_in(&world, with(good_call(&world), "caller", another)).await;
    let back =
        json!({ "site": world.site(), "reference": "back", "tag": "BACK-1", "kind": "door" });
    let back = world.call(&world.admin(), Tool::AssetPut, back).await.unwrap();
    let elsewhere = with(good_call(&world), "asset", back["result"]["id"].clone());
    taken_in(&world, elsewhere).await;
    world.clock.advance(SignedDuration::from_mins(121));
    let second = taken_in(&world, good_call(&world)).await;
    assert_ne!(first["ticket"]["id"], second["ticket"]["id"]);

    let cancel = json!({ "reason": "the customer called it off" });
    world.on(&world.dispatcher(), Tool::TicketCancel, id_of(&second), cancel).await.unwrap();
    taken_in(&world, good_call(&world)).await;
}

#[tokio::test]
async fn a_message_never_makes_two_tickets_however_late_it_comes_again() {
    let world = World::new();
    let call = with(good_call(&world), "message", json!("SM-1"));
    taken_in(&world, call.clone()).await;
    world.clock.advance(SignedDuration::from_hours(24));
    let other = with(call, "summary", json!("Something else"));
    assert_eq!(refused(&world, other).await, "intake.duplicate");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_the_same_call_taken_in_64_times_at_once_one_becomes_a_ticket() {
    let world = std::sync::Arc::new(World::new());
    let calls: Vec<_> = (0..64)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move {
                let (agent, call) = (world.agent(Role::AgentIntake), good_call(&world));
                world.call(&agent, Tool::TicketIntake, call).await.map(drop)
            })
        })
        .collect();
    let mut taken = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(()) => taken += 1,
            refused => assert_eq!(code(refused), "intake.duplicate"),
        }
    }
    assert_eq!(taken, 1);
    assert_eq!(column(&world, "select id from ticket").len(), 1);
}

#[tokio::test]
async fn no_entry_holds_what_the_caller_said_or_who_they_are() {
    let world = World::new();
    taken_in(&world, good_call(&world)).await;
    refused(&world, good_call(&world)).await;
    for body in column(&world, "select body from audit_entry") {
        for personal in ["Ada", "0173", "springs", "latch", "Front"] {
            let type_name = body.replace("door_wont_latch", "");
            assert!(!type_name.contains(personal), "`{personal}` is in {body}");
        }
    }
    let raw = column(&world, "select hex(raw) from caller");
    let said = r#"{"name":"Ada Requester","phone":"(202) 555-0173","email":null}"#;
    assert_eq!(raw, [hex::encode_upper(said)]);
    assert_eq!(column(&world, "select phone from caller"), ["+12025550173"]);
}

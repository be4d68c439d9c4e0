//! Records that several servers are told to change at the same moment.

use crate::testing::{
    World,
    crowd::{Crowd, Saying, count},
};
use kernel::tool::Tool;
use serde_json::{Value, json};

fn put(world: &World, tool: Tool, input: &Value) -> Saying {
    world.saying(&world.admin(), tool, input)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reference_that_twelve_put_at_once_names_one_record() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let names = 0..12;
    let account = |number| json!({ "reference": "north", "name": format!("North {number}") });
    let said = names.map(|number| put(world, Tool::AccountPut, &account(number))).collect();
    let answers = crowd.at_once(said).await;
    let created = |answer: &&Result<crate::door::Answer, _>| {
        let body: Value = serde_json::from_str(&answer.as_ref().unwrap().body).unwrap();
        body["result"]["created"] == true
    };
    assert_eq!(answers.iter().filter(created).count(), 1);
    let there = "select count(*) from account where reference = 'north'";
    assert_eq!(world.value::<i64>(there), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_record_that_gets_another_reference_keeps_it_whoever_calls_it_by_the_old_one() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    for round in 0..6 {
        let (old, new) = (format!("old-{round}"), format!("new-{round}"));
        let made = put(world, Tool::AccountPut, &json!({ "reference": old, "name": "First" }));
        let made = crowd.at_once(vec![made]).await;
        let made: Value = serde_json::from_str(&made[0].as_ref().unwrap().body).unwrap();
        let id = &made["result"]["id"];
        let said = vec![
            put(world, Tool::AccountPut, &json!({ "id": id, "reference": new, "name": "Moved" })),
            put(world, Tool::AccountPut, &json!({ "reference": old, "name": "By name" })),
        ];
        let answers = crowd.at_once(said).await;
        assert_eq!(count(&answers, "done"), 2);
        let called = format!("select reference from account where id = '{}'", id.as_str().unwrap());
        assert_eq!(world.value::<String>(&called), new);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn settings_that_several_change_at_once_are_all_changed() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let card = world.back().one::<String>("select card from rate_card_version limit 1");
    let card: Value = serde_json::from_str(&card).unwrap();
    let said = vec![
        put(world, Tool::TenantConfigure, &json!({ "zone": "America/New_York" })),
        put(world, Tool::TenantConfigure, &json!({ "region": "CA" })),
        put(world, Tool::TenantConfigure, &json!({ "duplicate_minutes": 7 })),
        put(
            world,
            Tool::RateCardPut,
            &json!({ "reference": "gold", "name": "Gold", "card": card, "for_everyone": true }),
        ),
        put(world, Tool::TenantConfigure, &json!({ "second_factor_above_minor": 5 })),
    ];
    assert_eq!(count(&crowd.at_once(said).await, "done"), 5);
    let tenant = world.tenant;
    let settings: String =
        world.value(&format!("select settings from tenant where id = '{tenant}'"));
    let settings: Value = serde_json::from_str(&settings).unwrap();
    let gold: String = world.value("select id from rate_card where reference = 'gold'");
    assert_eq!(settings["zone"], "America/New_York");
    assert_eq!(settings["region"], "CA");
    assert_eq!(settings["duplicate_minutes"], 7);
    assert_eq!(settings["second_factor_above_minor"], 5);
    assert_eq!(settings["rate_card"], gold.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_that_are_written_at_once_follow_each_other() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let template = world.value::<String>(&format!(
        "select template from incident_type where tenant = '{}' and name = 'door_wont_latch'",
        world.tenant
    ));
    let template: Value = serde_json::from_str(&template).unwrap();
    let write = |number: i64| {
        let mut template = template.clone();
        template["title"] = json!(format!("Door does not latch, {number}"));
        put(world, Tool::TypePut, &template)
    };
    let answers = crowd.at_once((0..9).map(write).collect()).await;
    assert_eq!(count(&answers, "done"), 9);
    let versions: Vec<i64> = world.back().column(&format!(
        "select version from incident_type
         where tenant = '{}' and name = 'door_wont_latch' order by version",
        world.tenant
    ));
    assert_eq!(versions, (1..=10).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whom_an_issuer_vouches_for_is_registered_once_and_revoked_once() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let known = json!({
        "kind": "user", "name": "Ada", "roles": ["qa"],
        "issuer": "https://id.example.com", "subject": "ada",
    });
    let said = (0..6).map(|_| put(world, Tool::PrincipalPut, &known)).collect();
    let answers = crowd.at_once(said).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(count(&answers, "record.taken"), 5);

    let id: String = world.value("select id from principal where subject = 'ada'");
    let revoke = json!({ "principal": id });
    let said = (0..6).map(|_| put(world, Tool::PrincipalRevoke, &revoke)).collect();
    let answers = crowd.at_once(said).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(count(&answers, "principal.revoked"), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_technicians_do_not_sign_in_as_the_same_user() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let technician = |reference: &str| {
        let input = json!({
            "reference": reference, "name": "Somebody", "active": true,
            "principal": world.caller(20, &[]).actor,
            "skills": [], "territories": [], "zone": "UTC", "shifts": [],
        });
        put(world, Tool::TechnicianPut, &input)
    };
    let said = ["a", "b", "c", "d"].map(technician).to_vec();
    let answers = crowd.at_once(said).await;
    assert_eq!(count(&answers, "done"), 1);
    assert_eq!(count(&answers, "record.taken"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn equipment_that_moves_while_a_ticket_names_it_is_where_the_ticket_says() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let place = json!({
        "account": world.account(), "name": "Main St 2", "address": "2 Main St, Albany, NY",
        "zone": "America/New_York",
    });
    let place = world.call(&world.admin(), Tool::SitePut, place).await.unwrap();
    for round in 0..6 {
        let tag = format!("tag-{round}");
        let asset = json!({ "site": world.site(), "tag": tag });
        let asset = world.call(&world.admin(), Tool::AssetPut, asset).await.unwrap();
        let id = &asset["result"]["id"];
        let moved = json!({ "id": id, "site": place["result"]["id"], "tag": tag });
        let asked = json!({ "site": world.site(), "asset": id, "summary": "it hangs" });
        let said = vec![
            put(world, Tool::AssetPut, &moved),
            world.saying(&world.dispatcher(), Tool::TicketCreate, &asked),
        ];
        let answers = crowd.at_once(said).await;
        assert_eq!(count(&answers, "done"), 1, "{answers:?}");
        let none = count(&answers, "record.not_found") + count(&answers, "record.conflict");
        assert_eq!(none, 1, "{answers:?}");
    }
}

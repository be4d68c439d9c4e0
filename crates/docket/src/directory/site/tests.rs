use crate::testing::{World, refusal};
use kernel::{role::Role, tool::Tool};
use serde_json::{Value, json};

fn shop(world: &World) -> Value {
    json!({
        "reference": "main-1",
        "account": world.account(),
        "name": "Main St 1",
        "address": "1 Main St",
        "zone": "America/New_York",
    })
}

fn access_code(world: &World) -> Option<String> {
    let (site, tenant) = (world.site(), world.tenant);
    let sql = format!("select access_code from site where id = '{site}' and tenant = '{tenant}'");
    world.back().maybe(&sql)
}

#[tokio::test]
async fn a_zone_that_does_not_exist_is_refused() {
    let world = World::new();
    for zone in ["Mars/Olympus", "america/new_york", "EST5EDT4", "localtime"] {
        let mut input = shop(&world);
        input["zone"] = zone.into();
        let no = refusal(world.call(&world.admin(), Tool::SitePut, input).await);
        assert_eq!((no.code.name(), no.path.as_deref()), ("zone.unknown", Some("zone")), "{zone}");
    }
}

#[tokio::test]
async fn a_site_stays_with_its_account() {
    let world = World::new();
    let admin = world.admin();
    let other = world.call(&admin, Tool::AccountPut, json!({ "name": "Bakery" })).await.unwrap();
    let mut input = shop(&world);
    input["account"] = other["result"]["id"].clone();
    let no = refusal(world.call(&admin, Tool::SitePut, input).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("record.conflict", Some("account")));
}

#[tokio::test]
async fn an_access_code_is_kept_until_it_is_taken_away_and_never_listed() {
    let world = World::new();
    let admin = world.admin();
    world.call(&admin, Tool::SitePut, shop(&world)).await.unwrap();
    assert_eq!(access_code(&world).as_deref(), Some("4711#"));

    for role in Role::ALL {
        let caller = world.caller(7, &[*role]);
        if let Ok(list) = world.call(&caller, Tool::SiteList, json!({})).await {
            assert!(!list.to_string().contains("4711"), "{role}");
        }
    }

    let mut input = shop(&world);
    input["access_code"] = Value::Null;
    world.call(&admin, Tool::SitePut, input).await.unwrap();
    assert_eq!(access_code(&world), None);
    let list = world.call(&world.dispatcher(), Tool::SiteList, json!({})).await.unwrap();
    assert_eq!(list["items"][0]["has_access_code"], false);
}

#[tokio::test]
async fn an_address_is_for_those_who_go_there_or_write_there() {
    let world = World::new();
    for (role, sees) in [
        (Role::Dispatcher, true),
        (Role::Admin, true),
        (Role::Finance, true),
        (Role::AgentScheduling, true),
        (Role::AgentIntake, false),
        (Role::Auditor, false),
    ] {
        let list = world.call(&world.caller(9, &[role]), Tool::SiteList, json!({})).await.unwrap();
        let site = &list["items"][0];
        assert_eq!(site["name"], "Main St 1");
        assert_eq!(site.get("address").is_some(), sees, "{role}");
        assert_eq!(site.get("location").is_some(), sees, "{role}");
    }
}

#[tokio::test]
async fn a_customer_reads_their_own_sites_only() {
    let world = World::new();
    let mut input = shop(&world);
    input["reference"] = "main-2".into();
    let second = world.call(&world.admin(), Tool::SitePut, input).await.unwrap();

    let list = world.call(&world.customer(), Tool::SiteList, json!({})).await.unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["id"], json!(world.site()));

    let nobody = world.caller(9, &[Role::Customer]);
    let list = world.call(&nobody, Tool::SiteList, json!({})).await.unwrap();
    assert_eq!(list["items"], json!([]));

    // Somebody who speaks for the whole account sees all of its sites.
    let input = json!({
        "account": world.account(), "name": "Cy", "may_request": true, "may_approve": false,
        "principal": crate::testing::person(9),
    });
    world.call(&world.admin(), Tool::ContactPut, input).await.unwrap();
    let list = world.call(&nobody, Tool::SiteList, json!({})).await.unwrap();
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|s| s["id"].clone()).collect();
    assert_eq!(ids, [json!(world.site()), second["result"]["id"].clone()]);
}

#[tokio::test]
async fn a_place_off_the_globe_is_refused() {
    let world = World::new();
    let mut input = shop(&world);
    input["location"] = json!({ "latitude_e7": 900_000_001, "longitude_e7": 0 });
    let no = refusal(world.call(&world.admin(), Tool::SitePut, input).await);
    assert_eq!(no.code.name(), "input.malformed");
    assert_eq!(no.path.as_deref(), Some("location.latitude_e7"));
}

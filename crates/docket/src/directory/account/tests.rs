use crate::testing::{World, code, refusal};
use kernel::{role::Role, tool::Tool};
use serde_json::json;

#[tokio::test]
async fn a_reference_finds_the_account_again() {
    let world = World::new();
    let admin = world.admin();
    let input = json!({ "reference": "k-17", "name": "Bakery" });
    let made = world.call(&admin, Tool::AccountPut, input).await.unwrap();
    assert_eq!(made["result"]["created"], true);

    let input = json!({ "reference": "k-17", "name": "Bakery & Sons" });
    let again = world.call(&admin, Tool::AccountPut, input).await.unwrap();
    assert_eq!(again["result"]["created"], false);
    assert_eq!(again["result"]["id"], made["result"]["id"]);

    let list = world.call(&admin, Tool::AccountList, json!({})).await.unwrap();
    let names: Vec<_> = list["items"].as_array().unwrap().iter().map(|a| &a["name"]).collect();
    assert_eq!(names, ["Corner Shops", "Bakery & Sons"]);
}

#[tokio::test]
async fn a_reference_of_another_account_is_taken() {
    let world = World::new();
    let admin = world.admin();
    let made = world.call(&admin, Tool::AccountPut, json!({ "name": "Bakery" })).await.unwrap();
    let input = json!({ "id": made["result"]["id"], "reference": "corner", "name": "Bakery" });
    let no = refusal(world.call(&admin, Tool::AccountPut, input).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("record.taken", Some("reference")));
}

#[tokio::test]
async fn both_tenants_may_use_the_same_reference() {
    let world = World::new();
    let stranger = world.stranger(1, &[Role::Admin]);
    let input = json!({ "reference": "corner", "name": "Theirs" });
    let theirs = world.call(&stranger, Tool::AccountPut, input).await.unwrap();
    assert_eq!(theirs["result"]["id"], json!(world.other().account));
    let ours = world.call(&world.admin(), Tool::AccountList, json!({})).await.unwrap();
    assert_eq!(ours["items"][0]["name"], "Corner Shops");
}

#[tokio::test]
async fn a_list_is_read_a_page_at_a_time_and_misses_nothing() {
    let world = World::new();
    let admin = world.admin();
    for number in 0..6 {
        let input = json!({ "name": format!("Shop {number}") });
        world.call(&admin, Tool::AccountPut, input).await.unwrap();
    }
    let (mut names, mut after) = (Vec::new(), json!(null));
    loop {
        let input = json!({ "limit": 3, "after": after });
        let page = world.call(&admin, Tool::AccountList, input).await.unwrap();
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
        assert_eq!(items.len(), 3);
    }
    let shops = ["Corner Shops", "Shop 0", "Shop 1", "Shop 2", "Shop 3", "Shop 4", "Shop 5"];
    assert_eq!(names, shops);
}

#[tokio::test]
async fn a_page_of_nothing_and_a_page_of_everything_are_refused() {
    let world = World::new();
    for limit in [0, 201, -1] {
        let input = json!({ "limit": limit });
        let no = refusal(world.call(&world.admin(), Tool::AccountList, input).await);
        assert_eq!((no.code.name(), no.path.as_deref()), ("input.malformed", Some("limit")));
    }
}

#[tokio::test]
async fn only_those_who_keep_the_directory_write_it() {
    let world = World::new();
    for caller in [world.finance(), world.auditor(), world.customer()] {
        let input = json!({ "name": "Mine" });
        assert_eq!(code(world.call(&caller, Tool::AccountPut, input).await), "role.forbidden");
    }
}

use crate::testing::{World, refusal};
use kernel::tool::Tool;
use serde_json::json;

#[tokio::test]
async fn equipment_is_listed_by_site() {
    let world = World::new();
    let admin = world.admin();
    let input = json!({ "site": world.site(), "tag": "BACK-1", "maker": "LCN", "serial": "77" });
    world.call(&admin, Tool::AssetPut, input).await.unwrap();
    let input = json!({ "site": world.site() });
    let list = world.call(&world.dispatcher(), Tool::AssetList, input).await.unwrap();
    let tags: Vec<_> = list["items"].as_array().unwrap().iter().map(|a| &a["tag"]).collect();
    assert_eq!(tags, ["FRONT-1", "BACK-1"]);
}

#[tokio::test]
async fn equipment_that_a_ticket_names_stays_where_it_is() {
    let world = World::new();
    let admin = world.admin();
    let input = json!({
        "account": world.account(), "name": "Second", "address": "2 Main St", "zone": "UTC",
    });
    let second = world.call(&admin, Tool::SitePut, input).await.unwrap();
    let move_it = json!({ "reference": "front", "site": second["result"]["id"], "tag": "FRONT-1" });
    let back = json!({ "reference": "front", "site": world.site(), "tag": "FRONT-1" });
    world.call(&admin, Tool::AssetPut, move_it.clone()).await.unwrap();
    world.call(&admin, Tool::AssetPut, back).await.unwrap();

    let ticket = json!({ "site": world.site(), "asset": world.asset(), "summary": "it sticks" });
    world.call(&world.dispatcher(), Tool::TicketCreate, ticket).await.unwrap();
    let no = refusal(world.call(&admin, Tool::AssetPut, move_it).await);
    assert_eq!(no.code.name(), "record.conflict");
}

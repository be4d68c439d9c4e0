use crate::testing::{World, code, refusal};
use kernel::{id::RateCard, tool::Tool};
use serde_json::{Value, json};

fn card(trip: i64, currency: &str) -> Value {
    json!({
        "currency": "USD",
        "labor": { "regular": {
            "per_hour": { "minor": 9_000, "currency": currency },
            "increment_minutes": 15,
            "minimum_minutes": 0,
        } },
        "allowance_minutes": 0,
        "trip_fee": { "minor": trip, "currency": "USD" },
        "part_markup": 0,
        "taxes": [],
    })
}

#[tokio::test]
async fn a_changed_price_is_a_new_version_and_the_same_price_is_not() {
    let world = World::new();
    let admin = world.admin();
    for (trip, version) in [(0, 1), (0, 1), (100, 2), (0, 3)] {
        let input = json!({ "reference": "night", "name": "Night", "card": card(trip, "USD") });
        let put = world.call(&admin, Tool::RateCardPut, input).await.unwrap();
        assert_eq!(put["result"]["version"], version);
    }
    let list = world.call(&world.finance(), Tool::RateCardList, json!({})).await.unwrap();
    assert_eq!(list["items"][1]["version"], 3);
    assert_eq!(list["items"][1]["card"], card(0, "USD"));
}

#[tokio::test]
async fn prices_that_cannot_be_used_are_refused() {
    let world = World::new();
    for (card, code) in [(card(-1, "USD"), "input.malformed"), (card(0, "EUR"), "money.currency")] {
        let input = json!({ "name": "Odd", "card": card });
        let no = refusal(world.call(&world.admin(), Tool::RateCardPut, input).await);
        assert_eq!((no.code.name(), no.path.as_deref()), (code, Some("card")));
    }
}

#[tokio::test]
async fn an_account_without_prices_of_its_own_has_the_tenants() {
    let world = World::new();
    let admin = world.admin();
    let of = |world: &World| {
        let found = world.door.db().read_waiting(world.tenant, |snap| {
            super::for_account(snap, world.tenant, world.account())
        });
        found.unwrap().0
    };
    assert_eq!(of(&world), world.rate_card());

    let input = json!({ "name": "Theirs", "card": card(0, "USD") });
    let own = world.call(&admin, Tool::RateCardPut, input).await.unwrap();
    let own = &own["result"]["id"];
    let input = json!({ "reference": "corner", "name": "Corner Shops", "rate_card": own });
    world.call(&admin, Tool::AccountPut, input).await.unwrap();
    let own: kernel::id::Id<RateCard> = own.as_str().unwrap().parse().unwrap();
    assert_eq!(of(&world), own);
}

#[tokio::test]
async fn a_tenant_that_never_said_a_price_has_none() {
    let world = World::bare();
    let found = world.door.db().read_waiting(world.tenant, |snap| {
        super::for_account(snap, world.tenant, kernel::id::Id::from_parts(9, 9))
    });
    let Err(crate::failure::Failure::Refused(no)) = found else { panic!("there is a card") };
    assert_eq!(no.code.name(), "rate_card.missing");
}

#[tokio::test]
async fn somebody_who_bills_does_not_set_the_prices() {
    let world = World::new();
    let input = json!({ "name": "Mine", "card": card(0, "USD") });
    assert_eq!(
        code(world.call(&world.finance(), Tool::RateCardPut, input).await),
        "role.forbidden"
    );
}

use crate::testing::{World, person, refusal};
use kernel::tool::Tool;
use serde_json::{Value, json};

fn ada(world: &World) -> Value {
    json!({
        "reference": "ada-2",
        "account": world.account(),
        "site": world.site(),
        "name": "Ada",
        "phone": "(202) 555-0188",
        "email": "Ada@Example.COM",
        "may_request": true,
        "may_approve": false,
    })
}

#[tokio::test]
async fn a_number_is_kept_in_one_spelling() {
    let world = World::new();
    world.call(&world.admin(), Tool::ContactPut, ada(&world)).await.unwrap();
    let list = world.call(&world.dispatcher(), Tool::ContactList, json!({})).await.unwrap();
    let ada = list["items"].as_array().unwrap().last().unwrap();
    assert_eq!(ada["phone"], "+12025550188");
    assert_eq!(ada["email"], "Ada@example.com");
    assert_eq!((&ada["may_request"], &ada["may_approve"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn a_number_or_address_that_is_none_is_refused_without_repeating_it() {
    let world = World::new();
    for (field, typed) in [("phone", "call me maybe"), ("phone", "12"), ("email", "ada at home")] {
        let mut input = ada(&world);
        input[field] = typed.into();
        let no = refusal(world.call(&world.admin(), Tool::ContactPut, input).await);
        assert_eq!((no.code.name(), no.path.as_deref()), ("contact.malformed", Some(field)));
        assert!(!no.detail.contains(typed), "{}", no.detail);
    }
}

#[tokio::test]
async fn who_belongs_to_one_customer_cannot_be_put_at_anothers_site() {
    let world = World::new();
    let admin = world.admin();
    let other = world.call(&admin, Tool::AccountPut, json!({ "name": "Bakery" })).await.unwrap();
    let mut input = ada(&world);
    input["account"] = other["result"]["id"].clone();
    let no = refusal(world.call(&admin, Tool::ContactPut, input).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("record.conflict", Some("site")));
}

#[tokio::test]
async fn a_contact_stays_with_their_account() {
    let world = World::new();
    let admin = world.admin();
    world.call(&admin, Tool::ContactPut, ada(&world)).await.unwrap();
    let other = world.call(&admin, Tool::AccountPut, json!({ "name": "Bakery" })).await.unwrap();
    let mut input = ada(&world);
    input["account"] = other["result"]["id"].clone();
    input["site"] = Value::Null;
    let no = refusal(world.call(&admin, Tool::ContactPut, input).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("record.conflict", Some("account")));
}

#[tokio::test]
async fn an_agent_signs_in_as_nobodys_contact() {
    let world = World::new();
    let mut input = ada(&world);
    input["principal"] = json!(person(21));
    let no = refusal(world.call(&world.admin(), Tool::ContactPut, input).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("record.not_found", Some("principal")));
}

#[tokio::test]
async fn reading_who_the_people_are_leaves_an_entry() {
    let world = World::new();
    let count = || world.value::<i64>("select count(*) from audit_entry where outcome = 'read'");
    let before = count();
    let input = json!({ "site": world.site() });
    let list = world.call(&world.dispatcher(), Tool::ContactList, input).await.unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(count(), before + 1);
}

#[tokio::test]
async fn nothing_of_a_person_is_in_the_entries_about_them() {
    let world = World::new();
    world.call(&world.admin(), Tool::ContactPut, ada(&world)).await.unwrap();
    let sql = "select body from audit_entry order by entry_no desc limit 1";
    let body: String = world.value(sql);
    assert!(body.contains("contact.put") && body.contains("con_"), "{body}");
    for secret in ["Ada", "5550188", "xample"] {
        assert!(!body.contains(secret), "{body}");
    }
}

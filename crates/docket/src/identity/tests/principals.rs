use super::Bench;
use crate::testing::code;
use kernel::{id::Id, role::Role, tool::Tool};
use serde_json::json;

#[tokio::test]
async fn an_admin_registers_people_agents_and_services() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let dispatcher = bench.register("user", &[Role::Dispatcher]).await;
    let agent = bench.register("agent", &[Role::AgentIntake]).await;
    let service = bench.register("service", &[Role::Dispatcher, Role::AgentIntake]).await;

    let listed = bench.call(&admin, Tool::PrincipalList, json!({})).await.unwrap();
    let ids: Vec<_> = listed["items"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    for id in [bench.admin, dispatcher, agent, service] {
        assert!(ids.contains(&&json!(id)));
    }
    let page = bench.call(&admin, Tool::PrincipalList, json!({ "limit": 2 })).await.unwrap();
    let rest = json!({ "after": page["next"] });
    let rest = bench.call(&admin, Tool::PrincipalList, rest).await.unwrap();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert_eq!(rest["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_agent_is_never_given_the_role_of_a_person_nor_a_person_that_of_an_agent() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    for role in Role::ALL {
        let of_people = !role.is_agent() && !role.is_of_services();
        for (kind, fits) in [("user", of_people), ("agent", role.is_agent()), ("service", true)] {
            let input = json!({ "kind": kind, "name": "Somebody", "roles": [role] });
            let put = bench.call(&admin, Tool::PrincipalPut, input).await;
            match fits {
                true => drop(put.unwrap()),
                false => assert_eq!(code(put), "role.unfit", "{kind} {role}"),
            }
        }
    }
}

#[tokio::test]
async fn a_grant_to_oneself_says_so_in_its_entry() {
    let bench = Bench::new().await;
    let input = json!({
        "principal": bench.admin, "kind": "user", "name": "Ada", "roles": ["admin", "approver"],
    });
    bench.call(&bench.admin().await, Tool::PrincipalPut, input).await.unwrap();
    let entries = bench.entries_of("principal.put");
    assert_eq!(entries[0]["payload"]["granted"], json!(["approver", "admin"]));
    assert_eq!(entries[0]["payload"]["own"], true);
    assert_eq!(entries[0]["subjects"], json!([bench.admin]));
    assert!(!entries[0].to_string().contains("Ada"), "a name is personal");
}

#[tokio::test]
async fn a_revoked_principal_does_not_come_back() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let somebody = bench.register("user", &[Role::Qa]).await;
    let revoke = json!({ "principal": somebody });
    bench.call(&admin, Tool::PrincipalRevoke, revoke.clone()).await.unwrap();

    let put = json!({ "principal": somebody, "kind": "user", "name": "S", "roles": ["qa"] });
    assert_eq!(code(bench.call(&admin, Tool::PrincipalPut, put).await), "principal.revoked");
    assert_eq!(code(bench.call(&admin, Tool::PrincipalRevoke, revoke).await), "principal.revoked");
}

#[tokio::test]
async fn a_kind_never_changes() {
    let bench = Bench::new().await;
    let agent = bench.register("agent", &[Role::AgentIntake]).await;
    let put = json!({ "principal": agent, "kind": "user", "name": "S", "roles": ["qa"] });
    let put = bench.call(&bench.admin().await, Tool::PrincipalPut, put).await;
    assert_eq!(code(put), "record.conflict");
}

#[tokio::test]
async fn a_subject_of_an_issuer_is_one_principal_of_a_tenant() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let input = |name: &str| json!({ "kind": "user", "name": name, "roles": ["qa"], "issuer": "https://i", "subject": "s" });
    let first = bench.call(&admin, Tool::PrincipalPut, input("One")).await.unwrap();
    let second = bench.call(&admin, Tool::PrincipalPut, input("Two")).await;
    assert_eq!(code(second), "record.taken");

    let mut again = input("One again");
    again["principal"] = first["id"].clone();
    bench.call(&admin, Tool::PrincipalPut, again).await.unwrap();
    let half = json!({ "kind": "user", "name": "H", "roles": ["qa"], "issuer": "https://i" });
    assert_eq!(code(bench.call(&admin, Tool::PrincipalPut, half).await), "input.malformed");
}

#[tokio::test]
async fn somebody_elses_principal_is_not_there() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let created = json!({ "name": "Latch & Daughters", "admin": "Eve", "currency": "USD" });
    let created = bench.call(&admin, Tool::TenantCreate, created).await.unwrap();
    let foreign = &created["admin"];
    let missing = Id::<kernel::id::Principal>::from_parts(9, 9);
    for principal in [foreign, &json!(missing)] {
        let revoke = json!({ "principal": principal });
        let revoked = bench.call(&admin, Tool::PrincipalRevoke, revoke).await;
        assert_eq!(code(revoked), "record.not_found");
        let put = json!({ "principal": principal, "kind": "user", "name": "S", "roles": [] });
        assert_eq!(code(bench.call(&admin, Tool::PrincipalPut, put).await), "record.not_found");
    }
}

#[tokio::test]
async fn only_the_operating_tenant_makes_tenants() {
    let bench = Bench::new().await;
    let operator = bench.admin().await;
    let input = json!({ "name": "Latch & Daughters", "admin": "Eve", "currency": "EUR" });
    let created = bench.call(&operator, Tool::TenantCreate, input.clone()).await.unwrap();
    let again = bench.call(&operator, Tool::TenantCreate, input).await;
    assert_eq!(code(again), "record.taken");

    let eve = bench.issue(created["admin"].as_str().unwrap().parse().unwrap()).await;
    let eve = bench.verify(&eve.token).await.unwrap();
    assert_eq!((json!(eve.tenant), eve.operator), (created["id"].clone(), false));
    let input = json!({ "name": "Third", "admin": "Mallory", "currency": "EUR" });
    assert_eq!(code(bench.call(&eve, Tool::TenantCreate, input).await), "tenant.operator_only");

    let settings = bench.call(&eve, Tool::TenantConfigure, json!({})).await.unwrap();
    assert_eq!(settings["currency"], "EUR");
    let types = bench.call(&eve, Tool::TypeList, json!({})).await.unwrap();
    assert_eq!(types["items"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn what_is_not_named_stays_as_it_is() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    let input = json!({ "zone": "America/New_York", "duplicate_minutes": 60 });
    let after = bench.call(&admin, Tool::TenantConfigure, input).await.unwrap();
    assert_eq!(
        (&after["zone"], &after["duplicate_minutes"]),
        (&json!("America/New_York"), &json!(60))
    );
    assert_eq!((&after["currency"], &after["region"]), (&json!("USD"), &json!("US")));
    let facts = &bench.entries_of("tenant.configure")[0]["payload"];
    assert_eq!(facts, &json!({ "duplicate_minutes": true, "zone": true }));

    let card = Id::<kernel::id::RateCard>::from_parts(9, 9);
    for (wrong, input) in [
        ("zone.unknown", json!({ "zone": "Mars/Olympus" })),
        ("input.malformed", json!({ "region": "us" })),
        ("input.malformed", json!({ "duplicate_minutes": 1_000_000 })),
        ("input.malformed", json!({ "second_factor_above_minor": -1 })),
        ("input.malformed", json!({ "operator": true })),
        ("record.not_found", json!({ "rate_card": card })),
    ] {
        assert_eq!(code(bench.call(&admin, Tool::TenantConfigure, input).await), wrong);
    }
}

#[tokio::test]
async fn a_revocation_names_one_thing() {
    let bench = Bench::new().await;
    let admin = bench.admin().await;
    for input in [json!({}), json!({ "token": "a", "key": "b" })] {
        assert_eq!(code(bench.call(&admin, Tool::TokenRevoke, input).await), "input.malformed");
    }
}

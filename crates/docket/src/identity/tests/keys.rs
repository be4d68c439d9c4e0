use super::Bench;
use crate::{
    identity::key::{self, ring::Status},
    setup::{NotMade, Setup},
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn what_a_new_key_signs_and_what_the_one_before_signed_both_hold() {
    let bench = Bench::new().await;
    let before = bench.issue(bench.admin).await;
    assert!(bench.verify(&before.token).await.is_ok());
    let kid = bench.rotate().await;
    assert_eq!(bench.entries_of("key.rotate")[0]["payload"]["kid"], kid);
    bench.wait(1);

    let after = bench.issue(bench.admin).await;
    assert_eq!(after.kid, kid);
    assert_ne!(before.kid, after.kid);
    assert!(bench.verify(&before.token).await.is_ok() && bench.verify(&after.token).await.is_ok());
    assert_eq!(bench.app.gate.jwks().unwrap()["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_retired_key_is_forgotten_when_what_it_signed_has_expired() {
    let bench = Bench::new().await;
    let ring = bench.app.gate.issuer().ring.clone();
    let (kid, key) = ring.signer().unwrap();
    bench.rotate().await;
    bench.wait(15 * 60 + 11);

    // Stolen before it was retired, and used after.
    let claims = bench.claims(bench.admin, &[kernel::role::Role::Admin]);
    let header = serde_json::json!({ "alg": "EdDSA", "kid": kid });
    assert_eq!(bench.refused(&super::sign(&header, &claims, &key)).await, "token.invalid");
    let jwks = bench.app.gate.jwks().unwrap();
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 1);
    assert_ne!(jwks["keys"][0]["kid"], kid);

    bench.rotate().await;
    let listed = ring.index().unwrap().keys;
    assert!(listed.iter().all(|key| key.kid != kid), "forgotten at the next rotation");
}

#[tokio::test]
async fn a_retired_key_signs_nothing_because_its_private_half_is_gone() {
    let bench = Bench::new().await;
    let ring = &bench.app.gate.issuer().ring;
    let (kid, _) = ring.signer().unwrap();
    bench.rotate().await;
    let folder = bench.app.config.keys().join("token");
    assert!(!folder.join(format!("{kid}.pem")).exists());
    let pems = fs::read_dir(&folder).unwrap().filter(|entry| {
        entry.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "pem")
    });
    assert_eq!(pems.count(), 1);
    let statuses: Vec<_> = ring.index().unwrap().keys.iter().map(|key| key.status).collect();
    assert_eq!(statuses, [Status::Retired, Status::Active]);
}

#[tokio::test]
async fn nobody_else_can_read_a_private_key_and_one_that_others_can_read_is_not_used() {
    let bench = Bench::new().await;
    let keys = bench.app.config.keys();
    let (kid, _) = bench.app.gate.issuer().ring.signer().unwrap();
    for folder in [&bench.app.config.data, &keys, &keys.join("token")] {
        assert_eq!(mode(folder), 0o700, "{folder:?}");
    }
    let token = keys.join("token").join(format!("{kid}.pem"));
    for file in [&keys.join(key::LOG), &keys.join(key::PACKET), &token] {
        assert_eq!(mode(file), 0o600, "{file:?}");
        fs::set_permissions(file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(key::read(file).unwrap_err().to_string().contains("chmod 600"));
    }
}

#[tokio::test]
async fn a_key_under_the_name_of_another_is_not_used() {
    let bench = Bench::new().await;
    let keys = bench.app.config.keys();
    let ring = &bench.app.gate.issuer().ring;
    let (kid, _) = ring.signer().unwrap();
    fs::copy(keys.join(key::LOG), keys.join("token").join(format!("{kid}.pem"))).unwrap();
    assert!(ring.signer().is_err());

    let index = keys.join("token/index.json");
    let text = fs::read_to_string(&index).unwrap();
    let listed = ring.index().unwrap().keys.remove(0);
    assert!(listed.public().is_ok());
    fs::write(&index, text.replace(&listed.x, &"A".repeat(43))).unwrap();
    bench.wait(1);
    assert_eq!(bench.refused("a.b.c").await, "server.unready");
}

#[tokio::test]
async fn a_new_deployment_leaves_an_old_one_alone() {
    let bench = Bench::new().await;
    let again = Setup {
        folder: bench.app.config.data.clone(),
        tenant: "Other".parse().unwrap(),
        admin: "Eve".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        database: None,
    };
    assert!(matches!(again.make().await, Err(NotMade::There(_))));
}

#[tokio::test]
async fn the_first_tenant_and_its_admin_are_in_the_log() {
    let bench = Bench::new().await;
    let first = &bench.entries()[0];
    assert_eq!((&first["tool"], &first["outcome"]), (&"init".into(), &"configured".into()));
    let expected = serde_json::json!([bench.tenant, bench.admin]);
    assert_eq!(first["subjects"], expected);
}

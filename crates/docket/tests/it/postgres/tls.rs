//! The way to a database: encrypted, to the one that was meant, with a password.

use crate::{
    cluster::{Cluster, PORT},
    ground::{Database, Ground, OWNER, SERVING},
    home::{Home, docket, said},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::fs;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A cluster whose certificate an authority has signed, and which lets nobody
/// in from the network without encryption and a password.
fn cluster(authority: &Authority) -> Option<Cluster> {
    let cluster = Cluster::make()?;
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["db.internal".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let certificate = cluster.write("cert.pem", &certificate.pem());
    let key = cluster.write("key.pem", &key.serialize_pem());
    let rules = "local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256\n";
    let rules = cluster.write("rules", rules);
    cluster.wake(&format!(
        "-c listen_addresses={} -c ssl=on -c ssl_cert_file={} -c ssl_key_file={} -c hba_file={}",
        Cluster::address(),
        certificate.display(),
        key.display(),
        rules.display()
    ));
    Some(cluster)
}

#[test]
fn the_way_to_a_database_is_encrypted_and_leads_to_the_one_that_was_meant() {
    let (ours, theirs) = (authority(), authority());
    let Some(cluster) = cluster(&ours) else { return };
    let database = Database::new(&cluster.url());
    database.run(
        "alter role docket_owner password 'hunter2'; alter role docket_serving password 'hunter3'",
    );
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (ca, other) = (file("ca.pem", &ours.pem()), file("other.pem", &theirs.pem()));
    let (name, address) = (database.name(), Cluster::address());
    let url = |role| format!("postgres://{role}@db.internal:{PORT}/{name}?hostaddr={address}");
    let (owner_word, word) = (file("owner", "hunter2\n"), file("serving", "hunter3\n"));
    let (owner_word, word) = (format!("file:{owner_word}"), format!("file:{word}"));
    let (serving, owner) = (url(SERVING), url(OWNER));
    let passwords = ["--password", &word, "--owner-password", &owner_word];
    let names = ["--database", &serving, "--owner", &owner, "--ca", &ca];
    let words = [&passwords[..], &names[..]].concat();
    let home = Home::at(Ground::told(database, &words));

    let server = home.serve();
    let open = "select ssl from pg_stat_ssl natural join pg_stat_activity
        where application_name like 'docket/%'";
    let open = home.ground.ask("data", open);
    assert!(!open.is_empty() && open.iter().all(|ssl| ssl == "t"), "{open:?}");
    server.stop();

    let written = fs::read_to_string(home.config()).unwrap();
    for (from, to, complaint) in [
        (ca.as_str(), other.as_str(), "invalid peer certificate: BadSignature"),
        ("db.internal", "db.example", "not valid for name"),
        ("file:", "env:NO", "environment variable not found"),
    ] {
        let spoilt = written.replace(from, to);
        fs::write(home.config(), spoilt).unwrap();
        let refused = docket(&["serve", "--config", &home.config(), "--allow-root"]).output();
        let refused = refused.unwrap();
        assert!(matches!(refused.status.code(), Some(1 | 3)), "{}", said(&refused));
        assert!(said(&refused).contains(complaint), "{}", said(&refused));
        let check = docket(&["config", "check", "--config", &home.config()]).output().unwrap();
        assert_eq!(check.status.code(), Some(4), "{}", said(&check));
        assert!(said(&check).contains(complaint), "{}", said(&check));
        assert!(!said(&check).contains("hunter"), "{}", said(&check));
    }
}

use super::{Config, Database, Evidence, From, SecretRef};
use secrecy::ExposeSecret;
use std::path::Path;

mod outbox;

const SMALLEST: &str = "issuer = \"urn:docket:test\"\naudience = \"docket\"\norigin = \"log\"\n";

fn read(text: &str) -> Result<Config, String> {
    read_with(text, |_| None)
}

fn read_with(text: &str, env: impl Fn(&str) -> Option<String>) -> Result<Config, String> {
    Config::read(text, Path::new("/srv/docket/docket.toml"), env).map_err(|no| no.to_string())
}

fn with(more: &str) -> Result<Config, String> {
    read(&format!("{SMALLEST}{more}"))
}

#[test]
fn the_smallest_configuration_names_who_issues_and_for_whom() {
    let config = read(SMALLEST).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:7878");
    assert_eq!(config.database, Database::File("/srv/docket/docket.db".into()));
    assert_eq!(config.evidence, Evidence::Folder("/srv/docket/evidence".into()));
    assert!(config.metrics.is_none() && config.oidc.is_empty());

    for missing in SMALLEST.lines() {
        assert!(read(&SMALLEST.replace(missing, "")).is_err(), "{missing}");
        let (key, _) = missing.split_once(' ').unwrap();
        let blank = SMALLEST.replace(missing, &format!("{key} = \" \""));
        assert!(read(&blank).unwrap_err().contains("no default"), "{key}");
    }
}

#[test]
fn an_unknown_key_is_refused_wherever_it_stands() {
    for more in [
        "liston = \"127.0.0.1:1\"",
        "[limits]\nbody = 1",
        "[tls]\ncert = \"a\"\nkey = \"b\"\nca = \"c\"",
    ] {
        let no = with(more).unwrap_err();
        assert!(no.contains("unknown field"), "{more}: {no}");
    }
}

#[test]
fn beyond_loopback_there_is_tls_or_a_named_proxy() {
    let open = "listen = \"0.0.0.0:80\"\n";
    assert!(with(open).unwrap_err().contains("is not loopback"));
    let tls = "[tls]\ncert = \"c.pem\"\nkey = \"k.pem\"";
    assert!(with(&format!("{open}{tls}")).unwrap_err().contains("`url`: say where"));
    let named = "url = \"https://docket.example\"\n";
    assert!(with(&format!("{open}{named}{tls}")).is_ok());

    let config = with(&format!("{open}{named}[proxy]\ntrusted = [\"10.0.0.0/8\"]")).unwrap();
    assert!(config.trusts("10.1.2.3".parse().unwrap()));
    assert!(config.trusts("::ffff:10.1.2.3".parse().unwrap()));
    assert!(!config.trusts("11.1.2.3".parse().unwrap()));
}

#[test]
fn a_url_is_scheme_host_and_port_and_encrypted_beyond_this_machine() {
    let url = |text: &str| with(&format!("url = \"{text}\"\n")).map(|config| config.url.unwrap());
    assert_eq!(url("https://Docket.Example:443").unwrap().as_str(), "https://docket.example/");
    assert!(url("http://127.0.0.1:8080").is_ok());
    for bad in [
        "docket.example",
        "http://docket.example",
        "ftp://docket.example",
        "https://docket.example/below",
        "https://docket.example/?a=b",
        "https://me@docket.example",
    ] {
        assert!(url(bad).unwrap_err().contains("`url`"), "{bad}");
    }
    let env = |name: &str| (name == "DOCKET_URL").then(|| "https://docket.example".to_owned());
    let config = read_with(SMALLEST, env).unwrap();
    assert_eq!(config.url.unwrap().as_str(), "https://docket.example/");
}

#[test]
fn every_value_says_where_it_came_from() {
    let env = |name: &str| (name == "DOCKET_LISTEN").then(|| "127.0.0.1:9000".to_owned());
    let text = format!("{SMALLEST}[limits]\nbody_bytes = 4096\n");
    let config = read_with(&text, env).unwrap();
    let from = |key: &str| config.shown.iter().find(|shown| shown.key == key).unwrap().from.clone();
    assert_eq!(from("listen"), From::Environment("DOCKET_LISTEN"));
    assert_eq!(from("limits.body_bytes"), From::File);
    assert_eq!(from("limits.connections"), From::Default);
    assert_eq!((config.listen.port(), config.limits.body_bytes), (9000, 4096));
}

#[test]
fn a_secret_is_a_reference_and_never_shown() {
    let no = with("[metrics]\ncredential = \"hunter2\"").unwrap_err();
    assert!(no.contains("line 5: ") && no.contains("by reference"), "{no}");
    assert!(!no.contains("hunter2"), "{no}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("credential");
    std::fs::write(&path, "hunter2\n").unwrap();
    let config = with(&format!("[metrics]\ncredential = \"file:{}\"", path.display())).unwrap();
    let secret = config.metrics.as_ref().unwrap().resolve().unwrap();
    assert_eq!(secret.expose_secret(), "hunter2");
    assert!(!format!("{config:?}{secret:?}").contains("hunter2"));

    std::fs::write(&path, "\n").unwrap();
    assert!(config.metrics.unwrap().resolve().is_err(), "an empty secret is none");
    assert!(SecretRef::Env("DOCKET_TEST_NOT_SET".into()).resolve().is_err());
}

#[test]
fn an_issuer_that_is_not_ours_is_named_in_full_or_not_at_all() {
    let oidc = |more: &str| {
        with(&format!(
            "[[oidc]]\nissuer = \"https://login.example.com\"\nroles_claim = \"groups\"\n{more}"
        ))
    };
    let tenant = "tenant = \"ten_01J8ZQ5Y3E9V7N4T2M6K8P0R1S\"\n";
    let good = "audience = \"docket\"\njwks = \"https://login.example.com/keys\"\nalgorithms = [\"RS256\"]\n";
    assert!(oidc(&format!("{good}{tenant}")).is_ok());

    assert!(oidc(good).unwrap_err().contains("tenant"));
    assert!(oidc(&format!("{good}{tenant}tenant_claim = \"t\"")).unwrap_err().contains("not both"));
    let plain = good.replace("https://login.example.com/keys", "http://login.example.com/keys");
    assert!(oidc(&format!("{plain}{tenant}")).unwrap_err().contains("https"));
    let none = good.replace("[\"RS256\"]", "[]");
    assert!(oidc(&format!("{none}{tenant}")).unwrap_err().contains("algorithms"));
    let shared = good.replace("[\"RS256\"]", "[\"HS256\"]");
    assert!(oidc(&format!("{shared}{tenant}")).unwrap_err().contains("HS256"));
    let anybody = good.replace("audience = \"docket\"", "audience = \"\"");
    assert!(oidc(&format!("{anybody}{tenant}")).unwrap_err().contains("audience"));
}

#[test]
fn evidence_goes_to_a_folder_or_a_bucket() {
    let bucket = with("[evidence]\nstore = \"s3://photos\"\nregion = \"eu-1\"").unwrap();
    let Evidence::Bucket { name, region, keys: None, .. } = bucket.evidence else {
        panic!("a bucket without keys")
    };
    assert_eq!((name.as_str(), region.as_deref()), ("photos", Some("eu-1")));
    for store in ["ftp://photos", "s3://", "s3://photos/below", "folder:"] {
        assert!(with(&format!("[evidence]\nstore = \"{store}\"")).is_err(), "{store}");
    }
    let half = "[evidence]\nstore = \"s3://photos\"\naccess_key = \"env:A\"";
    assert!(with(half).unwrap_err().contains("or neither"));
    assert!(with("[limits]\nconcurrency = 0").is_err());
}

#[test]
fn root_serves_only_if_somebody_says_so() {
    let root = rustix::process::geteuid().is_root();
    assert_eq!(super::refuse_root(false).is_err(), root);
    assert!(super::refuse_root(true).is_ok());
}

const HERE: &str = "database = \"postgres://docket@localhost/docket\"\n";

#[test]
fn a_postgresql_is_named_by_a_url_and_a_secret_by_reference() {
    let text = format!("{HERE}{SMALLEST}[postgres]\npassword = \"env:A\"\nca = \"ca.pem\"\n");
    let config = read(&format!("{text}owner = \"postgres://docket_owner@localhost/docket\"\n"));
    let Database::Postgres(postgres) = config.unwrap().database else { panic!("a PostgreSQL") };
    assert_eq!(postgres.connections, 16);
    assert_eq!(postgres.ca.as_deref(), Some(Path::new("/srv/docket/ca.pem")));
    assert!(postgres.serving().unwrap_err().to_string().contains("env:A"), "it is fetched late");

    let env = |name: &str| (name == "DOCKET_DATABASE").then(|| "postgres://a@[::1]/b".to_owned());
    let config = read_with(SMALLEST, env).unwrap();
    let shown = config.shown.iter().find(|shown| shown.key == "database").unwrap();
    assert_eq!(shown.value, "postgres://a@[::1]/b");
    assert_eq!(shown.from, From::Environment("DOCKET_DATABASE"));
}

#[test]
fn a_postgresql_that_is_not_named_well_is_refused_and_nothing_of_it_is_quoted() {
    for (url, more, complaint) in [
        ("postgres://docket:hunter2@localhost/docket", "", "it carries a password"),
        ("postgres://docket@localhost/docket?password=hunter2", "", "it carries a password"),
        ("postgres://docket@localhost/docket?hunter2=1", "", "it is no URL"),
        ("postgres://docket@localhost/", "", "it names no database"),
        ("postgres://localhost/docket", "", "it names no user"),
        ("postgres://docket@db.internal/docket", "", "beyond this machine there is TLS"),
        ("postgres://docket@10.0.0.1/docket", "", "beyond this machine there is TLS"),
        (
            "postgres://docket@localhost/docket?hostaddr=10.0.0.1",
            "",
            "beyond this machine there is TLS",
        ),
        ("hunter2.db", "", "use `postgres://"),
        ("postgres://docket@localhost/docket", "connections = 0", "at least one"),
        ("postgres://docket@localhost/docket", "password = \"hunter2\"", "by reference"),
        ("postgres://docket@localhost/docket", "pasword = \"env:A\"", "unknown field"),
        (
            "postgres://docket@localhost/docket",
            "owner = \"postgres://owner:hunter2@localhost/docket\"",
            "`postgres.owner`: it carries a password",
        ),
    ] {
        let text = format!("database = \"{url}\"\n{SMALLEST}[postgres]\n{more}\n");
        let no = read(&text).unwrap_err();
        assert!(no.contains(complaint), "{url} {more}: {no}");
        assert!(!no.contains("hunter2"), "{no}");
    }
    let beyond = format!("database = \"postgres://docket@db.internal/docket\"\n{SMALLEST}");
    assert!(read(&format!("{beyond}[postgres]\nca = \"ca.pem\"")).is_ok());
    let nothing = with("[postgres]\nconnections = 4").unwrap_err();
    assert!(nothing.contains("nothing says which one"), "{nothing}");
}

//! The command line at the machine of a deployment, as a person uses it.

use crate::ground::Ground;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

fn docket(home: &Path, words: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_docket"))
        .args(words.split_whitespace())
        .current_dir(home)
        .env_remove("DOCKET_CONFIG")
        .output()
        .unwrap()
}

fn said(output: &[u8]) -> &str {
    std::str::from_utf8(output).unwrap().trim_end()
}

/// A new deployment, and the id of its admin.
fn init(home: &Ground) -> String {
    let words = format!("init --tenant Hinge --admin Ada {}", home.words().join(" "));
    let made = docket(home.path(), &words);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made.stderr));
    let admin = said(&made.stdout).lines().find_map(|line| line.strip_prefix("admin   "));
    admin.unwrap().to_owned()
}

#[test]
fn a_new_deployment_gives_its_admin_a_token_and_nothing_else_on_standard_output() {
    let home = Ground::new();
    let admin = init(&home);
    let issued = docket(home.path(), &format!("token issue --principal {admin} --all-roles"));
    assert_eq!(issued.status.code(), Some(0));
    let token = said(&issued.stdout);
    assert_eq!((token.lines().count(), token.split('.').count()), (1, 3));

    let again = docket(home.path(), "init --tenant Other --admin Eve");
    assert_eq!(again.status.code(), Some(3), "it is left as it is");
}

#[test]
fn a_token_carries_what_was_said_or_is_not_made() {
    let home = Ground::new();
    let admin = init(&home);
    for (words, code) in [
        ("", 2),
        ("--role admin --all-roles", 2),
        ("--role boss", 2),
        ("--all-roles --minutes 16", 2),
        ("--role approver", 3),
        ("--role admin", 0),
    ] {
        let issued = docket(home.path(), &format!("token issue --principal {admin} {words}"));
        assert_eq!(issued.status.code(), Some(code), "{words}");
        assert_eq!(said(&issued.stdout).is_empty(), code != 0, "{words}");
    }
}

#[test]
fn a_key_is_rotated_and_both_are_listed() {
    let home = Ground::new();
    init(&home);
    let fresh = docket(home.path(), "key rotate");
    let listed = docket(home.path(), "key list");
    let lines: Vec<_> = said(&listed.stdout).lines().collect();
    assert!(lines[0].ends_with("retired, still verifies"), "{lines:?}");
    assert!(lines[1].starts_with(said(&fresh.stdout)) && lines[1].ends_with("active"));
}

#[test]
fn what_is_revoked_at_the_machine_gets_no_token() {
    let home = Ground::new();
    let admin = init(&home);
    for words in ["--jti abc", "--key abc", &format!("--principal {admin}")] {
        let revoked = docket(home.path(), &format!("token revoke {words}"));
        assert_eq!(revoked.status.code(), Some(0), "{words}");
    }
    assert_eq!(docket(home.path(), "token revoke").status.code(), Some(2));
    let issued = docket(home.path(), &format!("token issue --principal {admin} --all-roles"));
    assert_eq!(issued.status.code(), Some(3));
    assert!(said(&issued.stderr).contains("principal.revoked"));
}

#[test]
fn a_check_of_the_configuration_says_what_counts_and_what_does_not_hold() {
    let home = Ground::new();
    init(&home);
    let good = docket(home.path(), "config check");
    assert_eq!(good.status.code(), Some(0), "{}", said(&good.stderr));
    assert!(
        said(&good.stdout)
            .lines()
            .any(|line| { line.split_whitespace().eq(["listen", "127.0.0.1:7878", "file"]) })
    );

    let path = home.path().join("docket-data/docket.toml");
    let text = fs::read_to_string(&path).unwrap();
    for (more, complaint) in [
        ("[metrics]\ncredential = \"file:/nowhere\"\n", "file:/nowhere"),
        ("[metrics]\ncredential = \"hunter2\"\n", "by reference"),
        ("[tls]\ncert = \"c.pem\"\nkey = \"k.pem\"\n", "c.pem"),
        ("[limit]\n", "unknown field"),
    ] {
        fs::write(&path, format!("{text}{more}")).unwrap();
        let bad = docket(home.path(), "config check");
        assert_eq!(bad.status.code(), Some(4), "{more}");
        assert!(said(&bad.stderr).contains(complaint), "{}", said(&bad.stderr));
        assert!(!said(&bad.stderr).contains("hunter2"));
    }
    fs::write(&path, &text).unwrap();
    let log = home.path().join("docket-data/keys/log.pem");
    fs::set_permissions(log, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(docket(home.path(), "config check").status.code(), Some(4));
}

use super::Words;
use crate::{
    chance::WallClock,
    cli::Trouble,
    identity::token::issue::{Issue, Wanted},
    setup::{Made, Setup},
    testing::ground::Ground,
};
use clap::Parser;
use kernel::clock::Clock;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};
use tempfile::TempDir;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    words: Words,
}

/// A deployment, and a token in a file.
struct Host {
    folder: TempDir,
    config: PathBuf,
    /// Kept for as long as somebody imports into it.
    _ground: Option<Ground>,
}

impl Host {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (ground, database) = Ground::vacant(&(Arc::new(WallClock) as Arc<dyn Clock>)).unzip();
        let setup = Setup {
            folder: folder.path().join("data"),
            tenant: "Hinge & Sons".parse().unwrap(),
            admin: "Ada".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            database,
        };
        let made = runtime.block_on(setup.make()).unwrap_or_else(|no| panic!("{no}"));
        let Made { app, config_path, admin, .. } = made;
        let issuer = crate::app::issuer(&app.config);
        let issue = Issue {
            principal: admin,
            on_behalf_of: None,
            roles: Wanted::All,
            minutes: 15,
            key: None,
        };
        let issued = runtime.block_on(issuer.issue(&app.db, &issue)).unwrap();
        fs::write(folder.path().join("token"), issued.token).unwrap();
        Self { folder, config: config_path, _ground: ground }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn import(&self, name: &str, text: &str) -> Result<(), Trouble> {
        fs::write(self.path(name), text).unwrap();
        let (file, token) = (self.path(name), self.path("token"));
        let words = ["import", "accounts", file.to_str().unwrap(), "--config"];
        let more = [self.config.to_str().unwrap(), "--token-file", token.to_str().unwrap()];
        let line = Line::try_parse_from(words.into_iter().chain(more)).unwrap();
        line.words.run()
    }
}

#[test]
fn a_file_without_bad_rows_leaves_nothing_behind() {
    let host = Host::new();
    for _ in 0..2 {
        host.import("accounts.csv", "name\nBakery\n").unwrap();
    }
    assert!(!host.path("accounts.csv.quarantine.jsonl").exists());
}

#[test]
fn bad_rows_end_with_four_and_lie_in_a_file_that_only_its_owner_reads() {
    let host = Host::new();
    let trouble =
        host.import("accounts.jsonl", "{\"name\":\"Bakery\"}\n{\"name\":7}\n").unwrap_err();
    assert_eq!(trouble.exit(), 4);
    let path = host.path("accounts.jsonl.quarantine.jsonl");
    assert!(fs::read_to_string(&path).unwrap().starts_with("{\"line\":2,"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_column_that_nobody_reads_is_named() {
    let host = Host::new();
    let trouble = host.import("accounts.csv", "name,nmae\nBakery,x\n").unwrap_err();
    assert_eq!(trouble.exit(), 3);
    assert!(trouble.to_string().contains("unknown columns: nmae"), "{trouble}");
}

#[test]
fn a_token_that_nobody_issued_imports_nothing() {
    let host = Host::new();
    fs::write(host.path("token"), "eyJhbGciOiJub25lIn0.e30.").unwrap();
    let trouble = host.import("accounts.csv", "name\nBakery\n").unwrap_err();
    assert_eq!(trouble.exit(), 3);
    assert!(trouble.to_string().starts_with("token.invalid"), "{trouble}");
}

#[test]
fn an_ending_that_says_nothing_is_asked_about() {
    let host = Host::new();
    let trouble = host.import("accounts.xls", "name\nBakery\n").unwrap_err();
    assert_eq!(trouble.exit(), 2);
}

//! `docket audit`, as a person would run it: on a deployment that was just made.

use crate::ground::Ground;
use docket::{app::App, setup::Setup};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A deployment whose first entries are in the log.
struct Deployment {
    ground: Ground,
    app: App,
}

impl Deployment {
    async fn new() -> Self {
        let ground = Ground::new();
        let setup = Setup {
            folder: ground.path().join("data"),
            tenant: "Hinge & Sons".parse().unwrap(),
            admin: "Ada".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            database: ground.named(),
        };
        let app = setup.make().await.map_err(|not| not.to_string()).unwrap().app;
        app.sequencer.finish().await.unwrap();
        Self { ground, app }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.ground.path().join(name)
    }

    fn audit(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
        command.current_dir(self.ground.path()).arg("audit").args(words);
        command.args(["--data", "data"]).output().unwrap()
    }
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn out(output: &Output) -> String {
    assert_eq!(code(output), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.len() / 4;
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_log_is_checked_while_it_is_in_use_and_ends_with_4_once_it_does_not_hold() {
    let deployment = Deployment::new().await;
    assert!(out(&deployment.audit(&["verify"])).contains("all of it holds"));

    let edit = "update audit_entry set body = replace(body, 'init', 'exit')
        where entry_no = (select min(entry_no) from audit_entry)";
    deployment.ground.tamper("data", edit);
    let checked = deployment.audit(&["verify"]);
    assert_eq!(code(&checked), Some(4));
    let said = String::from_utf8(checked.stderr).unwrap();
    assert!(said.contains("(leaf 0): its hash is not the one that the log holds"), "{said}");
}

#[tokio::test]
async fn what_is_taken_out_of_a_log_holds_by_itself_with_only_the_key() {
    let deployment = Deployment::new().await;
    let key = out(&deployment.audit(&["key"])).trim().to_owned();
    assert_eq!(key, deployment.app.sequencer.key().to_string());
    out(&deployment.audit(&["tiles", "log"]));
    out(&deployment.audit(&["export", "--output", "export.jsonl"]));
    let line = std::fs::read_to_string(deployment.path("export.jsonl")).unwrap();
    let receipt: serde_json::Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    let entry: serde_json::Value =
        serde_json::from_str(receipt["entry"].as_str().unwrap()).unwrap();
    let receipt = out(&deployment.audit(&["receipt", entry["id"].as_str().unwrap()]));
    std::fs::write(deployment.path("receipt.json"), receipt).unwrap();

    std::fs::remove_dir_all(deployment.path("data")).unwrap();
    for (flag, name, file) in [
        ("--log", "log", "log/tile/entries/000.p/1"),
        ("--export", "export.jsonl", "export.jsonl"),
        ("--receipt", "receipt.json", "receipt.json"),
    ] {
        let words = ["verify", flag, name, "--key", &key];
        assert!(out(&deployment.audit(&words)).contains("entries       1"));
        flip(&deployment.path(file));
        assert_eq!(code(&deployment.audit(&words)), Some(4), "{flag}");
    }
}

#[tokio::test]
async fn a_log_is_found_through_the_configuration_wherever_that_lies() {
    let deployment = Deployment::new().await;
    let elsewhere = deployment.path("elsewhere.toml");
    let written = std::fs::read_to_string(deployment.path("data/docket.toml")).unwrap();
    std::fs::write(&elsewhere, format!("data = \"data\"\n{written}")).unwrap();
    let audit = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
        command.current_dir(deployment.ground.path()).arg("audit").args(words).output().unwrap()
    };
    let config = ["--config", "elsewhere.toml"];
    assert!(out(&audit(&[&["verify"][..], &config].concat())).contains("all of it holds"));
    let key = out(&audit(&[&["key"][..], &config].concat()));
    assert_eq!(key.trim(), deployment.app.sequencer.key().to_string());
    assert_eq!(code(&audit(&[&["key", "--data", "data"][..], &config].concat())), Some(2));
}

#[tokio::test]
async fn words_that_make_no_sense_end_with_2() {
    let deployment = Deployment::new().await;
    for words in [
        &["verify", "--log", "a", "--receipt", "b"][..],
        &["verify", "--key", "not-a-key"],
        &["receipt", "tkt_01KJPWD6M00000000000000001"],
    ] {
        assert_eq!(code(&deployment.audit(words)), Some(2), "{words:?}");
    }
    std::fs::remove_file(deployment.path("data/log.vkey")).unwrap();
    assert_eq!(code(&deployment.audit(&["verify"])), Some(2));
    for words in [&["receipt", "aud_01KJPWD6M00000000000000001"][..], &["trace", "nothing"]] {
        assert_eq!(code(&deployment.audit(words)), Some(3), "{words:?}");
    }
}

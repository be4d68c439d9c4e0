//! What the documents show is run: every `sh` block of a page, in order, in one shell.

use crate::cluster::Cluster;
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The text of the fenced blocks of one language.
fn blocks(page: &str, language: &str) -> String {
    each_block(page, language).collect::<Vec<_>>().join("\n")
}

fn each_block<'a>(page: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let fence = format!("```{language}\n");
    let starts: Vec<_> = page.split(fence.as_str()).skip(1).collect();
    starts.into_iter().map(|block| block.split("```").next().unwrap())
}

/// A port that nobody has just now. The page names a fixed one, and tests share a machine.
fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs what a page shows, with these programs beside ours.
fn run(script: &str, programs: &str) {
    let folder = tempfile::tempdir().unwrap();
    // Tests may run as root, as they do in a container; a page should not tell people to.
    let script = script.replace("docket serve", "docket serve --allow-root");
    let script = script.replace("docket work", "docket work --allow-root");
    let binary = Path::new(env!("CARGO_BIN_EXE_docket")).parent().unwrap();
    let port = port();
    let ran = Command::new("bash")
        .args([
            "-euo",
            "pipefail",
            "-c",
            &format!("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}"),
        ])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", format!("{}:{programs}:/usr/bin:/bin", binary.display()))
        .env("DOCKET_LISTEN", format!("127.0.0.1:{port}"))
        .env("DOCKET_SERVER", format!("http://127.0.0.1:{port}"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran.status.success(), "{}\n{}", text(&ran.stdout), text(&ran.stderr));
}

#[test]
fn every_command_of_the_pages_works() {
    let pages = ["docs/operating.md", "docs/audit.md"].map(|path| blocks(&page(path), "sh"));
    let script = pages.join("\n");
    assert!(script.contains("docket init") && script.contains("docket audit tiles"));
    run(&script, "");
}

#[test]
fn the_jobs_of_an_integration_are_done_as_the_page_of_the_interface_shows() {
    let operating = page("docs/operating.md");
    let until_it_serves: Vec<_> = each_block(&operating, "sh").take(3).collect();
    assert!(until_it_serves.concat().contains("docket serve"));
    let shown = blocks(&page("docs/api.md"), "sh");
    assert!(shown.contains("docket call job.complete"));
    run(&format!("{}\n{shown}\nkill %1; wait", until_it_serves.join("\n")), "");
}

#[test]
fn every_command_for_postgresql_works() {
    let Some(cluster) = Cluster::make() else { return };
    // The page means the server that is there; a test has one of its own.
    cluster.wake("-c port=5432");
    let script = blocks(&page("docs/operating.md"), "sh postgres");
    assert!(script.contains("docket init") && script.contains("docket migrate"));
    let script = script.replace("/run/postgresql", cluster.folder().to_str().unwrap());
    let script = script.replace("%2Frun%2Fpostgresql", &cluster.socket());
    run(&script, cluster.programs().to_str().unwrap());
}

#[test]
fn the_configuration_that_is_shown_is_understood() {
    for path in ["docs/operating.md", "docs/audit.md"] {
        let page = page(path);
        let shown: Vec<&str> = each_block(&page, "toml").collect();
        assert!(!shown.is_empty(), "{path}");
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let words = ["init", data.to_str().unwrap(), "--tenant", "Hinge", "--admin", "Ann"];
        crate::home::printed(crate::home::docket(&words));
        let file = data.join("docket.toml");
        let made = fs::read_to_string(&file).unwrap();
        for shown in shown {
            // Of a key that is shown and made, the shown one counts.
            let kept: Vec<&str> = made.lines().filter(|line| !line.starts_with("listen")).collect();
            let (top, tables) = shown.split_at(shown.find('[').unwrap());
            fs::write(&file, format!("{top}\n{}\n{tables}", kept.join("\n"))).unwrap();
            let words = ["config", "check", "--config", file.to_str().unwrap()];
            let checked = crate::home::docket(&words).output().unwrap();
            // The certificates and the witness of a page are nobody's; the keys are ours.
            let said = crate::home::said(&checked);
            assert!(said.contains("issuer") && !said.contains("unknown"), "{path}: {said}");
        }
    }
}

#[test]
fn the_two_commands_of_the_readme_are_there() {
    let readme = page("README.md");
    for command in ["cargo run --release -- demo", "./test"] {
        assert!(readme.contains(&format!("\n    {command}\n")), "{command}");
    }
    assert!(root().join("test").exists());
}

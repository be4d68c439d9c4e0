//! Brings the peers here, at the versions that are pinned beside them.
//!
//! graphile-worker and pg-boss want a newer Node than most machines have, so
//! that one comes with them. pg-boss asks for a patch of a library for calendars
//! that its registry may not have yet; the override takes the one before, and
//! no phase uses it.

use crate::system::System;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/jobs/peers");
const PACKAGE: &str = include_str!("peers/package.json");
const REQUIREMENTS: &str = include_str!("peers/requirements.txt");

/// The folder that the peers run in.
pub struct Peers(PathBuf);

impl Peers {
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

/// Installs those of the peers that take part, unless they are there already.
pub fn peers(systems: &[System]) -> Peers {
    let this = std::env::current_exe().expect("this runs");
    let target = this.ancestors().nth(3).expect("cargo builds into target/<profile>/deps");
    let folder = target.join("bench-peers");
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    for source in fs::read_dir(SOURCES).expect("the peers lie beside the bench").flatten() {
        fs::copy(source.path(), folder.join(source.file_name())).expect("a file can be copied");
    }
    if systems.iter().any(|system| matches!(system, System::Graphile | System::PgBoss)) {
        once(&folder, "package-lock.json", || node(&folder));
    }
    if systems.contains(&System::Procrastinate) {
        once(&folder, "requirements.txt", || python(&folder));
    }
    Peers(folder)
}

/// What is compared with what.
pub fn versions() -> String {
    let package: serde_json::Value = serde_json::from_str(PACKAGE).expect("npm reads it too");
    let npm = |name: &str| {
        format!("{name} {}", package["dependencies"][name].as_str().unwrap_or_default())
    };
    let python = REQUIREMENTS.lines().next().unwrap_or_default().replace("==", " ");
    format!("{}, {}, {python}", npm("graphile-worker"), npm("pg-boss"))
}

/// Does it unless it was done for a pinned file that says the same.
fn once(folder: &Path, pinned: &str, install: impl FnOnce()) {
    let mark = folder.join(format!("{pinned}.installed"));
    let wanted = fs::read(folder.join(pinned)).expect("it was just copied");
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return;
    }
    install();
    fs::write(mark, wanted).expect("the target folder can be written to");
}

fn node(folder: &Path) {
    run(Command::new("npm").args(["ci", "--loglevel=error"]).current_dir(folder));
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let newer = format!("node_modules/node-linux-{machine}/bin/node");
    let link = folder.join("node");
    // One of an earlier run may be there.
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(newer, link).expect("a link can be made");
}

fn python(folder: &Path) {
    run(Command::new("python3").args(["-m", "venv", "--clear", "venv"]).current_dir(folder));
    let mut pip = Command::new(folder.join("venv/bin/pip"));
    run(pip
        .args(["install", "--quiet", "--no-deps", "-r", "requirements.txt"])
        .current_dir(folder));
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{command:?} has to work; --only leaves peers out"
    );
}

//! The systems that are measured, and how each is started.

use crate::plan::Phase;
use std::{path::Path, process::Command};

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum System {
    Bare,
    Docket,
    Graphile,
    PgBoss,
    Procrastinate,
}

/// A system with the settings it is measured with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub system: System,
    pub best: bool,
}

impl System {
    pub const ALL: [Self; 5] =
        [Self::Bare, Self::Docket, Self::Graphile, Self::PgBoss, Self::Procrastinate];

    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "a bare table",
            Self::Docket => "Docket",
            Self::Graphile => "graphile-worker",
            Self::PgBoss => "pg-boss",
            Self::Procrastinate => "procrastinate",
        }
    }

    /// Whether it is one of the others, which have settings to choose from.
    pub fn is_peer(self) -> bool {
        matches!(self, Self::Graphile | Self::PgBoss | Self::Procrastinate)
    }

    /// The settings it is measured with in a phase.
    pub fn entries(self, phase: Phase) -> Vec<Entry> {
        let entry = |best| Entry { system: self, best };
        let both = match phase {
            // Only procrastinate has fewer connections than there are callers.
            Phase::Enqueue => self == Self::Procrastinate,
            Phase::Batch | Phase::Claim => false,
            Phase::Work | Phase::Flow | Phase::Pickup | Phase::Crash => self.is_peer(),
        };
        match (self, phase) {
            // A bare table has no leases, so that what a dead worker held stays lost.
            (Self::Bare, Phase::Crash) => vec![],
            // At its defaults it runs a job every two seconds, so that no run of it ends.
            (Self::PgBoss, Phase::Crash) => vec![entry(true)],
            _ if both => vec![entry(false), entry(true)],
            _ => vec![entry(false)],
        }
    }

    /// The process that takes its part, without the words that say which.
    fn program(self, peers: &Path) -> Command {
        let node = |script: &str| {
            let mut command = Command::new(peers.join("node"));
            command.arg(peers.join(script));
            command
        };
        let this = |name: &str| {
            let mut command = Command::new(std::env::current_exe().expect("this runs"));
            command.args([crate::phases::WORD, name]);
            command
        };
        match self {
            Self::Bare => this("bare"),
            Self::Docket => this("docket"),
            Self::Graphile => node("graphile.mjs"),
            Self::PgBoss => node("pgboss.mjs"),
            Self::Procrastinate => {
                let mut command = Command::new(peers.join("venv/bin/python"));
                command.arg(peers.join("protocol.py"));
                command
            }
        }
    }
}

impl Entry {
    pub fn label(self) -> String {
        let settings = match (self.system.is_peer(), self.best) {
            (false, _) => "",
            (true, false) => ", defaults",
            (true, true) => ", best",
        };
        format!("{}{settings}", self.system.name())
    }

    /// The process that takes its part in a phase, on the database at this address.
    pub fn command(
        self,
        peers: &Path,
        phase: &str,
        settings: &serde_json::Value,
        url: &str,
    ) -> Command {
        let mut command = self.system.program(peers);
        command.args([phase, if self.best { "best" } else { "defaults" }, &settings.to_string()]);
        command.env("BENCH_URL", url);
        command
    }
}

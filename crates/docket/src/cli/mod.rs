//! The command line: reads words, calls the library, prints what came of it.
//!
//! Data goes to standard output and everything else to standard error. Exit
//! codes: 0 done, 1 something broke on our side, 2 wrong usage, 3 refused,
//! 4 a check found something that does not hold.

mod audit;
mod client;
mod demo;
pub(crate) mod host;
mod import;
mod packet;
mod policy;
mod serve;
mod work;

use crate::failure::{Failure, Fault};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A system of record and control plane for field service.
#[derive(Debug, Parser)]
#[command(name = "docket", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    /// Check closeout packets, with no server.
    #[command(subcommand)]
    Packet(packet::Packet),
    /// See, narrow and check policy tokens, with no server.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Import a file of accounts, sites, contacts, assets, technicians, rate cards or types.
    Import(import::Words),
    /// Print the completions of a shell.
    Completions {
        shell: clap_complete::Shell,
    },
    Serve(serve::Serve),
    Work(work::Work),
    /// Check, follow and export the audit log where it lies.
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(flatten)]
    Host(host::Host),
    #[command(flatten)]
    Client(client::Client),
}

/// How a command of the command line failed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It broke: exit code 1.
    #[error(transparent)]
    Broke(Fault),
    /// It was refused; the text says why and what to do: exit code 3.
    #[error("{0}")]
    Refused(String),
    /// What was checked does not hold: exit code 4.
    #[error("{0}")]
    DoesNotHold(String),
    /// The words make no sense together: exit code 2.
    #[error("{0}")]
    Usage(String),
}

impl Trouble {
    const fn exit(&self) -> u8 {
        match self {
            Self::Broke(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
            Self::DoesNotHold(_) => 4,
        }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unfit(why) => Self::Refused(why),
            fault => Self::Broke(fault),
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Broke(fault) => fault.into(),
            Failure::Refused(refusal) => {
                Self::Refused(format!("{refusal}\nhint: {}", refusal.code.hint()))
            }
        }
    }
}

/// Reads the words of the process and does what they say.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Demo(demo) => demo.run(),
        Command::Packet(packet) => packet.run(),
        Command::Policy(policy) => policy.run(),
        Command::Import(words) => words.run(),
        Command::Completions { shell } => completions(shell),
        Command::Serve(serve) => serve.run(),
        Command::Work(work) => work.run(),
        Command::Host(host) => host.run(),
        Command::Audit(audit) => audit.run(),
        Command::Client(client) => client.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            say(&format!("docket: {}", kernel::refusal::Chain(&trouble)));
            ExitCode::from(trouble.exit())
        }
    }
}

/// Prints data. A reader that has gone away is no reason to fail.
pub(crate) fn print(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Tells a person something that is not data.
pub(crate) fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn completions(shell: clap_complete::Shell) -> Result<(), Trouble> {
    use clap::CommandFactory;
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "docket", &mut text);
    print(&String::from_utf8_lossy(&text));
    Ok(())
}

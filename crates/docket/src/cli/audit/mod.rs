//! `docket audit`: the log, read where it lies. It takes no server, and no key
//! but the log's public one.

mod trace;
mod verify;

use super::{Trouble, print, say};
use crate::{
    audit::{export, files, list, receipt},
    chance::WallClock,
    config::{Config, Database},
    db::{self, Snap},
    failure::{Failure, Fault},
    identity::key,
};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use kernel::{
    id::{self, Id, Tenant},
    refusal::Chain,
};
use std::{
    fs::File,
    io::{BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check a log, its files, an export or a receipt; names what does not hold
    /// and then ends with 4.
    Verify(Box<verify::Words>),
    /// Print the public key of the log, which others check it with.
    Key(Place),
    /// Write the log as files that other people's tlog tools read.
    Tiles(Tiles),
    /// Print every step that one correlation id went through.
    Trace(trace::Words),
    /// Write all entries, or those of a tenant, each with its proof, one to a line.
    Export(Export),
    /// Print the receipt of one entry.
    Receipt(Receipt),
}

/// Where the log lies.
#[derive(Args, Debug)]
pub struct Place {
    /// The data folder of the deployment. If there is a `docket.toml` in it that
    /// names a PostgreSQL, the log is there.
    #[arg(long, value_name = "DIR", default_value = "docket-data")]
    data: PathBuf,
    /// The configuration of the deployment, if it lies elsewhere.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    config: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Tiles {
    /// The folder to write to. What is there already is kept and added to.
    folder: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Debug)]
pub struct Export {
    /// Only the entries of this tenant.
    #[arg(long)]
    tenant: Option<Id<Tenant>>,
    /// A new file to write to, instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Debug)]
pub struct Receipt {
    /// The id of the entry.
    entry: Id<id::Entry>,
    #[command(flatten)]
    place: Place,
}

impl Audit {
    pub(super) fn run(self) -> Result<(), Trouble> {
        match self {
            Self::Verify(words) => words.run(),
            Self::Key(place) => {
                print(&place.key()?);
                Ok(())
            }
            Self::Tiles(words) => tiles(&words),
            Self::Trace(words) => words.run(),
            Self::Export(words) => words.run(),
            Self::Receipt(words) => words.run(),
        }
    }
}

impl Place {
    /// Looks into the database, in use or not.
    fn inspect<T>(&self, look: impl FnOnce(&Snap<'_>) -> Result<T, Failure>) -> Result<T, Trouble> {
        Ok(self.database()?.inspect(&WallClock, look)?)
    }

    /// What the configuration says, if there is one. A copy of the data needs none.
    fn config(&self) -> Result<Option<Config>, Trouble> {
        let beside = self.data.join("docket.toml");
        let path = self.config.as_ref().or_else(|| beside.is_file().then_some(&beside));
        Ok(path.map(|path| Config::load(path)).transpose()?)
    }

    fn database(&self) -> Result<db::Place, Trouble> {
        let config = self.config()?;
        let at = match config {
            Some(config) if self.config.is_some() => config.database.place()?,
            Some(Config { database: Database::Postgres(named), .. }) => {
                db::Place::Postgres(named.serving()?.into())
            }
            // Whoever names a folder means what lies in it.
            Some(_) | None => db::Place::File(self.data.join("docket.db")),
        };
        match &at {
            db::Place::File(path) if !path.is_file() => Err(Trouble::Usage(format!(
                "`{}` is not there; name the data folder with `--data`",
                path.display()
            ))),
            _ => Ok(at),
        }
    }

    /// The public key as the deployment wrote it down.
    fn key(&self) -> Result<String, Trouble> {
        let data = match &self.config {
            Some(path) => Config::load(path)?.data,
            None => self.data.clone(),
        };
        let path = data.join(key::LOG_PUBLIC);
        let read = std::fs::read_to_string(&path).map(|text| text.trim_end().to_owned());
        read.map_err(|_| {
            let path = path.display();
            Trouble::Usage(format!("`{path}` is not there; name the log's key with `--key`"))
        })
    }
}

fn tiles(words: &Tiles) -> Result<(), Trouble> {
    let bar = Bar::new("entries");
    let written = words
        .place
        .inspect(|snap| Ok(files::write(snap, &words.folder, &|done, of| bar.at(done, of))?))?;
    bar.end();
    say(&format!("{} leaves; {} new files and the checkpoint", written.size, written.files));
    Ok(())
}

impl Export {
    fn run(self) -> Result<(), Trouble> {
        let to: Box<dyn Write> = match &self.output {
            Some(path) => {
                Box::new(File::create_new(path).map_err(|cause| unwritable(path, cause))?)
            }
            None => Box::new(std::io::stdout().lock()),
        };
        let mut to = BufWriter::new(to);
        let bar = Bar::new("entries");
        let name = self.output.clone().unwrap_or_else(|| PathBuf::from("standard output"));
        let lines = self.place.inspect(|snap| {
            let lines = export::all(snap, self.tenant, &|done, of| bar.at(done, of), |receipt| {
                let line = serde_json::to_string(receipt)?;
                writeln!(to, "{line}").map_err(|cause| unwritable(&name, cause))
            })?;
            to.flush().map_err(|cause| unwritable(&name, cause))?;
            Ok(lines)
        })?;
        bar.end();
        say(&format!("{lines} entries"));
        Ok(())
    }
}

impl Receipt {
    fn run(self) -> Result<(), Trouble> {
        let receipt = self.place.inspect(|snap| {
            let Some(found) = list::find_any(snap, self.entry)? else { return Ok(None) };
            let receipt = receipt::of(snap, found.entry_no, found.body)?;
            Ok(Some(receipt.map(|receipt| serde_json::to_string_pretty(&receipt)).transpose()?))
        })?;
        match receipt {
            Some(Some(receipt)) => {
                print(&receipt);
                Ok(())
            }
            Some(None) => Err(Trouble::Refused("the entry is not in the log yet".to_owned())),
            None => Err(Trouble::Refused(format!("there is no entry `{}`", self.entry))),
        }
    }
}

fn unwritable(path: &Path, cause: std::io::Error) -> Fault {
    Fault::File { path: path.display().to_string(), cause }
}

/// Progress on a terminal; elsewhere nothing.
struct Bar(Option<ProgressBar>);

impl Bar {
    fn new(what: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new(0);
        let form = format!("{{bar:40}} {{human_pos}} of {{human_len}} {what}, {{eta}} left");
        if let Ok(style) = ProgressStyle::with_template(&form) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    fn at(&self, done: u64, of: u64) {
        if let Some(bar) = &self.0 {
            bar.set_length(of.max(done));
            bar.set_position(done);
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// An error with its causes, where only text fits.
fn chain(error: &dyn std::error::Error) -> String {
    Chain(error).to_string()
}

//! `docket work`.

use super::{Trouble, say};
use crate::{
    app::App,
    config::{self, Config, DEFAULT_PATH, Database, SLOTS},
    job::work::Crew,
    serve,
};
use clap::Args;
use kernel::job::KindName;
use std::{num::NonZeroU16, path::PathBuf};

/// Do jobs, and nothing else, until told to stop.
///
/// As many of these as are wanted may run beside the servers of one PostgreSQL. On
/// SIGTERM or SIGINT it takes no more jobs, gives those that run 30 seconds to end,
/// gives back what has not ended, brings the audit log up to date, and ends.
#[derive(Args, Debug)]
pub struct Work {
    /// The configuration of the deployment.
    #[arg(long, env = "DOCKET_CONFIG", default_value = DEFAULT_PATH, value_name = "FILE")]
    config: PathBuf,
    /// How many jobs to do at once; else what `[jobs] slots` says, or 8 if that is 0.
    #[arg(long, value_name = "COUNT")]
    slots: Option<NonZeroU16>,
    /// Only jobs of these kinds, as in `packet.make,outgoing.deliver`.
    #[arg(long, value_delimiter = ',', value_name = "KIND")]
    kinds: Vec<KindName>,
    /// Run although this is root, who needs no permission for anything.
    #[arg(long)]
    allow_root: bool,
}

impl Work {
    /// # Errors
    /// If the deployment cannot be opened, or lies in a file.
    pub fn run(self) -> Result<(), Trouble> {
        config::refuse_root(self.allow_root)?;
        let config = Config::load(&self.config)?;
        refuse_file(&config.database)?;
        serve::log(&config);
        serve::runtime()?.block_on(self.work(config))
    }

    async fn work(self, config: Config) -> Result<(), Trouble> {
        let stop = serve::asked_to_stop()?;
        let slots = self.slots(config.slots);
        let app = App::open(config)?;
        app.check().await?;
        let crew = self.chosen(app.crew())?;
        say(&format!("working on {slots} jobs at once"));
        Ok(serve::work(app, crew, slots, stop).await?)
    }

    /// A configuration that is shared with servers that do no jobs says 0.
    fn slots(&self, configured: usize) -> usize {
        match self.slots {
            Some(slots) => slots.get().into(),
            None if configured == 0 => SLOTS.into(),
            None => configured,
        }
    }

    fn chosen(&self, crew: Crew) -> Result<Crew, Trouble> {
        let known: Vec<_> = crew.kinds().map(|kind| kind.name).collect();
        if let Some(kind) = self.kinds.iter().find(|kind| !known.contains(&kind.as_str())) {
            let text = format!("nobody here does `{kind}`; the kinds are {}", known.join(", "));
            return Err(Trouble::Usage(text));
        }
        let chosen = |name: &str| self.kinds.iter().any(|kind| kind.as_str() == name);
        Ok(if self.kinds.is_empty() { crew } else { crew.only(chosen) })
    }
}

/// Processes on one file are not rung for each other's jobs, and wait for each
/// other's commits by trying again.
fn refuse_file(database: &Database) -> Result<(), Trouble> {
    match database {
        Database::Postgres(_) => Ok(()),
        Database::File(path) => Err(Trouble::Refused(format!(
            "`{}` is a file, which one process writes and nobody else is told of what waits in it; \
             the server does the jobs itself, as many at once as `[jobs] slots` says, and a \
             PostgreSQL takes any number of workers",
            path.display()
        ))),
    }
}

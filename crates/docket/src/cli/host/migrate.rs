//! `docket migrate`

use super::{At, secret};
use crate::{
    app,
    chance::{SystemChance, WallClock},
    cli::{Trouble, print, say},
    config::Database,
    db::{schema, take_steps},
};
use clap::Args;
use std::sync::Arc;

#[derive(Args, Debug)]
pub struct Words {
    #[command(flatten)]
    at: At,
    /// The role that owns the schema, if the configuration does not name it.
    #[arg(long, value_name = "URL")]
    owner: Option<String>,
    /// Where its password is, as `env:NAME` or `file:PATH`.
    #[arg(long, value_name = "REFERENCE", requires = "owner")]
    owner_password: Option<String>,
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        let mut named = match self.at.config()?.database {
            Database::Postgres(named) => named,
            file @ Database::File(_) => {
                // It is one process's own, which takes the steps whenever it opens it.
                app::database(&file, Arc::new(WallClock), Arc::new(SystemChance))?;
                say(&format!("`{file}` is up to date"));
                return Ok(());
            }
        };
        if self.owner.is_some() {
            named.owner_password = self.owner_password.as_deref().map(secret).transpose()?;
            named.owner = self.owner;
        }
        let serving = named.serving_role()?;
        let taken = take_steps(&named.owning()?, &serving, &WallClock)?;
        told(&taken, &serving);
        Ok(())
    }
}

/// One fact to a line: what was done, and what the serving role may do now.
fn told(taken: &[&str], serving: &str) {
    for step in taken {
        print(&format!("step   {step}"));
    }
    for right in schema::granted() {
        print(&format!("grant  {right} to {serving}"));
    }
    match taken.len() {
        0 => say("the schema was up to date"),
        1 => say("1 step was taken"),
        steps => say(&format!("{steps} steps were taken")),
    }
}

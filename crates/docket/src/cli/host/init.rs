//! `docket init`

use super::wait;
use crate::{
    cli::{Trouble, print, say},
    config::DEFAULT_PATH,
    setup::{NotMade, Setup},
};
use clap::Args;
use kernel::{money::Currency, text::Line};
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub struct Words {
    /// The folder to make; it has to be new or empty.
    #[arg(default_value = "docket-data")]
    dir: PathBuf,
    /// The name of the organisation that will run this Docket.
    #[arg(long, value_name = "NAME")]
    tenant: Line<120>,
    /// The name of its first admin.
    #[arg(long, value_name = "NAME")]
    admin: Line<120>,
    /// The currency of its tickets (ISO 4217).
    #[arg(long, default_value = "USD")]
    currency: Currency,
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        let Self { dir, tenant, admin, currency } = self;
        let made = wait(Setup { folder: dir, tenant, admin, currency }.make())??;
        let config = made.config_path.display().to_string();
        print(&format!("tenant  {}\nadmin   {}\nconfig  {config}", made.tenant, made.admin));
        let named = if made.config_path == Path::new(DEFAULT_PATH) {
            String::new()
        } else {
            format!(" --config {config}")
        };
        say(&format!(
            "\nNext, a token for the admin, which lives 15 minutes:\n  \
             docket token issue{named} --principal {} --all-roles",
            made.admin
        ));
        Ok(())
    }
}

impl From<NotMade> for Trouble {
    fn from(not: NotMade) -> Self {
        match not {
            NotMade::There(_) => Self::Refused(not.to_string()),
            NotMade::Config(bad) => bad.into(),
            NotMade::Broke(fault) => fault.into(),
        }
    }
}

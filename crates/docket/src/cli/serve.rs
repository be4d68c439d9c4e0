//! `docket serve`.

use super::{Trouble, say};
use crate::{
    app::App,
    config::{self, Config, DEFAULT_PATH},
    failure::Fault,
    serve,
};
use clap::Args;
use std::path::PathBuf;
use tokio::net::TcpListener;

/// Serve the API until told to stop.
///
/// On SIGTERM or SIGINT it takes no more connections, finishes what is in
/// flight, brings the audit log up to date, and ends.
#[derive(Args, Debug)]
pub struct Serve {
    /// The configuration of the deployment.
    #[arg(long, env = "DOCKET_CONFIG", default_value = DEFAULT_PATH, value_name = "FILE")]
    config: PathBuf,
    /// Run although this is root, who needs no permission for anything.
    #[arg(long)]
    allow_root: bool,
}

impl Serve {
    /// # Errors
    /// If the deployment cannot be opened or the address not be listened on.
    pub fn run(self) -> Result<(), Trouble> {
        config::refuse_root(self.allow_root)?;
        let config = Config::load(&self.config)?;
        serve::log(&config);
        serve::runtime()?.block_on(run(config))
    }
}

async fn run(config: Config) -> Result<(), Trouble> {
    let stop = serve::asked_to_stop()?;
    let (address, tls) = (config.listen, config.tls.is_some());
    let app = App::open(config)?;
    app.check().await?;
    let taken = |error| Fault::Other(format!("`{address}` cannot be listened on: {error}"));
    let listener = TcpListener::bind(address).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    say(&format!("serving on {}://{address}", if tls { "https" } else { "http" }));
    Ok(serve::serve(app, listener, stop).await?)
}

//! `docket call`: any tool, with its input as JSON.

use super::{Server, http::Connection, table};
use crate::{
    chance::{Chance, SystemChance},
    cli::{Trouble, say},
};
use clap::Args;
use std::{io::Read, path::PathBuf};

/// Call a tool of a server. `docket tools` lists them.
#[derive(Args, Debug)]
pub struct Words {
    /// The tool, like `ticket.create`.
    tool: String,
    /// A file with the input as JSON, or `-` for standard input. Without it the
    /// input is `{}`.
    #[arg(long, short, value_name = "FILE")]
    input: Option<PathBuf>,
    /// The idempotency key: repeat a command under the same key and it happens
    /// once. One is made, and shown, if you name none.
    #[arg(long)]
    key: Option<String>,
    /// The version of the ticket that you have seen.
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
    #[command(flatten)]
    server: Server,
}

/// An idempotency key that nobody has used.
pub(super) fn fresh_key() -> String {
    format!("{:032x}", SystemChance.bits())
}

impl Words {
    pub(super) async fn run(self) -> Result<(), Trouble> {
        let connection = Connection::open(&self.server)?;
        let input = self.read()?;
        let key = self.key.unwrap_or_else(|| {
            let key = fresh_key();
            say(&format!("idempotency key: {key}"));
            key
        });
        let mut request = connection.post(&["v1", "tools", &self.tool], input)?;
        request = request.header("idempotency-key", key);
        if let Some(version) = self.if_match {
            request = request.header("if-match", format!("\"{version}\""));
        }
        let answered = connection.ask(request).await?;
        if answered.replayed {
            say("this is the answer to an earlier, identical call");
        }
        table::json(&answered.body);
        Ok(())
    }

    fn read(&self) -> Result<Vec<u8>, Trouble> {
        let Some(path) = &self.input else { return Ok(b"{}".to_vec()) };
        let mut input = Vec::new();
        let read = if path.as_os_str() == "-" {
            std::io::stdin().lock().read_to_end(&mut input).map(drop)
        } else {
            std::fs::read(path).map(|bytes| input = bytes)
        };
        let unreadable = |error| format!("`{}` cannot be read: {error}", path.display());
        read.map_err(|error| Trouble::Usage(unreadable(error)))?;
        Ok(input)
    }
}

//! The command line as a client: it knows a server's address and a token, and
//! no more than anybody else who speaks to that server.

mod call;
mod http;
mod job;
mod refusal;
mod table;
mod ticket;
mod tools;

pub(super) use refusal::told;

use super::Trouble;
use crate::{
    config::{NotAReference, SecretRef},
    identity::key,
};
use clap::{Args, Subcommand};
use ed25519_dalek::SigningKey;
use secrecy::SecretString;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Client {
    /// Call a tool of a server.
    Call(call::Words),
    /// List what you may call, and why not the rest.
    Tools(tools::Words),
    /// Read tickets.
    #[command(subcommand)]
    Ticket(ticket::Words),
    /// Read jobs, cancel them, and have dead ones tried again.
    #[command(subcommand)]
    Job(job::Words),
}

/// Which server, and as whom.
///
/// The token comes from a file or from `DOCKET_TOKEN`. It is never a word of
/// the command line, where every other process could read it.
#[derive(Args, Debug)]
pub struct Server {
    /// Where the server is.
    #[arg(
        long,
        env = "DOCKET_SERVER",
        default_value = "http://127.0.0.1:7878",
        value_name = "URL"
    )]
    server: String,
    /// A file that holds an access token; without it, `DOCKET_TOKEN` does.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The key that the token is bound to: `file:PATH` or `env:NAME`. Every
    /// request then carries a proof that it is yours.
    #[arg(long, env = "DOCKET_PROOF_KEY", value_name = "REFERENCE")]
    proof_key: Option<String>,
    /// A certificate (PEM) to trust besides those of the system.
    #[arg(long, env = "DOCKET_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Print JSON, refusals too.
    #[arg(long)]
    json: bool,
}

impl Client {
    /// # Errors
    /// Usage, a refusal of the server, or that it cannot be reached.
    pub fn run(self) -> Result<(), Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Trouble::Broke(crate::failure::Fault::Other(format!("no runtime: {error}")))
        })?;
        runtime.block_on(async {
            match self {
                Self::Call(words) => words.run().await,
                Self::Tools(words) => words.run().await,
                Self::Ticket(words) => words.run().await,
                Self::Job(words) => words.run().await,
            }
        })
    }
}

impl Server {
    /// # Errors
    /// If there is no token, or it cannot be read.
    fn token(&self) -> Result<SecretString, Trouble> {
        token(self.token_file.as_deref())
    }
}

impl Server {
    /// # Errors
    /// If a key is named that is not there.
    fn proof_key(&self) -> Result<Option<SigningKey>, Trouble> {
        let Some(text) = &self.proof_key else { return Ok(None) };
        let usage = |text: String| Trouble::Usage(format!("`--proof-key`: {text}"));
        let known = text.parse().map_err(|not: NotAReference| usage(not.to_string()))?;
        let key = match &known {
            SecretRef::File(path) => key::read(path).map_err(|fault| usage(fault.to_string()))?,
            SecretRef::Env(_) => {
                let pem = known.resolve().map_err(|bad| usage(bad.to_string()))?;
                key::of_pem(&pem).map_err(|error| usage(error.to_string()))?
            }
        };
        Ok(Some(key))
    }
}

/// Reads `state=new`.
fn filter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected a filter like `state=new`")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// One record, a field in each line.
fn record(value: &Value) -> String {
    let mut rows = Vec::new();
    flatten(value, "", &mut rows);
    table::of(&["FIELD", "VALUE"], rows)
}

/// `{"clocks":{"response_due":…}}` reads as `clocks.response_due`.
fn flatten(value: &Value, name: &str, rows: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                flatten(value, &name, rows);
            }
        }
        Value::Null => {}
        value => rows.push(vec![name.to_owned(), table::cell(value)]),
    }
}

/// The access token in a file, or else in `DOCKET_TOKEN`.
///
/// # Errors
/// If there is no token, or it cannot be read.
pub(super) fn token(file: Option<&Path>) -> Result<SecretString, Trouble> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path).map_err(|cause| {
            Trouble::Usage(format!("`{}` cannot be read: {cause}", path.display()))
        })?,
        None => std::env::var("DOCKET_TOKEN").map_err(|_| {
            let text = "no access token; set `DOCKET_TOKEN`, or name a file with `--token-file`";
            Trouble::Usage(text.to_owned())
        })?,
    };
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Trouble::Usage(
            "the access token is not one line of text; `docket token issue` prints one".to_owned(),
        ));
    }
    Ok(token.to_owned().into())
}

#[cfg(test)]
mod tests;

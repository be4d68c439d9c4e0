//! `docket job`: jobs as whoever runs a deployment reads and mends them.

use super::{Server, call, http::Connection, record, table};
use crate::cli::{Trouble, print};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub enum Words {
    /// List jobs, a page at a time, the oldest first.
    List(List),
    /// List dead jobs: those that were tried in vain as often as they may be.
    Dead(Dead),
    /// Show one job with its attempts.
    Show(One),
    /// Cancel a job of an integration.
    Cancel(One),
    /// Have dead jobs tried again.
    Retry(Many),
}

/// How what is printed looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Args, Debug)]
struct Printed {
    /// For people or for programs; `--json` is `--format json`.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    server: Server,
}

#[derive(Args, Debug)]
pub struct List {
    /// Filters, like `phase=dead`, `kind=ext.sync_crm` or `limit=20`.
    #[arg(value_name = "NAME=VALUE", value_parser = super::filter)]
    filters: Vec<(String, String)>,
    #[command(flatten)]
    printed: Printed,
}

#[derive(Args, Debug)]
pub struct Dead {
    /// Only of this kind.
    #[arg(long)]
    kind: Option<String>,
    #[command(flatten)]
    printed: Printed,
}

#[derive(Args, Debug)]
pub struct One {
    /// The job, like `job_01J8…`.
    job: String,
    #[command(flatten)]
    printed: Printed,
}

#[derive(Args, Debug)]
pub struct Many {
    /// The jobs, like `job_01J8…`.
    #[arg(required = true)]
    jobs: Vec<String>,
    #[command(flatten)]
    printed: Printed,
}

impl Words {
    pub(super) async fn run(self) -> Result<(), Trouble> {
        match self {
            Self::List(List { filters, printed }) => printed.list(&filters).await,
            Self::Dead(Dead { kind, printed }) => {
                let kind = kind.map(|kind| ("kind".to_owned(), kind));
                let dead = ("phase".to_owned(), "dead".to_owned());
                printed.list(&kind.into_iter().chain([dead]).collect::<Vec<_>>()).await
            }
            Self::Show(One { job, printed }) => {
                let seen = printed.get(&["v1", "jobs", &job], &[]).await?;
                printed.print(&seen, shown);
                Ok(())
            }
            Self::Cancel(One { job, printed }) => {
                printed.call("job.cancel", &json!({ "job": job })).await
            }
            Self::Retry(Many { jobs, printed }) => {
                printed.call("job.retry", &json!({ "jobs": jobs })).await
            }
        }
    }
}

impl Printed {
    async fn list(&self, filters: &[(String, String)]) -> Result<(), Trouble> {
        let page = self.get(&["v1", "jobs"], filters).await?;
        self.print(&page, listed);
        Ok(())
    }

    async fn get(&self, path: &[&str], query: &[(String, String)]) -> Result<Value, Trouble> {
        let connection = Connection::open(&self.server)?;
        Ok(connection.ask(connection.get(path, query)?).await?.body)
    }

    async fn call(&self, tool: &str, input: &Value) -> Result<(), Trouble> {
        let connection = Connection::open(&self.server)?;
        let request = connection.post(&["v1", "tools", tool], input.to_string().into())?;
        let request = request.header("idempotency-key", call::fresh_key());
        let answered = connection.ask(request).await?;
        self.print(&answered.body, |body| record(&body["result"]));
        Ok(())
    }

    fn print(&self, body: &Value, text: impl FnOnce(&Value) -> String) {
        if self.server.json || self.format == Format::Json {
            table::json(body);
        } else {
            print(&text(body));
        }
    }
}

fn listed(page: &Value) -> String {
    let rows = page["items"].as_array().into_iter().flatten().map(|job| {
        let cells = ["id", "kind", "state", "attempt", "due_at", "error", "worker"];
        cells.iter().map(|name| table::cell(&job[*name])).collect()
    });
    let header = ["JOB", "KIND", "STATE", "ATTEMPT", "DUE", "ERROR", "WORKER"];
    let mut text = table::of(&header, rows);
    if let Some(next) = page["next"].as_str() {
        text += &format!("\n\nmore with: after={next}");
    }
    text
}

fn shown(job: &Value) -> String {
    let mut fields = job.clone();
    let attempts = fields.as_object_mut().and_then(|fields| fields.remove("attempts"));
    let rows = attempts.iter().filter_map(Value::as_array).flatten().map(|attempt| {
        let cells = ["number", "started_at", "ended_at", "how", "error", "worker"];
        cells.iter().map(|name| table::cell(&attempt[*name])).collect()
    });
    let header = ["ATTEMPT", "STARTED", "ENDED", "HOW", "ERROR", "WORKER"];
    format!("{}\n\n{}", record(&fields), table::of(&header, rows))
}

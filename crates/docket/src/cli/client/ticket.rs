//! `docket ticket`: tickets as a person reads them.

use super::{Server, http::Connection, record, table};
use crate::cli::{Trouble, print};
use clap::{Args, Subcommand};
use serde_json::Value;

#[derive(Debug, Subcommand)]
pub enum Words {
    /// List tickets, a page at a time.
    List(List),
    /// Show one ticket.
    Show(One),
    /// Show what happened to one ticket, oldest first.
    Timeline(One),
}

#[derive(Args, Debug)]
pub struct List {
    /// Filters, like `state=new` or `limit=20`; `docket tools ticket.list` names them.
    #[arg(value_name = "NAME=VALUE", value_parser = super::filter)]
    filters: Vec<(String, String)>,
    #[command(flatten)]
    server: Server,
}

#[derive(Args, Debug)]
pub struct One {
    /// The ticket, like `tkt_01J8…`.
    ticket: String,
    #[command(flatten)]
    server: Server,
}

impl Words {
    pub(super) async fn run(self) -> Result<(), Trouble> {
        let (server, path, query) = match &self {
            Self::List(list) => (&list.server, vec!["v1", "tickets"], list.filters.as_slice()),
            Self::Show(one) => (&one.server, vec!["v1", "tickets", &one.ticket], [].as_slice()),
            Self::Timeline(one) => {
                (&one.server, vec!["v1", "tickets", &one.ticket, "timeline"], [].as_slice())
            }
        };
        let connection = Connection::open(server)?;
        let answered = connection.ask(connection.get(&path, query)?).await?;
        if server.json {
            table::json(&answered.body);
            return Ok(());
        }
        print(&match self {
            Self::List(_) => listed(&answered.body),
            Self::Show(_) => record(&answered.body),
            Self::Timeline(_) => timeline(&answered.body),
        });
        Ok(())
    }
}

fn listed(page: &Value) -> String {
    let rows = page["items"].as_array().into_iter().flatten().map(|ticket| {
        let cells =
            ["id", "state", "priority", "incident_type", "site", "technician", "updated_at"];
        cells.iter().map(|name| table::cell(&ticket[*name])).collect()
    });
    let header = ["TICKET", "STATE", "PRIORITY", "TYPE", "SITE", "TECHNICIAN", "CHANGED"];
    let mut text = table::of(&header, rows);
    if let Some(next) = page["next"].as_str() {
        text += &format!("\n\nmore with: after={next}");
    }
    text
}

fn timeline(page: &Value) -> String {
    let items = page["items"].as_array().or_else(|| page.as_array());
    let rows = items.into_iter().flatten().map(|event| {
        let cells = ["at", "kind", "tool", "from", "to", "actor"];
        cells.iter().map(|name| table::cell(&event[*name])).collect()
    });
    table::of(&["AT", "WHAT", "TOOL", "FROM", "TO", "BY"], rows)
}

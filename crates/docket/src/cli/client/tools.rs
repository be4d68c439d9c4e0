//! `docket tools`: what you may call.

use super::{Server, http::Connection, table};
use crate::cli::{Trouble, print};
use clap::Args;
use serde_json::Value;

/// List the tools that you may call.
#[derive(Args, Debug)]
pub struct Words {
    /// A tool of which to show everything, with the schema of its input.
    tool: Option<String>,
    /// List those that you may not call too, and why not.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    server: Server,
}

impl Words {
    pub(super) async fn run(self) -> Result<(), Trouble> {
        let connection = Connection::open(&self.server)?;
        let answered = connection.ask(connection.get(&["v1", "tools"], &[])?).await?;
        let tools = answered.body["tools"].as_array().cloned().unwrap_or_default();
        if let Some(name) = &self.tool {
            let tool = tools.iter().find(|tool| tool["name"] == name.as_str());
            let unknown = || Trouble::Refused(format!("tool.unknown: there is no tool `{name}`"));
            table::json(tool.ok_or_else(unknown)?);
            return Ok(());
        }
        let shown: Vec<_> =
            tools.into_iter().filter(|tool| self.all || tool["allowed"] == true).collect();
        if self.server.json {
            table::json(&Value::from(shown));
        } else {
            print(&listed(&shown, self.all));
        }
        Ok(())
    }
}

/// A table of tools; where all are shown, with why not.
pub(super) fn listed(tools: &[Value], all: bool) -> String {
    let last = if all { "WHY NOT" } else { "WHAT IT DOES" };
    let rows = tools.iter().map(|tool| {
        let why_not = table::cell(&tool["why_not"]["detail"]);
        let last = if all { why_not } else { table::cell(&tool["description"]) };
        vec![
            table::cell(&tool["name"]),
            table::cell(&tool["reach"]),
            table::cell(&tool["from"]),
            last,
        ]
    });
    table::of(&["TOOL", "REACH", "WORKS FROM", last], rows)
}

//! `docket audit trace`: what happened under one correlation id.

use super::Place;
use crate::{
    audit::list,
    cli::{Trouble, print},
};
use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use kernel::audit::Entry;

#[derive(Args, Debug)]
pub struct Words {
    /// What the calls were sent with as `X-Correlation-Id`.
    correlation: String,
    /// Print the entries as they are, one to a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        let bodies = self.place.inspect(|snap| Ok(list::traced(snap, &self.correlation)?))?;
        if bodies.is_empty() {
            return Err(Trouble::Refused("no entry has this correlation id".to_owned()));
        }
        if self.json {
            bodies.iter().for_each(|body| print(body));
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["at", "tool", "by", "as", "ended", "ticket", "state", "entry"]);
        for body in &bodies {
            let entry: Entry = serde_json::from_str(body).map_err(crate::failure::Fault::from)?;
            table.add_row(row(&entry));
        }
        print(&table.trim_fmt());
        Ok(())
    }
}

fn row(entry: &Entry) -> Vec<String> {
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let by = match (entry.actor, entry.on_behalf_of) {
        (Some(actor), Some(who)) => format!("{actor} for {who}"),
        (actor, _) => text(actor.map(|actor| actor.to_string())),
    };
    let roles: Vec<_> = entry.roles.iter().map(|role| role.name()).collect();
    let ended = entry.refusal.clone().unwrap_or_else(|| entry.outcome.name().to_owned());
    let state = match (entry.before, entry.after) {
        (Some(before), Some(after)) => format!("{} > {}", before.name(), after.name()),
        (before, after) => text(before.or(after).map(|state| state.name().to_owned())),
    };
    let ticket = text(entry.ticket.map(|ticket| ticket.to_string()));
    let (at, tool, id) = (entry.at.to_string(), entry.tool.clone(), entry.id.to_string());
    vec![at, tool, by, roles.join(" "), ended, ticket, state, id]
}

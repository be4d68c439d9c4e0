//! One ticket from its first word to its last, as its timeline tells it.

use super::super::{
    call::{Course, Incoming},
    cast::No,
    run::{NotRun, Run},
};
use jiff::{Timestamp, tz::TimeZone};
use kernel::{
    id::{self, Id, Principal},
    state::State,
    tool::Tool,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt};

/// A ticket's story.
pub struct Tale {
    title: String,
    lines: Vec<String>,
}

#[derive(Deserialize)]
struct Event {
    at: Timestamp,
    kind: String,
    tool: Option<String>,
    outcome: Option<String>,
    refusal: Option<String>,
    actor: Option<Id<Principal>>,
    on_behalf_of: Option<Id<Principal>>,
    before: Option<State>,
    after: Option<State>,
    direction: Option<String>,
    text: Option<String>,
}

/// Tells the first call that needed more money and got it, or else the one on
/// which the refusals were tried.
///
/// # Errors
/// If Docket does not show it.
pub async fn tale(calls: &[Incoming], run: &Run) -> Result<Tale, NotRun> {
    let eventful = |(call, stood): &(&Incoming, &super::super::run::Stood)| {
        call.course == Course::Extra && stood.state == Some(State::Closed)
    };
    let chosen = calls.iter().zip(&run.stood).find(eventful);
    let (ticket, zone, summary) = match chosen {
        Some((call, stood)) => (stood.ticket, call.place.zone.as_str(), call.summary.to_string()),
        None => (Some(run.seen.ticket), "UTC", "the ticket of the refusals".to_owned()),
    };
    let ticket = ticket.unwrap_or(run.seen.ticket);
    let names = names(run).await?;
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let mut lines = Vec::new();
    let mut today = None;
    for event in events(run, ticket).await?.iter().filter(|event| event.at <= run.to) {
        let day = event.at.to_zoned(zone.clone()).date();
        if today != Some(day) {
            lines.push(day.strftime("%A, %d %B %Y").to_string());
            today = Some(day);
        }
        lines.push(event.told(&names, &zone));
    }
    Ok(Tale { title: format!("One of them: {ticket}\n“{summary}”"), lines })
}

async fn events(run: &Run, ticket: Id<id::Ticket>) -> Result<Vec<Event>, NotRun> {
    let mut events = Vec::new();
    let mut after = Value::Null;
    loop {
        let input = json!({ "ticket": ticket, "limit": 200, "after": after });
        let page = run.cast.call(run.town.staff.dispatcher, Tool::TicketTimeline, &input, None);
        let mut page = page.await?.body;
        let items: Vec<Event> = serde_json::from_value(page["items"].take()).map_err(No::from)?;
        events.extend(items);
        after = page["next"].take();
        if after.is_null() {
            return Ok(events);
        }
    }
}

async fn names(run: &Run) -> Result<BTreeMap<Id<Principal>, String>, NotRun> {
    #[derive(Deserialize)]
    struct Named {
        id: Id<Principal>,
        name: String,
    }
    let mut names = BTreeMap::new();
    let mut after = Value::Null;
    loop {
        let input = json!({ "limit": 200, "after": after });
        let page = run.cast.call(run.town.staff.admin, Tool::PrincipalList, &input, None);
        let mut page = page.await?.body;
        let items: Vec<Named> = serde_json::from_value(page["items"].take()).map_err(No::from)?;
        names.extend(items.into_iter().map(|named| (named.id, named.name)));
        after = page["next"].take();
        if after.is_null() {
            return Ok(names);
        }
    }
}

impl Event {
    fn told(&self, names: &BTreeMap<Id<Principal>, String>, zone: &TimeZone) -> String {
        let at = self.at.to_zoned(zone.clone()).strftime("  %H:%M").to_string();
        if self.kind == "message" {
            let direction = match self.direction.as_deref() {
                Some("in") => "customer",
                Some("out") => "to them",
                _ => "note",
            };
            let text = self.text.as_deref().unwrap_or_default().lines().next().unwrap_or_default();
            return format!("{at}    {direction:>9}: “{}”", cut(text, 70));
        }
        let name = |id: &Id<Principal>| names.get(id).cloned().unwrap_or_default();
        let who = match (&self.actor, &self.on_behalf_of) {
            (Some(actor), Some(person)) => format!("{} for {}", name(actor), name(person)),
            (Some(actor), None) => name(actor),
            _ => "Docket".to_owned(),
        };
        let what = match (&self.refusal, self.before, self.after) {
            (Some(code), ..) => format!("refused: {code}"),
            (None, before, Some(after)) if before != Some(after) => format!("→ {after}"),
            _ if self.outcome.as_deref() == Some("read") => "(read)".to_owned(),
            _ => String::new(),
        };
        let tool = self.tool.as_deref().unwrap_or_default();
        format!("{at}  {:<30} {tool:<24} {what}", cut(&who, 30)).trim_end().to_owned()
    }
}

fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(1)).collect();
    format!("{kept}…")
}

impl fmt::Display for Tale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for line in &self.lines {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

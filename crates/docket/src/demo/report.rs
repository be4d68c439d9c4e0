//! What happened, as a person reads it.

mod table;
mod tale;

pub use tale::{Tale, tale};

use super::{
    call::{Course, Incoming},
    check::Checked,
    play::End,
    read::Batch,
    run::Run,
    tally,
};
use kernel::state::State;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use table::{Align, Table};

/// How many rows of a long list are shown.
const SHOWN_MAX: usize = 5;
/// How many steps have a line of their own.
const STEPS_MAX: usize = 24;

/// What was read, before anything happens with it.
pub fn opening(batch: &Batch, name: &str) -> String {
    let accounts: BTreeSet<_> = batch.calls.iter().map(|call| &call.place.account).collect();
    let places: BTreeSet<_> = batch.calls.iter().map(|call| &call.place.reference).collect();
    let kinds: BTreeSet<_> = batch.calls.iter().filter_map(|call| call.kind.as_ref()).collect();
    let mut text = format!(
        "{name}: {} calls from {} places of {} customers, of {} kinds ({}).\n",
        batch.calls.len(),
        places.len(),
        accounts.len(),
        kinds.len(),
        batch.form.name(),
    );
    let remarked = batch.calls.iter().filter(|call| !call.remarks.is_empty());
    for call in remarked.clone().take(SHOWN_MAX) {
        text += &format!("  line {}: {}; read as it is\n", call.line, call.remarks.join(", "));
    }
    text += &format!("{} rows are in quarantine", batch.quarantined.len());
    text += if batch.quarantined.is_empty() { ".\n" } else { ":\n" };
    for row in batch.quarantined.iter().take(SHOWN_MAX) {
        text += &format!("  line {}: {}\n", row.line, row.reason);
    }
    let more = batch.quarantined.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        text += &format!("  and {more} more\n");
    }
    text.trim_end().to_owned()
}

/// Everything that came of it, with what was checked. `stays` says whether the
/// folder outlives the demo's output.
pub fn closing(batch: &Batch, run: &Run, checked: &Checked, took: Duration, stays: bool) -> String {
    [
        cast(run),
        states(run),
        courses(&batch.calls, run),
        refused_on_purpose(run),
        refusals(run),
        steps(run, took),
        proof(run, checked, stays),
    ]
    .join("\n")
}

fn cast(run: &Run) -> String {
    let town = &run.town;
    let days = run.to.duration_since(run.from).as_hours() / 24 + 1;
    let from = run.from.strftime("%Y-%m-%d %H:%M");
    let to = run.to.strftime("%Y-%m-%d %H:%M");
    format!(
        "\nThe tenant: {} customers with {} places and {} contacts, {} technicians, 2 dispatchers,\n\
         verification, approval, finance, an admin, an auditor, and 4 agents that act for people.\n\
         The demo's clock ran from {from} to {to} UTC: {days} days, moved on\n\
         from one event to the next, so that shifts, holds, tokens and targets mean what they do on a\n\
         real day.\n",
        town.accounts(),
        town.sites(),
        town.contacts(),
        town.crew.len(),
    )
}

/// Where the calls stand.
fn states(run: &Run) -> String {
    let mut counts: BTreeMap<(State, &str), usize> = BTreeMap::new();
    let mut joined = 0;
    for stood in &run.stood {
        let why = match &stood.end {
            End::Waits(waits) => waits.reason(),
            End::Joined(_) => {
                joined += 1;
                continue;
            }
            End::Finished => "",
            End::Lost(_) => "lost: the script does not know this",
        };
        if let Some(state) = stood.state {
            *counts.entry((state, why)).or_default() += 1;
        }
    }
    let mut table = Table::new(&[
        ("state", Align::Left),
        ("calls", Align::Right),
        ("waiting for", Align::Left),
    ]);
    for ((state, why), count) in &counts {
        table.row([state.name().to_owned(), count.to_string(), (*why).to_owned()]);
    }
    let wrong = run.wrong();
    let verdict = if wrong.is_empty() {
        format!(
            "All {} calls are closed, cancelled, or waiting for a reason that has a name.",
            run.stood.len()
        )
    } else {
        let some: Vec<_> = wrong.iter().take(2 * SHOWN_MAX).cloned().collect();
        format!("{} calls stand where they should not:\n  {}", wrong.len(), some.join("\n  "))
    };
    format!(
        "Where the calls stand\n{table}{joined} calls were about something that was already open; their words were added to it.\n{verdict}\n{}",
        in_time(run)
    )
}

fn in_time(run: &Run) -> String {
    let known: Vec<_> = run.stood.iter().filter_map(|stood| stood.in_time).collect();
    let kept = known.iter().filter(|kept| **kept).count();
    format!("Fixed within the promised time: {kept} of {}.\n", known.len())
}

/// What the people of the demo had in store for the calls.
fn courses(calls: &[Incoming], run: &Run) -> String {
    let mut counts: BTreeMap<Course, (usize, usize)> = BTreeMap::new();
    for (call, stood) in calls.iter().zip(&run.stood) {
        let count = counts.entry(call.course).or_default();
        count.0 += 1;
        count.1 += usize::from(stood.state.is_some_and(State::is_finished));
    }
    let mut table = Table::new(&[
        ("what happens", Align::Left),
        ("calls", Align::Right),
        ("finished", Align::Right),
    ]);
    for (course, (all, finished)) in &counts {
        table.row([course.story().to_owned(), all.to_string(), finished.to_string()]);
    }
    format!("What the people and agents of the demo did with them\n{table}")
}

fn refused_on_purpose(run: &Run) -> String {
    let mut table = Table::new(&[
        ("somebody tries to", Align::Left),
        ("as", Align::Left),
        ("and Docket answers", Align::Left),
    ]);
    for scene in &run.seen.scenes {
        let answer = format!("{}: {}", scene.refusal.code.name(), scene.refusal.detail);
        table.row([scene.tried.to_owned(), scene.by.to_owned(), answer]);
    }
    let replay = if run.seen.replayed {
        "The same call twice under one key had one effect, and the same answer both times.\n"
    } else {
        "The same call twice under one key was NOT answered the same.\n"
    };
    format!("Tried on purpose, each attempt with a valid token\n{table}{replay}")
}

fn refusals(run: &Run) -> String {
    let counts = run.cast.tally.counts();
    let mut by_times: Vec<_> = counts.refusals.iter().collect();
    by_times.sort_by_key(|(code, refused)| (std::cmp::Reverse(refused.times), **code));
    let mut table = Table::new(&[
        ("rule", Align::Left),
        ("no", Align::Right),
        ("dimension", Align::Left),
        ("what to do instead", Align::Left),
    ]);
    for (code, refused) in by_times {
        let dimension = format!("{:?}", code.dimension()).to_lowercase();
        table.row([
            code.name().to_owned(),
            refused.times.to_string(),
            dimension,
            code.hint().to_owned(),
        ]);
    }
    format!("Every refusal of the run, by rule; each is an entry of the audit log\n{table}")
}

fn steps(run: &Run, took: Duration) -> String {
    let counts = run.cast.tally.counts();
    let mut steps: Vec<_> = counts.steps.iter().collect();
    let total = |times: &[Duration]| times.iter().sum::<Duration>();
    steps.sort_by_key(|(_, times)| std::cmp::Reverse(total(times)));
    let mut table = Table::new(&[
        ("step", Align::Left),
        ("times", Align::Right),
        ("median ms", Align::Right),
        ("slowest ms", Align::Right),
        ("total s", Align::Right),
    ]);
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    for (tool, times) in steps.iter().take(STEPS_MAX) {
        let slowest = times.iter().max().copied().unwrap_or_default();
        table.row([
            tool.to_string(),
            times.len().to_string(),
            ms(tally::median(times)),
            ms(slowest),
            format!("{:.1}", total(times).as_secs_f64()),
        ]);
    }
    let rest: Vec<Duration> =
        steps.iter().skip(STEPS_MAX).flat_map(|(_, times)| times.iter().copied()).collect();
    if !rest.is_empty() {
        table.row([
            format!("{} others", steps.len() - STEPS_MAX),
            rest.len().to_string(),
            ms(tally::median(&rest)),
            ms(rest.iter().max().copied().unwrap_or_default()),
            format!("{:.1}", total(&rest).as_secs_f64()),
        ]);
    }
    let all: usize = steps.iter().map(|(_, times)| times.len()).sum();
    format!(
        "Time per step, as the caller waited for it; up to 32 at once, each durable when answered\n{table}\
         {all} calls through the door in {:.1} s, with {:.1} MB of pictures.\n",
        took.as_secs_f64(),
        counts.bytes_uploaded as f64 / 1e6,
    )
}

fn proof(run: &Run, checked: &Checked, stays: bool) -> String {
    let mut text = "Checked again with public keys and nothing else\n".to_owned();
    text += &format!("  {} closeout packets\n", checked.packets);
    if stays {
        text += &format!("        kept in {}\n", checked.folder.display());
        text += "        `docket packet verify FILE` checks one again\n";
    }
    if let Some(held) = &checked.held {
        text += &format!(
            "  {} audit entries under {} signed checkpoints\n",
            held.entries, held.checkpoints
        );
        if let Some(head) = &held.head {
            text += &format!("  log   {}\n", head.origin);
            text += &format!("  head  size {}, root {}\n", head.size, head.root);
        }
    }
    text += &format!("  log key {}\n", run.cast.app.sequencer.key());
    if checked.wrong.is_empty() {
        text + "  All of it holds.\n"
    } else {
        text + &format!("  DOES NOT HOLD:\n  {}\n", checked.wrong.join("\n  "))
    }
}

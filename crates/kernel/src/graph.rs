//! The graph of a ticket's states, read off the toolset, and its printed forms.

use crate::{
    state::State,
    tool::{Subject, To, Tool},
};
use std::collections::BTreeSet;

/// A step that some tool may make. `from` is nothing where a ticket begins.
pub type Step = (Option<State>, State);

/// Every step that the toolset allows, in the order of the states.
pub fn steps() -> BTreeSet<Step> {
    Tool::ALL.iter().flat_map(|tool| steps_of(*tool)).collect()
}

/// The steps that one tool may make. Staying where one is, is not a step.
pub fn steps_of(tool: Tool) -> BTreeSet<Step> {
    let contract = tool.contract();
    let mut steps = BTreeSet::new();
    for way in contract.moves {
        let To::OneOf(targets) = way.to else { continue };
        for to in targets.iter() {
            match contract.subject {
                Subject::NewTicket => drop(steps.insert((None, to))),
                _ => steps.extend(way.from.iter().map(|from| (Some(from), to))),
            }
        }
    }
    steps
}

/// The states that can be reached from nothing.
pub fn reachable() -> BTreeSet<State> {
    let steps = steps();
    let mut seen: BTreeSet<State> =
        steps.iter().filter(|step| step.0.is_none()).map(|step| step.1).collect();
    loop {
        let next: BTreeSet<State> = steps
            .iter()
            .filter(|(from, _)| from.is_some_and(|from| seen.contains(&from)))
            .map(|(_, to)| *to)
            .collect();
        let before = seen.len();
        seen.extend(next);
        if seen.len() == before {
            return seen;
        }
    }
}

/// The check on the table of transitions, as SQL that both databases read.
pub fn sql_check() -> String {
    let pairs: Vec<String> = steps()
        .iter()
        .map(|(from, to)| format!("'{}>{}'", from.map_or("", State::name), to.name()))
        .collect();
    format!("check (from_state || '>' || to_state in (\n    {}\n))", pairs.join(",\n    "))
}

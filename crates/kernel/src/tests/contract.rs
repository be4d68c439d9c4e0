//! Who may do what, from where, and who may see what: tables to review, and
//! laws about the graph.

use crate::{
    field::Field,
    graph,
    refusal::Code,
    role::{Role, Roles},
    state::State,
    tool::{Reach, Subject, Tool},
};
use std::collections::BTreeSet;

#[test]
fn every_state_can_be_reached() {
    assert_eq!(graph::reachable().into_iter().collect::<Vec<_>>(), State::ALL);
}

#[test]
fn from_every_state_but_the_last_two_some_role_can_move_on() {
    for state in State::ALL.iter().filter(|state| !state.is_finished()) {
        assert!(
            graph::steps().iter().any(|(from, to)| *from == Some(*state) && to != state),
            "nothing leads out of `{state}`",
        );
    }
}

#[test]
fn from_every_open_state_a_person_can_reach_an_end() {
    let by_people = |tool: &Tool| tool.roles().iter().any(|role| !role.is_agent());
    let steps: BTreeSet<_> = Tool::ALL
        .iter()
        .filter(|tool| by_people(tool))
        .flat_map(|tool| graph::steps_of(*tool))
        .collect();
    let mut ends: BTreeSet<State> = [State::Closed, State::Cancelled].into();
    for _ in State::ALL {
        let back: Vec<State> = steps
            .iter()
            .filter(|(_, to)| ends.contains(to))
            .filter_map(|(from, _)| *from)
            .collect();
        ends.extend(back);
    }
    assert_eq!(ends.len(), State::ALL.len());
}

#[test]
fn a_cancelled_ticket_stays_cancelled() {
    assert!(graph::steps().iter().all(|(from, _)| *from != Some(State::Cancelled)));
}

#[test]
fn every_tool_has_somebody_who_may_use_it() {
    for tool in Tool::ALL {
        assert_eq!(tool.contract().tool, *tool);
        assert!(!tool.roles().is_empty(), "nobody may use `{tool}`");
        let on_ticket = tool.contract().subject == Subject::Ticket;
        assert_eq!(on_ticket, !tool.from().is_empty(), "`{tool}` says where it works");
    }
}

#[test]
fn no_agent_may_force_bypass_approve_or_verify() {
    let never = [
        Tool::TicketForceClose,
        Tool::ApprovalDecide,
        Tool::QaVerify,
        Tool::CloseoutExceptEvidence,
        Tool::TicketCancel,
        Tool::TicketReopen,
        Tool::PrincipalPut,
        Tool::PolicyMint,
        Tool::PolicyRevoke,
    ];
    for tool in never {
        assert!(tool.roles().iter().all(|role| !role.is_agent()), "an agent may use `{tool}`");
    }
    let bypass = Tool::AssignmentDispatch.contract().from_for(Role::AgentScheduling);
    assert_eq!(bypass.iter().collect::<Vec<_>>(), [State::Scheduled]);
}

#[test]
fn an_auditor_changes_nothing() {
    for tool in Tool::ALL.iter().filter(|tool| tool.roles().contains(Role::Auditor)) {
        assert_eq!(tool.reach(), Reach::Look, "`{tool}`");
    }
}

#[test]
fn no_two_refusals_share_a_code() {
    let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for code in Code::ALL {
        assert!(!code.hint().is_empty(), "`{}` says what to do next", code.name());
    }
}

#[test]
fn who_may_use_which_tool_from_where() {
    let mut table = format!("{:<26}{:<10}", "tool", "reach");
    Role::ALL.iter().for_each(|role| table += &format!("{:<4}", role.short()));
    for tool in Tool::ALL {
        table +=
            &format!("\n{:<26}{:<10}", tool.name(), format!("{:?}", tool.reach()).to_lowercase());
        for role in Role::ALL {
            table += if tool.roles().contains(*role) { "x   " } else { "·   " };
        }
        let mut before = String::new();
        for way in tool.contract().moves.iter().filter(|way| !way.from.is_empty()) {
            let from: Vec<_> = way.from.iter().map(State::name).collect();
            let who: Vec<_> = way.roles.iter().map(Role::short).collect();
            let from = if from.len() == State::ALL.len() { "any".into() } else { from.join(" ") };
            before += &format!("\n    {}: {from}", who.join(" "));
        }
        table += &before;
        let to: Vec<_> = tool.to().iter().map(State::name).collect();
        if !to.is_empty() {
            table += &format!("\n      -> {}", to.join(" "));
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("tools", lines.join("\n"));
}

#[test]
fn every_role_tool_and_state_has_one_answer() {
    let mut table = String::new();
    for role in Role::ALL {
        for tool in Tool::ALL.iter().filter(|tool| tool.contract().subject == Subject::Ticket) {
            let from = tool.contract().from_for(*role);
            let row: String = State::ALL
                .iter()
                .map(|state| if from.contains(*state) { 'x' } else { '·' })
                .collect();
            table += &format!("{:<18}{:<26}{row}\n", role.name(), tool.name());
        }
    }
    insta::assert_snapshot!("role_tool_state", table);
}

#[test]
fn who_may_see_which_field() {
    let mut table = format!("{:<18}", "field");
    Role::ALL.iter().for_each(|role| table += &format!("{:<4}", role.short()));
    for field in Field::ALL {
        table += &format!("\n{:<18}", field.name());
        for role in Role::ALL {
            table += if field.seen_by(Roles::of(&[*role])) { "x   " } else { "·   " };
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("role_field", lines.join("\n"));
}

#[test]
fn the_steps_as_sql() {
    insta::assert_snapshot!("sql_check", graph::sql_check());
}

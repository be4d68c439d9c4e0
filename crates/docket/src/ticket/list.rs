//! Reading tickets, the most urgent or the newest first, each as far as the
//! caller may see it.

use super::{Ticket, store, view};
use crate::{
    db::{Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
    identity::Caller,
    page::{Limit, Page},
};
use kernel::{
    field::Field,
    id::{self, Id, Site, Technician, Tenant},
    key::Key,
    refusal::{Code, Refusal},
    role::{Role, Roles},
    sla::Priority,
    state::{Phase, State},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{fmt, str::FromStr};

statements! {
    TICKETS_BY_DUE = "list_by_due.sql";
    TICKETS_NEWEST = "list_newest.sql";
}

/// Read tickets, a page at a time. A customer reads those of their sites, a
/// technician those assigned to them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    pub state: Option<State>,
    pub phase: Option<Phase>,
    pub priority: Option<Priority>,
    pub incident_type: Option<Key>,
    pub site: Option<Id<Site>>,
    pub technician: Option<Id<Technician>>,
    /// Whether a promise is broken.
    pub breached: Option<bool>,
    /// Only those assigned to you or of sites where you are a contact.
    #[serde(default)]
    pub mine: bool,
    /// Without it: by what is due where you may see that, else the newest.
    pub sort: Option<Sort>,
    #[serde(default)]
    pub limit: Limit,
    /// The `next` of the page before, under the same filters and sort.
    pub after: Option<Cursor>,
}

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// What is due next; what is overdue is first of all.
    Due,
    Newest,
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    due: i64,
    ticket: Id<id::Ticket>,
}

/// Text that is no cursor.
#[derive(Debug, thiserror::Error)]
#[error("expected the `next` of another page")]
pub struct BadCursor;

impl Look for List {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let clocks = Field::Clocks.seen_by(sight.caller.roles);
        let sort = self.sort.unwrap_or(if clocks { Sort::Due } else { Sort::Newest });
        if !clocks && (sort == Sort::Due || self.breached.is_some()) {
            let at = if sort == Sort::Due { "sort" } else { "breached" };
            let detail = "your roles do not see what is due";
            return Err(Refusal::new(Code::InputMalformed, detail).at(at).into());
        }

        let scope = Scope::of(sight.caller, self.mine);
        let wanted = Wanted { scope, only: &self, states: None };
        let found = match sort {
            Sort::Due => by_due(snap, sight.caller, &wanted, self.after, self.limit)?,
            Sort::Newest => newest(snap, sight.caller, &wanted, self.after, self.limit)?,
        };
        let items: Vec<_> = found
            .items
            .iter()
            .map(|ticket| view::brief(sight.caller, ticket, snap.now()))
            .collect();
        Looked::new(&Page { items, next: found.next })
    }
}

/// By what a caller may see tickets at all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scope {
    all: bool,
    as_contact: bool,
    as_technician: bool,
}

impl Scope {
    fn of(caller: &Caller, mine: bool) -> Self {
        let outside = Roles::of(&[Role::Customer, Role::Technician, Role::AgentLiaison]);
        let has = |role| caller.roles.contains(role);
        let inside = caller.roles.iter().any(|role| !outside.contains(role));
        Self {
            all: inside && !mine,
            as_contact: has(Role::Customer) || (inside && mine),
            as_technician: has(Role::Technician) || has(Role::AgentLiaison) || (inside && mine),
        }
    }

    pub(crate) const ALL: Self = Self { all: true, as_contact: false, as_technician: false };
}

/// What a list is made of.
pub(crate) struct Wanted<'a> {
    pub scope: Scope,
    pub only: &'a List,
    /// One of these states.
    pub states: Option<&'a [State]>,
}

impl Wanted<'_> {
    /// The names of the states to look in, each with a space on both sides.
    fn state_names(&self) -> Option<String> {
        let phase = self.only.phase;
        if phase.is_none() && self.only.state.is_none() && self.states.is_none() {
            return None;
        }
        let during_work = |state: &State| *state == State::ApprovalRequired;
        let in_phase = |state: &State| {
            phase.is_none_or(|phase| {
                state.phase() == phase || (phase == Phase::Onsite && during_work(state))
            })
        };
        let names = State::ALL
            .iter()
            .filter(|state| in_phase(state))
            .filter(|state| self.only.state.is_none_or(|only| only == **state))
            .filter(|state| self.states.is_none_or(|states| states.contains(state)))
            .map(|state| format!(" {state} "));
        Some(names.collect())
    }

    /// Whether work has begun, where an approval is waited for and it matters.
    fn during_work(&self) -> Option<bool> {
        self.only.phase.map(|phase| phase == Phase::Onsite)
    }
}

/// Tickets by what is due next.
///
/// # Errors
/// If the database does not answer or a row cannot be read.
pub(crate) fn by_due(
    snap: &Snap<'_>,
    caller: &Caller,
    wanted: &Wanted<'_>,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Ticket, Cursor>, Fault> {
    let (due, id) = match after {
        Some(cursor) => (cursor.due, cursor.ticket.to_string()),
        None => (i64::MIN, String::new()),
    };
    let only = wanted.only;
    let (tenant, subject): (Id<Tenant>, _) = (caller.tenant, caller.subject());
    let args = args![
        tenant,
        subject,
        wanted.scope.all,
        wanted.scope.as_contact,
        wanted.scope.as_technician,
        wanted.state_names(),
        wanted.during_work(),
        only.priority.map(store::priority_name),
        only.incident_type.as_ref().map(Key::as_str),
        only.site,
        only.technician,
        only.breached,
        snap.now(),
        limit.rows(),
        id,
        due,
    ];
    let found = snap.all(&TICKETS_BY_DUE, args, store::ticket)?;
    Ok(Page::cut(found, limit, cursor))
}

fn newest(
    snap: &Snap<'_>,
    caller: &Caller,
    wanted: &Wanted<'_>,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Ticket, Cursor>, Fault> {
    // A tilde sorts after every id.
    let before = after.map_or_else(|| "~".to_owned(), |cursor| cursor.ticket.to_string());
    let only = wanted.only;
    let args = args![
        caller.tenant,
        caller.subject(),
        wanted.scope.all,
        wanted.scope.as_contact,
        wanted.scope.as_technician,
        wanted.state_names(),
        wanted.during_work(),
        only.priority.map(store::priority_name),
        only.incident_type.as_ref().map(Key::as_str),
        only.site,
        only.technician,
        only.breached,
        snap.now(),
        limit.rows(),
        before,
    ];
    let found = snap.all(&TICKETS_NEWEST, args, store::ticket)?;
    Ok(Page::cut(found, limit, cursor))
}

fn cursor(ticket: &Ticket) -> Cursor {
    Cursor { due: store::due_at(ticket), ticket: ticket.id }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.due, self.ticket)
    }
}
impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (due, ticket) = text.split_once('.').ok_or(BadCursor)?;
        Ok(Self {
            due: due.parse().map_err(|_| BadCursor)?,
            ticket: ticket.parse().map_err(|_| BadCursor)?,
        })
    }
}
crate::page::cursor_as_text!(Cursor);

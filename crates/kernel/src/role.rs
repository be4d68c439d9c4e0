//! What a principal may be. There are no aliases and there is no default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal, $short:literal;)*) => {
        /// A role, as tokens and grants spell it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum Role { $($(#[$doc])* #[serde(rename = $name)] $role,)* }

        impl Role {
            pub const ALL: &[Self] = &[$(Self::$role),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$role => $name),* }
            }

            /// The letters that stand for the role in tables.
            pub const fn short(self) -> &'static str {
                match self { $(Self::$role => $short),* }
            }
        }
    };
}

roles! {
    /// Runs the day.
    Dispatcher = "dispatcher", "D";
    /// Does the work on site.
    Technician = "technician", "T";
    /// Checks that the work was done.
    Qa = "qa", "Q";
    /// Decides about money.
    Approver = "approver", "A";
    /// Bills.
    Finance = "finance", "F";
    /// Asked for the work.
    Customer = "customer", "C";
    /// Sets the tenant up.
    Admin = "admin", "X";
    /// Reads what happened, and changes nothing.
    Auditor = "auditor", "U";
    /// The agent that takes calls in.
    AgentIntake = "agent_intake", "Ai";
    /// The agent that finds times and people.
    AgentScheduling = "agent_scheduling", "As";
    /// The agent that helps the technician on site.
    AgentLiaison = "agent_liaison", "Al";
    /// The agent that gets finished work closed.
    AgentCloseout = "agent_closeout", "Ac";
    /// The program of somebody else that has jobs of its own kinds done.
    Integration = "integration", "I";
    /// The program of somebody else that does them.
    Worker = "worker", "W";
}

impl Role {
    pub const fn is_agent(self) -> bool {
        matches!(
            self,
            Self::AgentIntake | Self::AgentScheduling | Self::AgentLiaison | Self::AgentCloseout
        )
    }

    /// Whether the role is for services alone: nobody is there to be asked.
    pub const fn is_of_services(self) -> bool {
        matches!(self, Self::Integration | Self::Worker)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Roles(u16);

impl Roles {
    pub const NONE: Self = Self(0);

    pub const fn of(roles: &[Role]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < roles.len() {
            set |= 1 << roles[at] as u16;
            at += 1;
        }
        Self(set)
    }

    pub const fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u16) != 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles in the order they are declared.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.contains(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::NONE, |set, role| set.union(Self::of(&[role])))
    }
}

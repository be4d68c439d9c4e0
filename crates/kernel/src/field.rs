//! Which field of a ticket which role may see.

use crate::role::{Role, Roles};

macro_rules! fields {
    ($($field:ident = $name:literal [$($role:ident)*];)*) => {
        /// A field of a ticket's view that not everybody sees. Whatever is not
        /// listed here (id, state, version, times) goes to everyone who may see
        /// the ticket at all.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field { $($field,)* }

        impl Field {
            pub const ALL: &[Self] = &[$(Self::$field),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$field => $name),* }
            }

            pub const fn roles(self) -> Roles {
                match self { $(Self::$field => Roles::of(&[$(Role::$role),*])),* }
            }
        }
    };
}

fields! {
    // The caller's own words: shown to agents too, but only as quoted text.
    Reported = "reported" [
        Dispatcher Technician Qa Approver Finance Customer
        AgentIntake AgentScheduling AgentLiaison AgentCloseout
    ];
    // Who called, with number and address. Agents get a contact id instead.
    Contact = "contact_details" [Dispatcher Technician Customer Admin];
    // How to get in. Also needs the right moment and leaves an audit entry.
    AccessCode = "access_code" [Dispatcher Technician];
    Address = "address" [
        Dispatcher Technician Qa Finance Customer Admin AgentScheduling AgentLiaison
    ];
    Identity = "identity" [Dispatcher Auditor AgentIntake];
    Nte = "nte" [Dispatcher Technician Qa Approver Finance Customer AgentLiaison AgentCloseout];
    Cost = "cost_so_far" [Dispatcher Technician Approver Finance AgentCloseout];
    Technician = "technician" [
        Dispatcher Technician Qa Approver Finance Customer Auditor AgentScheduling AgentLiaison AgentCloseout
    ];
    Clocks = "clocks" [Dispatcher Qa Approver Auditor AgentIntake AgentScheduling];
    Standing = "standing" [
        Dispatcher Technician Qa Approver Finance Auditor
        AgentIntake AgentScheduling AgentLiaison AgentCloseout
    ];
}

impl Field {
    /// Whether somebody with these roles may see the field.
    pub const fn seen_by(self, roles: Roles) -> bool {
        !self.roles().intersection(roles).is_empty()
    }
}

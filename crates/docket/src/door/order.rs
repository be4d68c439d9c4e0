//! A command on its way into its transaction.

use super::{
    Call, Command,
    command::{self, Admitted, Went},
    idempotency,
};
use crate::{
    db::{Committed, Task, Tx},
    evidence::Reread,
    identity::Caller,
    policy, ticket,
};

/// A command on its way into its transaction.
pub(super) struct Order {
    pub caller: Caller,
    pub call: Call,
    pub admitted: Admitted,
    pub beside: Beside,
}

impl Task<Went> for Order {
    fn ask_ahead(&self, tx: &mut Tx<'_>) {
        let Self { caller, call, admitted, .. } = self;
        ask_ahead(tx, caller, call, &admitted.command, &admitted.key);
        if let Some(ticket) = admitted.command.ticket() {
            ticket::foresee_in_turn(tx, caller, ticket);
        }
    }

    fn run(self, tx: &mut Tx<'_>) -> Committed<Went> {
        command::commit(tx, &self.caller, &self.call, self.admitted, self.beside)
    }
}

/// Takes the lock of the call, and asks ahead for what every command asks first.
pub(super) fn ask_ahead(
    tx: &mut Tx<'_>,
    caller: &Caller,
    call: &Call,
    command: &Command,
    key: &str,
) {
    idempotency::lock(tx, caller, call.tool, key);
    idempotency::foresee(tx, caller, call.tool, key);
    command.ask_ahead(tx, caller);
}

/// What a verb may need that neither the call nor the database has.
pub(super) struct Beside {
    pub reread: Option<Reread>,
    pub keys: Option<policy::Keys>,
}

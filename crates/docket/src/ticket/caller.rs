//! Who called, kept apart from the ticket: it is personal and has to be forgettable.

use crate::{
    db::{Tx, args, statements},
    door::Act,
    failure::Failure,
    message::{Normal, Sender},
};
use kernel::{
    contact::{Email, Phone},
    id::{self, Id},
};

statements! {
    CALLER_ADD = "caller_add.sql";
}

/// Keeps who called, as it was typed and as we compare it.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    act: &Act<'_>,
    ticket: Id<id::Ticket>,
    typed: &Sender,
    normal: &Normal,
) -> Result<(), Failure> {
    let args = args![
        act.caller.tenant,
        ticket,
        normal.name.as_ref(),
        normal.phone.as_ref().map(Phone::as_str),
        normal.email.as_ref().map(Email::key),
        serde_json::to_vec(typed)?,
    ];
    Ok(tx.put(&CALLER_ADD, args)?)
}

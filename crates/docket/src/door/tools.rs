//! From a tool's name to the verb that carries it out. The matches have no `_`
//! arm: a new tool does not compile until somebody has written it.

use super::{command::Command, look::Glance};
use crate::{
    failure::Failure,
    identity::{principal, token},
    ticket,
};
use kernel::{
    refusal::{Code, Refusal},
    tool::Tool,
};

pub(super) fn command(tool: Tool, input: &[u8]) -> Result<Command, Failure> {
    match tool {
        Tool::TicketCreate => Command::new_ticket::<ticket::create::Create>(input),
        Tool::PrincipalPut => Command::verb::<principal::put::Put>(input),
        Tool::PrincipalRevoke => Command::verb::<principal::revoke::Revoke>(input),
        Tool::TokenRevoke => Command::verb::<token::revoke::Revoke>(input),
        _ => Err(unknown(tool)),
    }
}

pub(super) fn glance(tool: Tool, input: &[u8]) -> Result<Glance, Failure> {
    match tool {
        Tool::TicketGet => Glance::new::<ticket::get::Get>(input),
        Tool::PrincipalList => Glance::new::<principal::list::List>(input),
        _ => Err(unknown(tool)),
    }
}

fn unknown(tool: Tool) -> Failure {
    Refusal::new(Code::ToolUnknown, format!("`{tool}` is not called this way")).into()
}

//! Drafting the invoice: everything that was done, priced by the card, and
//! only if all of it agrees.

use crate::{
    approval::{self, Status},
    closeout::work,
    db::Tx,
    directory::rate_card,
    door::{Act, OnTicket},
    evidence,
    failure::Failure,
    invoice,
    ticket::{Standing, Ticket},
};
use kernel::{
    id::{self, Id, Invoice},
    invoice::{BadPrice, Draft, Work, price},
    money::Money,
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Draft the invoice of verified work.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateInvoice {
    pub ticket: Id<id::Ticket>,
}

#[derive(Debug, Serialize)]
pub struct Generated {
    pub invoice: Id<Invoice>,
    pub draft: Draft,
}

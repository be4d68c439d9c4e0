//! Reading a signed packet.

use super::{envelope, store};
use crate::{
    db::Snap,
    door::{Look, Looked, Sight},
    failure::Failure,
};
use kernel::{
    id::{Id, Ticket},
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Read the signed proof of how a ticket was closed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetPacket {
    pub ticket: Id<Ticket>,
    /// Which closing, counted from 1; the last one if left out.
    pub version: Option<i64>,
}

impl Look for GetPacket {
    const BEFORE: crate::door::Before = crate::door::Before::Packet;

    fn ticket(&self) -> Option<Id<Ticket>> {
        Some(self.ticket)
    }

    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let kept = store::kept(snap, sight.caller.tenant, self.ticket, self.version)?;
        let (body, rest) = kept.ok_or_else(|| {
            Refusal::new(Code::PacketMissing, "there is no packet of this ticket and version")
        })?;
        Ok(Looked::text(envelope(&body, rest)?))
    }
}

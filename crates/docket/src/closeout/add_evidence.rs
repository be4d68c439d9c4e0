//! Adding evidence: bytes that we hold become proof of something on a ticket.

use super::gate::template;
use crate::{
    db::{Tx, args, statements},
    door::{Act, OnTicket},
    evidence,
    failure::Failure,
    ticket::Ticket,
};
use kernel::{
    canonical::Digest,
    id::{self, Evidence, Id},
    key::Key,
    refusal::{Code, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

statements! {
    EVIDENCE_ADD = "evidence_add.sql";
}

/// What a key begins with that no incident type asks for.
const EXTRA: &str = "extra_";

/// Make uploaded bytes evidence on a ticket.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddEvidence {
    pub ticket: Id<id::Ticket>,
    /// A key that the incident type asks for, or one that begins with `extra_`.
    pub key: Key,
    /// SHA-256 of bytes that were uploaded.
    pub digest: Digest,
}

#[derive(Debug, Serialize)]
pub struct Added {
    pub evidence: Id<Evidence>,
    pub key: Key,
    pub digest: Digest,
    pub size: i64,
    pub media_type: String,
}

impl OnTicket for AddEvidence {
    type Done = Added;

    fn ticket(&self) -> Id<id::Ticket> {
        self.ticket
    }

    fn run(
        self,
        tx: &mut Tx<'_>,
        act: &mut Act<'_>,
        ticket: &mut Ticket,
    ) -> Result<Added, Failure> {
        let tenant = act.caller.tenant;
        let template = template(tx, tenant, ticket)?;
        if !template.evidence.contains(&self.key) && !self.key.as_str().starts_with(EXTRA) {
            let detail = format!("`{}` asks for no such evidence", template.name);
            let asked = template.evidence.iter().map(ToString::to_string).collect();
            return Err(Refusal::new(Code::EvidenceKeyUnknown, detail)
                .at("key")
                .missing(asked)
                .into());
        }
        let Some(held) = evidence::blob(tx, tenant, self.digest)? else {
            let detail = format!("we hold no bytes with the digest `{}`", self.digest);
            return Err(Refusal::new(Code::EvidenceUnheld, detail).at("digest").into());
        };

        let evidence = self.add(tx, act)?;
        act.subject(evidence);
        act.fact("key", self.key.as_str());
        act.fact("digest", self.digest.to_string());
        let Self { key, digest, .. } = self;
        Ok(Added { evidence, key, digest, size: held.size, media_type: held.media_type })
    }
}

impl AddEvidence {
    /// The same bytes under the same key are the piece that is there already.
    fn add(&self, tx: &mut Tx<'_>, act: &Act<'_>) -> Result<Id<Evidence>, Failure> {
        let (tenant, id) = (act.caller.tenant, tx.new_id());
        let args = args![
            tenant,
            id,
            self.ticket,
            self.key.as_str(),
            self.digest.to_string(),
            act.caller.actor,
            act.caller.on_behalf_of,
            tx.now(),
        ];
        if tx.execute(&EVIDENCE_ADD, args)? == 1 {
            return Ok(id);
        }
        let pieces = evidence::of_ticket(tx, tenant, self.ticket)?;
        let same = |piece: &&evidence::Piece| piece.key == self.key && piece.digest == self.digest;
        Ok(pieces.iter().find(same).map_or(id, |piece| piece.id))
    }
}

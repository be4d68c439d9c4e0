//! May somebody read the bytes of a piece of evidence. The bytes themselves
//! come from the [`super::Store`] once the door has said yes.

use super::blob;
use crate::{
    db::{Row, Snap, args, statements},
    door::{Look, Looked, Sight},
    failure::{Failure, Fault},
};
use kernel::{
    canonical::Digest,
    id::{Evidence, Id, Ticket},
    refusal::{Code, Refusal},
    role::{Role, Roles},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

statements! {
    READ_BY_ANY = "read_by_any.sql";
    READ_BY_TECHNICIAN = "read_by_technician.sql";
}

/// Those who may look at every ticket's evidence.
const OFFICE: Roles =
    Roles::of(&[Role::Dispatcher, Role::Qa, Role::Approver, Role::Finance, Role::Auditor]);

/// Read the bytes of a piece of evidence, or a part of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// The first byte wanted, counted from 0.
    pub from: Option<u64>,
    /// The first byte no longer wanted; the end, if that comes earlier.
    pub to: Option<u64>,
    /// Instead of both: how many bytes before the end.
    pub last: Option<u64>,
}

/// What the bytes are, and which of them were asked for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Readable {
    pub digest: Digest,
    pub size: u64,
    pub media_type: String,
    pub from: u64,
    pub to: u64,
}

impl Look for Read {
    fn look(self, snap: &Snap<'_>, sight: &Sight<'_>) -> Result<Looked, Failure> {
        let pieces = pieces(snap, sight, self.digest)?;
        let held = blob(snap, sight.caller.tenant, self.digest)?;
        let (Some(held), false) = (held, pieces.is_empty()) else {
            let detail = format!("there is no evidence `{}`", self.digest);
            return Err(Refusal::new(Code::RecordNotFound, detail).into());
        };

        let size = u64::try_from(held.size).unwrap_or(0);
        let from = self.last.map_or(self.from.unwrap_or(0), |last| size.saturating_sub(last));
        let to = self.to.unwrap_or(size).min(size);
        if from >= to || (self.last.is_some() && self.from.or(self.to).is_some()) {
            let detail = format!("there is no such range in {size} bytes");
            return Err(Refusal::new(Code::EvidenceRange, detail).fact("size", size).into());
        }

        let mut facts = Map::new();
        facts.insert("digest".into(), self.digest.to_string().into());
        facts.insert("from".into(), from.into());
        facts.insert("to".into(), to.into());
        let ids: Vec<_> = pieces.iter().map(|(piece, _)| piece.to_string()).collect();
        facts.insert("evidence".into(), ids.into());
        let media_type = held.media_type;
        let view = Readable { digest: self.digest, size, media_type, from, to };
        Ok(Looked::new(&view)?.sensitive(facts))
    }
}

type Piece = (Id<Evidence>, Id<Ticket>);

/// The pieces with these bytes on tickets whose evidence the caller may see.
/// Bytes that are on no such ticket are not there.
fn pieces(snap: &Snap<'_>, sight: &Sight<'_>, digest: Digest) -> Result<Vec<Piece>, Fault> {
    let (caller, digest) = (sight.caller, digest.to_string());
    let piece = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    if caller.roles.intersection(OFFICE).is_empty() {
        let args = args![caller.tenant, digest, caller.subject()];
        return snap.all(&READ_BY_TECHNICIAN, args, piece);
    }
    snap.all(&READ_BY_ANY, args![caller.tenant, digest], piece)
}

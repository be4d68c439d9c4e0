//! Reading evidence again before something is decided on it.

use super::{Piece, Store, of_ticket};
use crate::{db::Db, failure::Failure};
use futures_util::{StreamExt, TryStreamExt, stream};
use kernel::{
    canonical::Digest,
    id::{Evidence, Id, Tenant, Ticket},
};
use std::collections::{BTreeMap, BTreeSet};

/// How many pieces of one ticket are read at a time.
const AT_ONCE: usize = 4;

/// What was found when all evidence of a ticket was read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reread(BTreeMap<Id<Evidence>, (Digest, bool)>);

impl Reread {
    /// Reads the bytes of all evidence that the ticket has now. Slow: never in
    /// a transaction.
    ///
    /// # Errors
    /// A fault of the database or the storage.
    pub(crate) async fn of(
        db: &Db,
        store: &Store,
        tenant: Id<Tenant>,
        ticket: Id<Ticket>,
    ) -> Result<Self, Failure> {
        let pieces = db.read(tenant, move |snap| Ok(of_ticket(snap, tenant, ticket)?)).await?;
        let digests: BTreeSet<Digest> = pieces.iter().map(|piece| piece.digest).collect();
        let checks = digests.into_iter().map(|digest| async move {
            store.still_holds(tenant, digest).await.map(|held| (digest, held))
        });
        let found: BTreeMap<Digest, bool> =
            stream::iter(checks).buffer_unordered(AT_ONCE).try_collect().await?;
        let held = |piece: &Piece| found.get(&piece.digest).copied().unwrap_or(false);
        Ok(Self(pieces.iter().map(|piece| (piece.id, (piece.digest, held(piece)))).collect()))
    }

    /// Whether exactly these pieces were read.
    pub fn is_of(&self, pieces: &[Piece]) -> bool {
        self.0.len() == pieces.len()
            && pieces.iter().all(|piece| {
                self.0.get(&piece.id).is_some_and(|(digest, _)| *digest == piece.digest)
            })
    }

    /// Whether the bytes of a piece were there and had their digest.
    pub fn holds(&self, piece: Id<Evidence>) -> bool {
        self.0.get(&piece).is_some_and(|(_, held)| *held)
    }
}

//! Rotating the token keys, and writing it down.

use super::Ring;
use crate::{
    db::{Committed, Db, Scope},
    failure::Failure,
    identity::{self, Issuer},
};
use kernel::audit::Outcome;

impl Issuer {
    /// Makes a new active key. The one before goes on verifying until what it
    /// signed has expired. Answers the name of the new key.
    ///
    /// # Errors
    /// If a file cannot be read or written, or it cannot be recorded.
    pub async fn rotate(&self, db: &Db) -> Result<String, Failure> {
        self.ring.rotate(db).await
    }
}

impl Ring {
    /// The same for the keys of any ring; the first, if it has none yet.
    ///
    /// # Errors
    /// See [`Issuer::rotate`].
    pub async fn rotate(&self, db: &Db) -> Result<String, Failure> {
        let fresh = self.draw()?;
        let (kid, ring) = (fresh.kid.clone(), self.name());
        // Recorded first: a key in the log that never signed is a smaller lie
        // than one that signs and is not in the log.
        let wrote = db.write(Scope::Everyone, move |tx| {
            let recorded = identity::operator(tx).and_then(|operator| {
                tx.enter(operator);
                let mut entry =
                    identity::entry(tx, operator, "cli", "key.rotate", Outcome::Configured);
                entry.payload.insert("kid".to_owned(), kid.into());
                entry.payload.insert("ring".to_owned(), ring.into());
                tx.record(&entry)
            });
            match recorded {
                Ok(recorded) => Committed::Changed((), recorded),
                Err(fault) => Committed::Failed(fault.into()),
            }
        });
        wrote.await?;
        Ok(self.activate(fresh, db.clock().now())?)
    }
}

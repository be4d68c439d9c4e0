//! Rotating the token keys, and writing it down.

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
        let fresh = self.ring.draw()?;
        let kid = fresh.kid.clone();
        // Recorded first: a key in the log that never signed is a smaller lie
        // than one that signs and is not in the log.
        let wrote = db.write(Scope::Everyone, move |tx| {
            let recorded = identity::operator(tx).and_then(|operator| {
                tx.enter(operator);
                let mut entry =
                    identity::entry(tx, operator, "cli", "key.rotate", Outcome::Configured);
                entry.payload.insert("kid".to_owned(), kid.into());
                tx.record(&entry)
            });
            match recorded {
                Ok(recorded) => Committed::Changed((), recorded),
                Err(fault) => Committed::Failed(fault.into()),
            }
        });
        wrote.await?;
        Ok(self.ring.activate(fresh, db.clock().now())?)
    }
}

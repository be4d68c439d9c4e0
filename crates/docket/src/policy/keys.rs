//! The keys that policy tokens are signed with, and checked.

use crate::{
    failure::{Failure, Fault},
    identity::{
        LIFE_MAX, Ring,
        key::ring::{Index, Stamp},
    },
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::Timestamp;
use kernel::{
    policy,
    refusal::{Code, Refusal},
};
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

// A key that was rotated away verifies for as long as what it signed may count.
const _: () = assert!(policy::LIFE_MAX.as_secs() <= LIFE_MAX.as_secs());

/// The ring of the policy keys. Where there is none, nothing is permitted. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    ring: Ring,
    /// What was read last, and of which index.
    known: Mutex<Option<(Stamp, Arc<Index>)>>,
}

impl Keys {
    pub fn of(ring: Ring) -> Self {
        Self(Arc::new(Inner { ring, known: Mutex::default() }))
    }

    /// The public halves, as others may read them; none, if no key was made.
    ///
    /// # Errors
    /// If there is an index and it cannot be read.
    pub fn index(&self) -> Result<Arc<Index>, Fault> {
        let stamp = match self.0.ring.stamp() {
            Err(Fault::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                return Ok(Arc::default());
            }
            stamp => stamp?,
        };
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, index)) = known.as_ref().filter(|(of, _)| *of == stamp) {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(self.0.ring.index()?);
        *known = Some((stamp, Arc::clone(&index)));
        Ok(index)
    }

    /// The keys that verify at this time.
    pub(crate) fn trusted(&self, now: Timestamp) -> Result<Vec<VerifyingKey>, Fault> {
        let index = self.index()?;
        index.keys.iter().filter(|key| key.verifies(now)).map(|key| key.public()).collect()
    }

    /// The key that signs.
    pub(crate) fn signer(&self) -> Result<SigningKey, Failure> {
        if self.index()?.keys.is_empty() {
            let detail = "this Docket has no key for policy tokens";
            return Err(Refusal::new(Code::PolicyNoKey, detail).into());
        }
        Ok(self.0.ring.signer()?.1)
    }
}

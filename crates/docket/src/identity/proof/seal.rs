//! The body of a request, held against what its proof says of it.

use super::{Proven, mismatch};
use crate::identity::key::Thumbprint;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use kernel::refusal::Refusal;
use sha2::{Digest, Sha256};
use std::io;

/// A proof that was spent, of a request whose body nobody has looked at yet.
#[derive(Clone, Copy, Debug)]
pub struct Seal {
    key: Thumbprint,
    body: [u8; 32],
}

/// What ends a stream of bytes that are not the ones that were signed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the bytes are not the ones that were signed")]
pub struct Altered;

impl Altered {
    /// What is said of a stream that ended like that, if it did.
    pub(crate) fn refusal_of(error: &io::Error) -> Option<Box<Refusal>> {
        error.get_ref().filter(|cause| cause.is::<Self>()).map(|_| altered())
    }
}

fn altered() -> Box<Refusal> {
    mismatch("the proof is for another body")
}

impl Seal {
    pub(super) const fn new(key: Thumbprint, body: [u8; 32]) -> Self {
        Self { key, body }
    }

    /// Opens it over a body.
    ///
    /// # Errors
    /// `proof.mismatch`, if that is not the body that was signed.
    pub fn over(self, body: &[u8]) -> Result<Proven, Box<Refusal>> {
        let same = self.body == <[u8; 32]>::from(Sha256::digest(body));
        same.then_some(Proven(self.key)).ok_or_else(altered)
    }

    /// Opens it over bytes that are still arriving, which end with [`Altered`] if
    /// they turn out not to be the ones that were signed. Whoever takes them has
    /// to keep nothing of what ends with an error.
    pub fn over_all<S>(
        self,
        bytes: S,
    ) -> (Proven, impl Stream<Item = io::Result<Bytes>> + Send + use<S>)
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        let reading = Some((Box::pin(bytes), Sha256::new()));
        let checked = stream::unfold(reading, move |reading| async move {
            let (mut bytes, mut seen) = reading?;
            match bytes.next().await {
                Some(Ok(part)) => {
                    seen.update(&part);
                    Some((Ok(part), Some((bytes, seen))))
                }
                Some(Err(error)) => Some((Err(error), None)),
                None => {
                    let same = self.body == <[u8; 32]>::from(seen.finalize());
                    (!same).then(|| (Err(io::Error::other(Altered)), None))
                }
            }
        });
        (Proven(self.key), checked)
    }
}

//! Remembering which proofs were shown, for all servers.

use super::{Checked, Seal};
use crate::{
    audit::Recorded,
    db::{Committed, Db, args, statements},
    failure::Failure,
};
use kernel::{
    id::{Id, Tenant},
    refusal::{Code, Refusal},
};

statements! {
    NONCE_ADD = "nonce_add.sql";
}

/// Has a proof count, and never again. It is on disk before anything is done
/// for whoever showed it: a server that dies has not forgotten it, and of two
/// that are shown it at the same moment, one waits for the other.
///
/// # Errors
/// `proof.replayed`, or that the database does not answer.
pub(in crate::identity) async fn spend(
    db: &Db,
    tenant: Id<Tenant>,
    proof: Checked,
) -> Result<Seal, Failure> {
    let Checked { seal, nonce, until } = proof;
    let first = db.write(tenant, move |tx| {
        match tx.execute(&NONCE_ADD, args![tenant, nonce.to_string(), until]) {
            Ok(0) => Committed::Unchanged(false),
            Ok(_) => Committed::Changed(true, Recorded::by_the_gate()),
            Err(fault) => Committed::Failed(fault.into()),
        }
    });
    if first.await? {
        return Ok(seal);
    }
    Err(Refusal::new(Code::ProofReplayed, "the proof was shown before").into())
}

//! Writing down that bytes are held. The input is a [`Held`], which only the
//! store makes: no caller can say of itself that it uploaded something.

use super::Held;
use crate::{
    db::{Tx, args, statements},
    door::Act,
    failure::Failure,
};

statements! {
    BLOB_ADD = "blob_add.sql";
}

pub(crate) fn hold(tx: &mut Tx<'_>, act: &mut Act<'_>, held: Held) -> Result<Held, Failure> {
    let caller = act.caller;
    let digest = held.digest.to_string();
    let args =
        args![caller.tenant, &digest, held.size, &held.media_type, caller.subject(), tx.now()];
    tx.put(&BLOB_ADD, args)?;
    act.fact("digest", digest);
    act.fact("size", held.size);
    act.fact("media_type", held.media_type.as_str());
    Ok(held)
}

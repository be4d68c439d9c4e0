//! What the foreman says to the database: how jobs ended, and that it keeps others.

use crate::{
    db::{Db, Tx},
    failure::{Failure, Fault},
    job::{Ended, Held, Put, Renewal, Renewed, carry, complete, end, renew},
};
use kernel::job::LeaseLost;
use std::collections::BTreeMap;

/// How a job ended, as it is going to be written down.
#[derive(Clone, Debug)]
pub enum Ack {
    Done(Option<String>),
    End(Ended),
}

/// What became of the jobs that were acknowledged.
pub(super) type Acknowledged = Vec<(Held, Result<Put, LeaseLost>)>;

/// Writes down how jobs ended, all in one transaction.
pub(super) async fn acknowledge(db: &Db, acks: Vec<(Held, Ack)>) -> Result<Acknowledged, Failure> {
    carry(db, move |tx| Ok(write(tx, &acks)?)).await
}

fn write(tx: &mut Tx<'_>, acks: &[(Held, Ack)]) -> Result<Acknowledged, Fault> {
    let mut done = Vec::new();
    let mut answers = Vec::with_capacity(acks.len());
    for (held, ack) in acks {
        match ack {
            Ack::Done(result) => done.push((*held, result.clone())),
            Ack::End(ended) => answers.push((*held, end(tx, *held, ended)?)),
        }
    }
    let puts = complete(tx, &done)?;
    answers.extend(done.into_iter().map(|(held, _)| held).zip(puts));
    Ok(answers)
}

/// Keeps jobs for longer.
pub(super) async fn keep(
    db: &Db,
    wishes: Vec<Renewal>,
) -> Result<BTreeMap<Held, Renewed>, Failure> {
    carry(db, move |tx| Ok(renew(tx, &wishes)?)).await
}

//! What is said at once: a statement, once for all who say it.

use super::{
    fault, in_file,
    known::Asked,
    moved,
    packet::{Item, Put},
    put,
    wire::{NOT_ONE, Wire},
};
use crate::{db::value::Value, failure::Fault};
use futures_util::TryStreamExt;
use std::pin::Pin;
use tokio_postgres::{Client, Error, Row, Statement};

/// What is said at once.
pub(super) enum Parcel {
    Words(String),
    Lock(i64),
    /// Locks that are not waited for.
    FreeLocks(Vec<i64>),
    /// The same statement, once or more often.
    Puts(Vec<Put>),
    /// The same question, once or more often.
    Asks(Vec<Asked>),
}

pub(super) type Sent<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Error>> + 'a>>;

/// Lays together what can be said at once.
///
/// # Errors
/// If a statement cannot be prepared.
pub(super) fn lay(items: Vec<Item>, wire: &mut Wire) -> Result<Vec<Parcel>, Fault> {
    let mut parcels: Vec<Parcel> = Vec::new();
    for item in items {
        match item {
            Item::Words(words) => parcels.push(Parcel::Words(words)),
            Item::Lock(key) => parcels.push(Parcel::Lock(key)),
            Item::FreeLock(key) => match parcels.last_mut() {
                Some(Parcel::FreeLocks(keys)) => keys.push(key),
                _ => parcels.push(Parcel::FreeLocks(vec![key])),
            },
            Item::Put(put) => match place_of_put(&mut parcels, &put) {
                Some(puts) if wire.prepared_for_many(put.sql)?.is_some() => puts.push(put),
                _ => parcels.push(Parcel::Puts(vec![put])),
            },
            Item::Ask(asked) => match place_of_ask(&mut parcels, &asked) {
                Some(asks) if wire.prepared_for_many(asked.sql)?.is_some() => asks.push(asked),
                _ => parcels.push(Parcel::Asks(vec![asked])),
            },
        }
    }
    Ok(parcels)
}

/// Where the same question is asked already, among those that come last.
fn place_of_ask<'a>(parcels: &'a mut [Parcel], asked: &Asked) -> Option<&'a mut Vec<Asked>> {
    for parcel in parcels.iter_mut().rev() {
        let Parcel::Asks(asks) = parcel else { return None };
        if asks.iter().any(|other| std::ptr::eq(other.sql, asked.sql)) {
            return Some(asks);
        }
    }
    None
}

/// Where a row may go with others of its kind. It may overtake what other commands
/// insert elsewhere, and nothing of its own command, which may be what it belongs to.
fn place_of_put<'a>(parcels: &'a mut [Parcel], put: &Put) -> Option<&'a mut Vec<Put>> {
    if put.one || !put.sql.only_inserts() {
        return None;
    }
    for parcel in parcels.iter_mut().rev() {
        let Parcel::Puts(puts) = parcel else { return None };
        let last = puts.last()?;
        if std::ptr::eq(last.sql, put.sql) {
            return Some(puts);
        }
        let elsewhere = last.sql.only_inserts() && last.sql.writes_to() != put.sql.writes_to();
        if !elsewhere || last.one || last.by == put.by {
            return None;
        }
    }
    None
}

impl Parcel {
    pub(super) fn statement(&self, wire: &mut Wire) -> Result<Option<Statement>, Fault> {
        Ok(match self {
            Self::Words(_) => None,
            Self::Lock(_) => Some(wire.lock().clone()),
            Self::FreeLocks(_) => Some(wire.free_locks().clone()),
            Self::Puts(puts) => match puts.as_slice() {
                [Put { sql, one: true, .. }] => Some(wire.prepared_for_one(sql)?),
                [Put { sql, .. }] => Some(wire.prepared(sql)?),
                puts => wire.prepared_for_many(puts[0].sql)?,
            },
            Self::Asks(asks) => match asks.as_slice() {
                [Asked { sql, .. }] => Some(wire.prepared(sql)?),
                asks => wire.prepared_for_many(asks[0].sql)?,
            },
        })
    }

    pub(super) fn sent<'a>(
        &'a self,
        client: &'a Client,
        statement: Option<&'a Statement>,
    ) -> Sent<'a> {
        match (self, statement) {
            (Self::Words(words), _) => {
                Box::pin(async { client.batch_execute(words).await.map(|()| Vec::new()) })
            }
            (Self::Lock(key), Some(lock)) => Box::pin(async {
                client.execute_raw(lock, [Value::Int(*key)]).await.map(|_| Vec::new())
            }),
            (Self::FreeLocks(keys), Some(lock)) => {
                Box::pin(async move { client.execute_raw(lock, [keys]).await.map(|_| Vec::new()) })
            }
            (Self::Puts(puts), Some(put)) => Box::pin(async {
                let args: Vec<_> = puts.iter().map(|put| put.args.as_slice()).collect();
                let done = match args.as_slice() {
                    [args] => client.execute_raw(put, *args).await,
                    args => client.execute_raw(put, lists(args)).await,
                };
                done.map(|_| Vec::new())
            }),
            (Self::Asks(asks), Some(ask)) => Box::pin(async {
                let args: Vec<_> = asks.iter().map(|ask| ask.args.as_slice()).collect();
                let rows = match args.as_slice() {
                    [args] => client.query_raw(ask, *args).await?,
                    args => client.query_raw(ask, lists(args)).await?,
                };
                rows.try_collect().await
            }),
            (_, None) => Box::pin(async { Ok(Vec::new()) }),
        }
    }

    /// What was heard, question by question.
    ///
    /// # Errors
    /// What was heard instead.
    pub(super) fn heard(
        self,
        heard: Result<Vec<Row>, Error>,
    ) -> Result<Vec<(Asked, Vec<Row>)>, Fault> {
        match (self, heard) {
            (Self::Asks(asks), Ok(rows)) => each_its_own(asks, rows),
            (Self::Asks(asks), Err(error)) => Err(in_file(asks[0].sql, error)),
            (Self::Puts(puts), Err(error)) => Err(put(puts[0].sql, error)),
            (Self::Lock(_) | Self::FreeLocks(_), Err(error)) => Err(lock(error)),
            (Self::Words(_), Err(error)) => Err(fault(error)),
            (_, Ok(_)) => Ok(Vec::new()),
        }
    }
}

/// A list for each parameter, from the arguments of each.
fn lists<'a>(all: &[&'a [Value<'static>]]) -> Vec<Vec<&'a Value<'static>>> {
    (0..all[0].len()).map(|at| all.iter().map(|args| &args[at]).collect()).collect()
}

/// The rows of each question, by the number that ends each row.
fn each_its_own(asks: Vec<Asked>, rows: Vec<Row>) -> Result<Vec<(Asked, Vec<Row>)>, Fault> {
    if asks.len() == 1 {
        return Ok(asks.into_iter().zip([rows]).collect());
    }
    let mut answers: Vec<_> = asks.into_iter().map(|asked| (asked, Vec::new())).collect();
    for row in rows {
        let number: i64 = row.try_get(row.len() - 1).map_err(fault)?;
        let at = usize::try_from(number - 1).ok();
        let (_, rows) = at.and_then(|at| answers.get_mut(at)).ok_or_else(unasked)?;
        rows.push(row);
    }
    Ok(answers)
}

fn unasked() -> Fault {
    Fault::Other("an answer to a question that was not asked".to_owned())
}

/// Why a lock was not taken.
fn lock(error: Error) -> Fault {
    match error.code() {
        Some(&NOT_ONE) => Fault::Moved("somebody else holds a lock".to_owned()),
        _ => moved(error).unwrap_or_else(fault),
    }
}

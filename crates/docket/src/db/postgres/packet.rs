//! What is sent together, without waiting in between, and what comes of it.

use super::{
    known::Asked,
    parcel::{self, Sent},
    wire::Wire,
};
use crate::{
    db::{Scope, sql::Sql, value::Value},
    failure::Fault,
};
use std::{future::poll_fn, pin::pin, task::Poll};
use tokio_postgres::{Client, Error, Row};

/// What is sent before a question or the commit.
pub(super) enum Item {
    Words(String),
    Lock(i64),
    /// A lock that is not waited for.
    FreeLock(i64),
    Put(Put),
    Ask(Asked),
}

/// A statement that nobody waits for.
pub(super) struct Put {
    pub sql: &'static Sql,
    pub args: Vec<Value<'static>>,
    /// Whether it has to change one row.
    pub one: bool,
    /// Which of those that share the transaction says it.
    pub by: usize,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It only reads.
    Looks,
    /// Looks that came at the same time. Each is taken again from its beginning
    /// once all that they would ask next has been asked.
    LooksTogether,
    /// One command.
    Alone,
    /// Commands that came at the same time and share a commit.
    Together,
}

/// Answers to questions, and to what was sent last.
pub(super) type Heard<T> = (Vec<(Asked, Vec<Row>)>, Result<T, Error>);

/// Sends the items and then `last`, and hears all the answers.
///
/// # Errors
/// Why the first of the items that failed did.
pub(super) fn send<T>(
    wire: &mut Wire,
    items: Vec<Item>,
    last: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) -> Result<Heard<T>, Fault> {
    let parcels = parcel::lay(items, wire)?;
    let statements = parcels.iter().map(|parcel| parcel.statement(wire));
    let statements = statements.collect::<Result<Vec<_>, _>>()?;
    let Wire { client, driver, .. } = wire;
    let client = &*client;
    let sent = parcels.iter().zip(&statements);
    let sent = sent.map(|(parcel, statement)| parcel.sent(client, statement.as_ref())).collect();
    let (heard, last) = driver.wait(in_order(sent, last(client)))?;
    let mut answers = Vec::new();
    for (parcel, heard) in parcels.into_iter().zip(heard) {
        answers.extend(parcel.heard(heard)?);
    }
    Ok((answers, last))
}

impl Item {
    /// Everything there is to say before the first statement.
    pub(super) fn begin(scope: Scope, way: Way) -> Self {
        let begin = match way {
            Way::Looks | Way::LooksTogether => "begin isolation level repeatable read read only",
            Way::Alone => "begin",
            // Nobody waits long for a row while others wait for all of them.
            Way::Together => "begin; set local lock_timeout = 100",
        };
        Self::Words(match scope {
            Scope::Tenant(tenant) => format!("{begin}; set local docket.tenant = '{tenant}'"),
            Scope::Everyone => format!("{begin}; set local docket.everyone = 'on'"),
        })
    }

    pub(super) fn enter(scope: Scope) -> Self {
        let (tenant, everyone) = match scope {
            Scope::Tenant(tenant) => (tenant.to_string(), "off"),
            Scope::Everyone => (String::new(), "on"),
        };
        Self::Words(format!(
            "set local docket.tenant = '{tenant}'; set local docket.everyone = '{everyone}'"
        ))
    }
}

/// Sends one after the other without waiting in between, and hears all of them.
async fn in_order<T>(
    mut ahead: Vec<Sent<'_>>,
    last: impl Future<Output = Result<T, Error>>,
) -> (Vec<Result<Vec<Row>, Error>>, Result<T, Error>) {
    let mut last = pin!(last);
    let mut heard: Vec<Option<Result<Vec<Row>, Error>>> = ahead.iter().map(|_| None).collect();
    let mut said = None;
    poll_fn(|cx| {
        let mut pending = false;
        for (sent, heard) in ahead.iter_mut().zip(&mut heard) {
            if heard.is_none() {
                match sent.as_mut().poll(cx) {
                    Poll::Ready(done) => *heard = Some(done),
                    Poll::Pending => pending = true,
                }
            }
        }
        if said.is_none() {
            match last.as_mut().poll(cx) {
                Poll::Ready(done) => said = Some(done),
                Poll::Pending => pending = true,
            }
        }
        match said.take() {
            Some(done) if !pending => Poll::Ready((heard.drain(..).flatten().collect(), done)),
            kept => {
                said = kept;
                Poll::Pending
            }
        }
    })
    .await
}

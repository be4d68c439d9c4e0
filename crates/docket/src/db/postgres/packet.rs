//! What is sent together, without waiting in between, and what comes of it.

use super::{fault, in_file, known::Asked, moved, put, wire::Wire};
use crate::{
    db::{Scope, sql::Sql, value::Value},
    failure::Fault,
};
use futures_util::TryStreamExt;
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::Poll,
};
use tokio_postgres::{Client, Error, Row, Statement};

/// What is sent before a question or the commit.
pub(super) enum Item {
    Words(String),
    Lock(i64),
    Put { sql: &'static Sql, args: Vec<Value<'static>>, one: bool },
    Ask(Asked),
}

/// Answers to questions, and to what was sent last.
pub(super) type Heard<T> = (Vec<(Asked, Vec<Row>)>, Result<T, Error>);

type Sent<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Error>> + 'a>>;

/// Sends the items and then `last`, and hears all the answers.
///
/// # Errors
/// Why the first of the items that failed did.
pub(super) fn send<T>(
    wire: &mut Wire,
    items: Vec<Item>,
    last: impl AsyncFnOnce(&Client) -> Result<T, Error>,
) -> Result<Heard<T>, Fault> {
    let statements = items.iter().map(|item| item.statement(wire));
    let statements = statements.collect::<Result<Vec<_>, _>>()?;
    let Wire { client, driver, .. } = wire;
    let client = &*client;
    let sent = items.iter().zip(&statements);
    let sent = sent.map(|(item, statement)| item.sent(client, statement.as_ref())).collect();
    let (heard, last) = driver.wait(in_order(sent, last(client)))?;
    let mut answers = Vec::new();
    for (item, heard) in items.into_iter().zip(heard) {
        answers.extend(item.heard(heard)?);
    }
    Ok((answers, last))
}

impl Item {
    /// Everything there is to say before the first statement.
    pub(super) fn begin(scope: Scope, looks: bool) -> Self {
        let begin = if looks { "begin isolation level repeatable read read only" } else { "begin" };
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

    fn statement(&self, wire: &mut Wire) -> Result<Option<Statement>, Fault> {
        Ok(match self {
            Self::Words(_) => None,
            Self::Lock(_) => Some(wire.lock().clone()),
            Self::Put { sql, one: false, .. } | Self::Ask(Asked { sql, .. }) => {
                Some(wire.prepared(sql)?)
            }
            Self::Put { sql, one: true, .. } => Some(wire.prepared_for_one(sql)?),
        })
    }

    fn sent<'a>(&'a self, client: &'a Client, statement: Option<&'a Statement>) -> Sent<'a> {
        match (self, statement) {
            (Self::Lock(key), Some(lock)) => Box::pin(async {
                client.execute_raw(lock, [Value::Int(*key)]).await.map(|_| Vec::new())
            }),
            (Self::Put { args, .. }, Some(put)) => Box::pin(async {
                client.execute_raw(put, args.as_slice()).await.map(|_| Vec::new())
            }),
            (Self::Ask(Asked { args, .. }), Some(ask)) => Box::pin(async {
                client.query_raw(ask, args.as_slice()).await?.try_collect().await
            }),
            (Self::Words(words), _) => {
                Box::pin(async { client.batch_execute(words).await.map(|()| Vec::new()) })
            }
            (_, None) => Box::pin(async { Ok(Vec::new()) }),
        }
    }

    fn heard(self, heard: Result<Vec<Row>, Error>) -> Result<Option<(Asked, Vec<Row>)>, Fault> {
        match (self, heard) {
            (Self::Ask(asked), Ok(rows)) => Ok(Some((asked, rows))),
            (Self::Ask(asked), Err(error)) => Err(in_file(asked.sql, error)),
            (Self::Put { sql, .. }, Err(error)) => Err(put(sql, error)),
            (Self::Lock(_), Err(error)) => Err(moved(error).unwrap_or_else(fault)),
            (Self::Words(_), Err(error)) => Err(fault(error)),
            (_, Ok(_)) => Ok(None),
        }
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

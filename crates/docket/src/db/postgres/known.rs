//! Questions that will be asked, and what they were answered before they were.

use crate::db::{Args, sql::Sql, value::Value};
use std::rc::Rc;
use tokio_postgres::Row;

/// A question that will be asked.
pub(super) struct Asked {
    pub sql: &'static Sql,
    pub args: Vec<Value<'static>>,
}

impl Asked {
    pub(super) fn new(sql: &'static Sql, args: Args<'_>) -> Self {
        Self { sql, args: args.iter().map(Value::kept).collect() }
    }

    pub(super) fn is(&self, sql: &'static Sql, args: Args<'_>) -> bool {
        std::ptr::eq(self.sql, sql) && self.args == args
    }

    /// Whether a statement that writes may change the answer. Where it does not
    /// begin with the table it writes to, it may; so it may where a column is
    /// called like that table, which costs a question.
    pub(super) fn sees(&self, written: &'static Sql) -> bool {
        written.writes_to().is_none_or(|table| self.sql.postgres().contains(table))
    }
}

/// Answers, for as long as nothing is written to what they came from.
#[derive(Default)]
pub(super) struct Known(Vec<(Asked, Rc<Vec<Row>>)>);

impl Known {
    pub(super) fn learn(&mut self, answers: Vec<(Asked, Vec<Row>)>) {
        self.0.extend(answers.into_iter().map(|(asked, rows)| (asked, Rc::new(rows))));
    }

    pub(super) fn get(&self, sql: &'static Sql, args: Args<'_>) -> Option<Rc<Vec<Row>>> {
        let known = self.0.iter().find(|(asked, _)| asked.is(sql, args));
        known.map(|(_, rows)| Rc::clone(rows))
    }

    /// Forgets whatever a statement that writes may have changed.
    pub(super) fn forget(&mut self, written: &'static Sql) {
        self.0.retain(|(asked, _)| !asked.sees(written));
    }
}

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

    /// Whether a statement that writes may change the answer.
    pub(super) fn sees(&self, written: &'static Sql, args: Args<'_>) -> bool {
        reads(self.sql, written) && !are_apart((self.sql, &self.args), (written, args))
    }
}

/// Whether a question reads the table that a statement writes to. Where that
/// does not begin with its table, it may; so it may where a column is called like
/// that table, which costs a question.
fn reads(asked: &Sql, written: &Sql) -> bool {
    written.writes_to().is_none_or(|table| asked.postgres().contains(table))
}

/// Whether what one is about and what the other is about are not the same.
fn are_apart(one: (&Sql, Args<'_>), other: (&Sql, Args<'_>)) -> bool {
    let key = one.0.key;
    key > 0 && key == other.0.key && one.1.get(..key) != other.1.get(..key)
}

/// Answers, for as long as nothing is written to what they came from.
#[derive(Default)]
pub(super) struct Known(Vec<Learned>);

/// What is known of one question, asked with different arguments.
struct Learned {
    sql: &'static Sql,
    answers: Vec<(Vec<Value<'static>>, Rc<Vec<Row>>)>,
}

impl Known {
    pub(super) fn learn(&mut self, answers: Vec<(Asked, Vec<Row>)>) {
        for (Asked { sql, args }, rows) in answers {
            let answer = (args, Rc::new(rows));
            match self.0.iter_mut().find(|learned| std::ptr::eq(learned.sql, sql)) {
                Some(learned) => learned.answers.push(answer),
                None => self.0.push(Learned { sql, answers: vec![answer] }),
            }
        }
    }

    pub(super) fn get(&self, sql: &'static Sql, args: Args<'_>) -> Option<Rc<Vec<Row>>> {
        let learned = self.0.iter().find(|learned| std::ptr::eq(learned.sql, sql))?;
        let known = learned.answers.iter().find(|(asked, _)| asked == args);
        known.map(|(_, rows)| Rc::clone(rows))
    }

    /// Forgets whatever a statement that writes may have changed.
    pub(super) fn forget(&mut self, written: &'static Sql, args: Args<'_>) {
        for Learned { sql, answers } in self.0.iter_mut().filter(|known| reads(known.sql, written))
        {
            answers.retain(|(asked, _)| are_apart((sql, asked), (written, args)));
        }
    }
}

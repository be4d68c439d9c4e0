//! What waits for a transaction, without its types.

use super::tx::Tx;
use crate::{
    audit::Recorded,
    db::{Scope, Snap},
    failure::{Failure, Fault},
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// How a command ends.
#[derive(Debug)]
pub enum Committed<T> {
    /// It changed something, and here is the proof of its audit entry.
    Changed(T, Recorded),
    /// It has an answer and wrote nothing; whatever it wrote is undone.
    Unchanged(T),
    /// It failed, and whatever it wrote is undone.
    Failed(Failure),
}

/// A command or a look on a queue.
pub(super) trait Work: Send {
    fn scope(&self) -> Scope;
    /// Whether it only reads.
    fn only_looks(&self) -> bool;
    /// Whether it may be carried out in one transaction with others.
    fn shares(&self) -> bool;
    /// Runs, and says whether its changes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    fn fail(&mut self, failure: Failure);
    fn answer(self: Box<Self>);
}

type Answer<T> = oneshot::Receiver<Result<T, Failure>>;

/// A command, and where to hear how it ended. One that was in company when it
/// failed is carried out `alone`.
pub(super) fn command<T, F>(scope: Scope, alone: bool, work: F) -> (Box<dyn Work>, Answer<T>)
where
    T: Send + 'static,
    F: FnOnce(&mut Tx<'_>) -> Committed<T> + Send + 'static,
{
    let (to, answer) = oneshot::channel();
    (Box::new(Waiting { scope, alone, work: Some(Command(work)), done: None, to }), answer)
}

/// A look, and where to hear what it saw.
pub(super) fn look<T, F>(scope: Scope, look: F) -> (Box<dyn Work>, Answer<T>)
where
    T: Send + 'static,
    F: FnOnce(&Snap<'_>) -> Result<T, Failure> + Send + 'static,
{
    let (to, answer) = oneshot::channel();
    (Box::new(Waiting { scope, alone: true, work: Some(Look(look)), done: None, to }), answer)
}

struct Waiting<T, W> {
    scope: Scope,
    alone: bool,
    work: Option<W>,
    done: Option<Result<T, Failure>>,
    to: oneshot::Sender<Result<T, Failure>>,
}

struct Command<F>(F);
struct Look<F>(F);

trait Run<T> {
    const LOOKS: bool;
    fn run(self, tx: &mut Tx<'_>) -> Committed<T>;
}

impl<T, F: FnOnce(&mut Tx<'_>) -> Committed<T>> Run<T> for Command<F> {
    const LOOKS: bool = false;
    fn run(self, tx: &mut Tx<'_>) -> Committed<T> {
        (self.0)(tx)
    }
}

impl<T, F: FnOnce(&Snap<'_>) -> Result<T, Failure>> Run<T> for Look<F> {
    const LOOKS: bool = true;
    fn run(self, tx: &mut Tx<'_>) -> Committed<T> {
        (self.0)(tx).map_or_else(Committed::Failed, Committed::Unchanged)
    }
}

impl<T: Send, W: Run<T> + Send> Work for Waiting<T, W> {
    fn scope(&self) -> Scope {
        self.scope
    }

    fn only_looks(&self) -> bool {
        W::LOOKS
    }

    fn shares(&self) -> bool {
        !self.alone && matches!(self.scope, Scope::Tenant(_))
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        let ended = catch_unwind(AssertUnwindSafe(|| work.run(tx))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<&str>().map_or("no message", |text| *text);
            Committed::Failed(Fault::Panic(text.to_owned()).into())
        });
        let keep = matches!(ended, Committed::Changed(..));
        self.done = Some(match ended {
            Committed::Changed(answer, _) | Committed::Unchanged(answer) => Ok(answer),
            Committed::Failed(failure) => Err(failure),
        });
        keep
    }

    fn fail(&mut self, failure: Failure) {
        self.done = Some(Err(failure));
    }

    fn answer(self: Box<Self>) {
        // A caller that went away no longer wants to know.
        let _ = self.to.send(self.done.unwrap_or(Err(Fault::WriterGone.into())));
    }
}

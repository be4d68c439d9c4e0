//! What waits for a transaction, without its types.

use super::tx::Tx;
use crate::{
    audit::Recorded,
    db::{Cause, Scope, Snap},
    failure::{Failure, Fault},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
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

/// What is done in one transaction.
pub(crate) trait Task<T>: Send + 'static {
    /// Takes the locks it takes first, and asks ahead for what it will ask
    /// ([`Snap::foresee`]), so that all who share a transaction ask at once. It is
    /// called before any of them begins, or not at all, and writes nothing.
    fn ask_ahead(&self, _: &mut Tx<'_>) {}

    fn run(self, tx: &mut Tx<'_>) -> Committed<T>;
}

impl<T, F: FnOnce(&mut Tx<'_>) -> Committed<T> + Send + 'static> Task<T> for F {
    fn run(self, tx: &mut Tx<'_>) -> Committed<T> {
        self(tx)
    }
}

/// A command or a look on a queue.
pub(super) trait Work: Send {
    fn scope(&self) -> Scope;
    /// Whether it only reads.
    fn only_looks(&self) -> bool;
    /// Whether it may be carried out in one transaction with others.
    fn shares(&self) -> bool;
    /// See [`Task::ask_ahead`].
    fn ask_ahead(&self, tx: &mut Tx<'_>);
    /// Runs, and says whether its changes are to be kept. A look that shares may
    /// be run again.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    fn fail(&mut self, failure: Failure);
    fn answer(self: Box<Self>);
}

/// Where to hear how something ended.
pub(super) type Answer<T> = oneshot::Receiver<Result<T, Failure>>;

/// A command, and where to hear how it ended. One that was in company when it
/// failed is carried out `alone`.
pub(super) fn command<T, K>(
    scope: Scope,
    alone: bool,
    cause: Option<Arc<Cause>>,
    task: K,
) -> (Box<dyn Work>, Answer<T>)
where
    T: Send + 'static,
    K: Task<T>,
{
    waiting(scope, alone, Command(cause, Some(task)))
}

/// A look, and where to hear what it saw.
pub(super) fn look<T, F>(scope: Scope, look: F) -> (Box<dyn Work>, Answer<T>)
where
    T: Send + 'static,
    F: FnOnce(&Snap<'_>) -> Result<T, Failure> + Send + 'static,
{
    waiting(scope, true, Look(Some(look)))
}

/// A short look that shares, and where to hear what it saw.
pub(super) fn glimpse<T, F>(scope: Scope, look: F) -> (Box<dyn Work>, Answer<T>)
where
    T: Send + 'static,
    F: Fn(&Snap<'_>) -> Result<T, Failure> + Send + 'static,
{
    waiting(scope, false, Glimpse(look))
}

fn waiting<T, W>(scope: Scope, alone: bool, work: W) -> (Box<dyn Work>, Answer<T>)
where
    T: Send + 'static,
    W: Run<T> + Send + 'static,
{
    let (to, answer) = oneshot::channel();
    (Box::new(Waiting { scope, alone, work, done: None, to }), answer)
}

struct Waiting<T, W> {
    scope: Scope,
    alone: bool,
    work: W,
    done: Option<Result<T, Failure>>,
    to: oneshot::Sender<Result<T, Failure>>,
}

struct Command<K>(Option<Arc<Cause>>, Option<K>);
struct Look<F>(Option<F>);
struct Glimpse<F>(F);

trait Run<T> {
    const LOOKS: bool;
    fn ask_ahead(&self, _: &mut Tx<'_>) {}
    fn run(&mut self, tx: &mut Tx<'_>) -> Committed<T>;
}

impl<T, K: Task<T>> Run<T> for Command<K> {
    const LOOKS: bool = false;

    fn ask_ahead(&self, tx: &mut Tx<'_>) {
        self.1.iter().for_each(|task| task.ask_ahead(tx));
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Committed<T> {
        tx.because_of(self.0.take());
        self.1.take().map_or_else(was_run, |task| task.run(tx))
    }
}

impl<T, F: FnOnce(&Snap<'_>) -> Result<T, Failure>> Run<T> for Look<F> {
    const LOOKS: bool = true;

    fn run(&mut self, tx: &mut Tx<'_>) -> Committed<T> {
        let saw = self.0.take().map(|look| look(tx));
        saw.map_or_else(was_run, |saw| saw.map_or_else(Committed::Failed, Committed::Unchanged))
    }
}

impl<T, F: Fn(&Snap<'_>) -> Result<T, Failure>> Run<T> for Glimpse<F> {
    const LOOKS: bool = true;

    fn run(&mut self, tx: &mut Tx<'_>) -> Committed<T> {
        (self.0)(tx).map_or_else(Committed::Failed, Committed::Unchanged)
    }
}

fn was_run<T>() -> Committed<T> {
    Committed::Failed(Fault::WriterGone.into())
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

    fn ask_ahead(&self, tx: &mut Tx<'_>) {
        self.work.ask_ahead(tx);
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let ended = catch_unwind(AssertUnwindSafe(|| self.work.run(tx))).unwrap_or_else(|panic| {
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

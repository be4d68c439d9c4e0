//! The one writer: takes waiting commands in groups and commits each group once.
//!
//! Every command runs in a savepoint of its own, so one that fails takes
//! nothing with it. Nobody is answered before the group is on disk.

use super::tx::Tx;
use crate::{
    audit::Recorded,
    chance::Chance,
    failure::{Failure, Fault},
};
use kernel::{clock::Clock, refusal::Chain};
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    time::Duration,
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

/// More than this in one commit would keep the first of them waiting too long.
const GROUP_MAX: usize = 256;
/// How long a command waits for company where the one before had some. A commit
/// costs much the same for one as for many, and whoever comes alone waits for nobody.
const LINGER: Duration = Duration::from_micros(100);
/// Commands that may wait before callers do.
const QUEUE_MAX: usize = 4_096;

pub(super) struct Writer {
    queue: mpsc::SyncSender<Box<dyn Work>>,
}

/// A command on the queue, without its types.
trait Work: Send {
    /// Runs in a savepoint; says whether its changes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    fn fail(&mut self, fault: Fault);
    fn answer(self: Box<Self>);
}

struct Submitted<T, F> {
    work: Option<F>,
    done: Option<Result<T, Failure>>,
    to: oneshot::Sender<Result<T, Failure>>,
}

impl<T, F> Work for Submitted<T, F>
where
    T: Send,
    F: FnOnce(&mut Tx<'_>) -> Committed<T> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        let ended = catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or_else(|panic| {
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

    fn fail(&mut self, fault: Fault) {
        self.done = Some(Err(fault.into()));
    }

    fn answer(self: Box<Self>) {
        // A caller that went away no longer wants to know.
        let _ = self.to.send(self.done.unwrap_or(Err(Fault::WriterGone.into())));
    }
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Self {
        let (queue, waiting) = mpsc::sync_channel(QUEUE_MAX);
        let body = move || serve(&connection, &waiting, &*clock, &*chance);
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(body);
        // Without its thread the queue is closed and every command is told so.
        drop(thread);
        Self { queue }
    }

    pub(super) async fn submit<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Committed<T> + Send + 'static,
    {
        let (to, answer) = oneshot::channel();
        let work = Box::new(Submitted { work: Some(work), done: None, to });
        match self.queue.try_send(work) {
            Ok(()) => answer.await.unwrap_or(Err(Fault::WriterGone.into())),
            Err(mpsc::TrySendError::Disconnected(_)) => Err(Fault::WriterGone.into()),
            Err(mpsc::TrySendError::Full(_)) => Err(crate::door::overloaded().into()),
        }
    }
}

fn serve(
    connection: &Connection,
    waiting: &mpsc::Receiver<Box<dyn Work>>,
    clock: &dyn Clock,
    chance: &dyn Chance,
) {
    let mut company = 0;
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        if company > 1 {
            std::thread::sleep(LINGER);
        }
        group.extend(waiting.try_iter().take(GROUP_MAX - 1));
        company = group.len();
        if let Err(fault) = commit(connection, &mut group, clock, chance) {
            let text = Chain(&fault).to_string();
            tracing::error!(error = %text, commands = group.len(), "a group of commands was lost");
            let _ = connection.execute_batch("rollback");
            group.iter_mut().for_each(|work| work.fail(Fault::Commit(text.clone())));
        }
        group.into_iter().for_each(Work::answer);
    }
}

fn commit(
    connection: &Connection,
    group: &mut [Box<dyn Work>],
    clock: &dyn Clock,
    chance: &dyn Chance,
) -> Result<(), Fault> {
    let run = |text: &str| connection.prepare_cached(text)?.execute([]).map(drop);
    run("begin immediate")?;
    for work in group {
        run("savepoint command")?;
        let mut tx = Tx::new(connection, clock.now(), chance);
        if !work.run(&mut tx) {
            run("rollback to command")?;
        }
        run("release command")?;
    }
    Ok(run("commit")?)
}

//! The one writer: takes waiting commands in groups and commits each group once.
//!
//! Every command runs in a savepoint of its own, so one that fails takes
//! nothing with it. Nobody is answered before the group is on disk.

use crate::{
    chance::Chance,
    db::{Bell, Word, session::Session, tx::Tx, work::Work},
    failure::{Failure, Fault},
};
use kernel::{clock::Clock, refusal::Chain};
use rusqlite::Connection;
use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

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

impl Writer {
    pub(super) fn start(
        connection: Connection,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        bell: Bell,
    ) -> Self {
        let (queue, waiting) = mpsc::sync_channel(QUEUE_MAX);
        let body = move || serve(&connection, &waiting, &*clock, &*chance, &bell);
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(body);
        // Without its thread the queue is closed and every command is told so.
        drop(thread);
        Self { queue }
    }

    pub(super) fn submit(&self, work: Box<dyn Work>) -> Result<(), Failure> {
        self.queue.try_send(work).map_err(|not| match not {
            mpsc::TrySendError::Disconnected(_) => Fault::WriterGone.into(),
            mpsc::TrySendError::Full(_) => crate::door::overloaded().into(),
        })
    }
}

fn serve(
    connection: &Connection,
    waiting: &mpsc::Receiver<Box<dyn Work>>,
    clock: &dyn Clock,
    chance: &dyn Chance,
    bell: &Bell,
) {
    let mut company = 0;
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        if company > 1 {
            std::thread::sleep(LINGER);
        }
        group.extend(waiting.try_iter().take(GROUP_MAX - 1));
        company = group.len();
        match commit(connection, &mut group, clock, chance) {
            Ok(rung) => bell.ring(rung),
            Err(fault) => {
                let text = Chain(&fault).to_string();
                tracing::error!(error = %text, commands = group.len(), "a group of commands was lost");
                let _ = connection.execute_batch("rollback");
                group.iter_mut().for_each(|work| work.fail(Fault::Commit(text.clone()).into()));
            }
        }
        group.into_iter().for_each(Work::answer);
    }
}

fn commit(
    connection: &Connection,
    group: &mut [Box<dyn Work>],
    clock: &dyn Clock,
    chance: &dyn Chance,
) -> Result<Vec<Word>, Fault> {
    let run = |text: &str| connection.prepare_cached(text)?.execute([]).map(drop);
    let mut rung = Vec::new();
    run("begin immediate")?;
    for work in group {
        run("savepoint command")?;
        let mut tx = Tx::new(Session::Sqlite(connection), work.scope(), clock, chance);
        if work.run(&mut tx) {
            rung.extend(tx.rung());
        } else {
            run("rollback to command")?;
        }
        run("release command")?;
    }
    run("commit")?;
    Ok(rung)
}

//! Whole processes at work, in real time: everything they wait for is heard, and nothing is slept for.

use super::*;
use crate::{
    chance::SystemChance,
    db::Cause,
    job::work::{Crew, Done, Options, Run, Stop, work, work_off},
    testing::ground::Ground,
};
use jiff::Timestamp;
use kernel::job::{PAYLOAD_BYTES_MAX, Phase};
use std::{
    future::pending,
    io::{self, Write},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// Takes no longer than it takes to be stopped.
static HASTY: Kind = Kind::new("test.hasty")
    .terms(Terms { timeout: SignedDuration::from_millis(1), ..Terms::USUAL });

/// A process at work.
struct Process {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Process {
    /// Ends it as an operator would, with everything it has to say.
    async fn leave(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// Ends it as a power cut would.
    async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

impl Yard {
    fn start(&self, crew: Crew, slots: usize) -> Process {
        let stop = CancellationToken::new();
        let options = Options::new(slots, "test".to_owned());
        let task = tokio::spawn(work(self.db().clone(), crew, options, stop.clone()));
        Process { stop, task }
    }

    /// Has everything done that is ready, by whoever can, and ends.
    async fn work_off(&self, crew: Crew, jobs: usize) {
        let (told, mut heard) = mpsc::unbounded_channel();
        let crew = crew.told(told);
        let process = self.start(crew, 8);
        for _ in 0..jobs {
            heard.recv().await.unwrap();
        }
        process.leave().await;
    }
}

impl Yard {
    /// Has another process look after things and do what it can, and says how
    /// many jobs that were.
    async fn done_by_others(&self) -> usize {
        let crew = Crew::default().with(&DIG, |_| async { Ok(Done::Finished) });
        work_off(self.db(), &crew, &Options::new(8, "other".to_owned())).await.unwrap()
    }
}

/// What a test wants to know of the work: that it has begun, and where.
fn doing(told: &mpsc::UnboundedSender<Id<Job>>, run: &Run) {
    told.send(run.job.id).unwrap();
}

#[tokio::test]
async fn jobs_are_done_and_their_results_kept() {
    let yard = Yard::new();
    let ids = [yard.add(dig()).await, yard.add(dig()).await];
    let crew = Crew::default()
        .with(&DIG, |run: Run| async move { Done::with(&json!({ "attempt": run.job.attempt })) });
    yard.work_off(crew, 2).await;
    for id in ids {
        assert_eq!(yard.phase(id), "succeeded");
        assert_eq!(yard.of::<String>(id, "coalesce(worker, '')"), "test");
    }
    let results: i64 = yard.count(r#"job_done where result = '{"attempt":1}'"#);
    assert_eq!(results, 2);
}

#[tokio::test]
async fn how_work_fails_is_remembered_by_a_code() {
    let yard = Yard::new();
    let depth = |depth: i64| NewJob::new(&DIG, &json!({ "depth": depth })).unwrap();
    let mut ids = Vec::new();
    for case in 0..6 {
        ids.push(yard.add(depth(case)).await);
    }
    let (rock, later) = ("test.rock", yard.later(3_600));
    let crew = Crew::default().with(&DIG, move |run: Run| async move {
        match run.payload::<serde_json::Value>()?["depth"].as_i64() {
            Some(0) => Err(Stop::Again { code: rock, at: Some(later) }),
            Some(1) => Err(Stop::GiveUp { code: "test.bedrock" }),
            Some(2) => Err(Fault::Other("a spade broke".to_owned()).into()),
            Some(3) => panic!("a hole in the ground"),
            Some(4) => Ok(Done::Snooze(later)),
            _ => run.payload::<Vec<Timestamp>>().map(|_| Done::Finished),
        }
    });
    yard.work_off(crew, 6).await;
    let ended: Vec<String> = ids
        .iter()
        .map(|id| yard.of(*id, "phase || ' ' || attempt || ' ' || coalesce(error, '')"))
        .collect();
    let expected = [
        "waiting 1 test.rock",
        "dead 1 test.bedrock",
        "waiting 1 job.broke",
        "waiting 1 job.panicked",
        "waiting 0 ",
        "dead 1 job.payload_unreadable",
    ];
    // How long a broken one waits is a matter of luck, and may be no time at all.
    let ended: Vec<_> = ended.iter().map(|end| end.replace("queued", "waiting")).collect();
    assert_eq!(ended, expected);
}

#[tokio::test]
async fn a_result_has_its_limit() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let crew = Crew::default().with(&DIG, |_| async { Done::with(&"x".repeat(PAYLOAD_BYTES_MAX)) });
    yard.work_off(crew, 1).await;
    assert_eq!(yard.of::<String>(id, "phase || ' ' || error"), "dead job.result_too_large");
}

#[tokio::test]
async fn work_that_takes_too_long_is_dropped_where_it_waits() {
    let yard = Yard::new();
    let job = NewJob::new(&HASTY, &json!({})).unwrap().attempts(1);
    let id = yard.add(job).await;
    let crew = Crew::default().with(&HASTY, |_| pending());
    yard.work_off(crew, 1).await;
    assert_eq!(yard.of::<String>(id, "phase || ' ' || error"), "dead job.timed_out");
    assert_eq!(yard.world.value::<String>("select how from job_attempt"), "timed_out");
}

#[tokio::test]
async fn a_killed_process_loses_nothing() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let (told, mut begun) = mpsc::unbounded_channel();
    let stuck = Crew::default().with(&DIG, move |run: Run| {
        doing(&told, &run);
        pending()
    });
    let process = yard.start(stuck, 1);
    assert_eq!(begun.recv().await, Some(id));
    process.kill().await;
    assert_eq!(yard.phase(id), "running");

    // Nobody was there to be heard, so there is time for a sign of life.
    yard.pass(61);
    assert_eq!(yard.done_by_others().await, 0);
    yard.pass(5);
    assert_eq!(yard.done_by_others().await, 1);
    assert_eq!(yard.of::<String>(id, "phase || ' ' || attempt"), "succeeded 2");
    assert_eq!(yard.world.value::<String>("select how from job_attempt"), "lost");
}

#[tokio::test]
async fn nobody_loses_a_job_because_the_database_was_away_for_longer_than_the_lease() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    assert_eq!(yard.done_by_others().await, 1, "so much for the chores");
    let job = {
        yard.add(dig()).await;
        yard.claim_one().await
    };
    yard.pass(61);
    assert_eq!(yard.done_by_others().await, 0);
    assert!(yard.renew(&job).await.is_some());
    yard.pass(5);
    assert_eq!(yard.done_by_others().await, 0);
    assert_eq!(yard.complete(&job).await, Ok(Put::Over(Phase::Succeeded)));
    assert_eq!(yard.phase(id), "succeeded");
}

#[tokio::test]
async fn work_is_stopped_when_somebody_cancels_it() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let (told, mut begun) = mpsc::unbounded_channel();
    let (gone, mut dropped) = mpsc::channel::<()>(1);
    let crew = Crew::default().with(&DIG, move |run: Run| {
        doing(&told, &run);
        let gone = gone.clone();
        async move {
            let _gone = gone;
            pending().await
        }
    });
    let process = yard.start(crew, 1);
    begun.recv().await.unwrap();
    yard.cancel(id).await;
    process.leave().await;
    // Whatever it held was dropped with it.
    assert_eq!(dropped.recv().await, None);
    assert_eq!(yard.phase(id), "cancelled");
}

#[tokio::test]
async fn work_that_blocks_a_thread_can_ask_whether_to_stop() {
    let yard = Yard::new();
    let id = yard.add(dig()).await;
    let (told, mut heard) = mpsc::unbounded_channel();
    let crew = Crew::default().with(&DIG, move |run: Run| {
        let told = told.clone();
        async move {
            let blocking = tokio::task::spawn_blocking(move || {
                told.send(()).unwrap();
                while !run.lease.is_stopped() {
                    std::thread::yield_now();
                }
                told.send(()).unwrap();
            });
            blocking.await.map(|()| Done::Finished).map_err(|_| Stop::GiveUp { code: "test" })
        }
    });
    let process = yard.start(crew, 1);
    heard.recv().await.unwrap();
    yard.cancel(id).await;
    heard.recv().await.unwrap();
    process.leave().await;
    assert_eq!(yard.phase(id), "cancelled");
}

/// A job whose effect is another job, committed together; what came of it is told.
fn digging_fills(told: mpsc::UnboundedSender<&'static str>, go: Arc<Notify>) -> Crew {
    Crew::default().with(&DIG, move |run: Run| {
        let (told, go) = (told.clone(), go.clone());
        async move {
            told.send("begun").unwrap();
            go.notified().await;
            let (lease, tenant) = (run.lease.clone(), run.job.tenant);
            let step = move |tx: &mut Tx<'_>| {
                enqueue(tx, tenant, NewJob::new(&FILL, &json!({}))?)?;
                lease.complete(tx, &json!({ "dug": true }))
            };
            let done = carry(&run.db, step).await;
            told.send(match &done {
                Err(Failure::Refused(refusal)) => refusal.code.name(),
                _ => "done",
            })
            .unwrap();
            done.map(|()| Done::Committed).map_err(Stop::from)
        }
    })
}

#[tokio::test]
async fn effects_and_their_job_are_committed_together_or_not_at_all() {
    let yard = Yard::new();
    let lose = "update job set lease = lease + 1, lease_until = 0";
    let cancel = "update job set cancel_asked_at = 1";
    let cases = [
        ("update job set error = null", "done", "succeeded 1", 1),
        // The worker does not hear of either before it is done.
        (cancel, "job.cancelled", "cancelled 1", 0),
        (lose, "job.lease_lost", "running 1", 0),
    ];
    for (meanwhile, said, phase, effects) in cases {
        let id = yard.add(dig()).await;
        let (told, mut heard) = mpsc::unbounded_channel();
        let go = Arc::new(Notify::new());
        let process = yard.start(digging_fills(told, go.clone()), 1);
        assert_eq!(heard.recv().await, Some("begun"));
        yard.world.behind_the_door(meanwhile);
        go.notify_one();
        assert_eq!(heard.recv().await, Some(said));
        process.leave().await;
        assert_eq!(yard.of::<String>(id, "phase || ' ' || attempt"), phase);
        assert_eq!(yard.count("job where kind = 'test.fill'"), effects);
        yard.world.behind_the_door("delete from job");
    }
    assert_eq!(yard.world.value::<String>("select max(result) from job_done"), r#"{"dug":true}"#);
}

#[tokio::test]
async fn a_process_that_leaves_ends_what_runs_and_puts_back_the_rest() {
    let yard = Yard::new();
    let fill = NewJob::new(&FILL, &json!({})).unwrap();
    let (digs, fills) = (yard.add(dig()).await, yard.add(fill).await);
    let (told, mut begun) = mpsc::unbounded_channel();
    let go = Arc::new(Notify::new());
    let went = go.clone();
    let slow = move |run: Run| {
        let (told, went) = (told.clone(), went.clone());
        async move {
            doing(&told, &run);
            went.notified().await;
            Ok(Done::Finished)
        }
    };
    // One slot, and one job of each kind is held.
    let process = yard.start(Crew::default().with(&DIG, slow.clone()).with(&FILL, slow), 1);
    let running = begun.recv().await.unwrap();
    let waiting = if running == digs { fills } else { digs };
    assert_eq!(yard.phase(waiting), "running");
    process.stop.cancel();
    go.notify_one();
    process.task.await.unwrap();
    assert_eq!(yard.phase(running), "succeeded");
    assert_eq!(yard.of::<String>(waiting, "phase || ' ' || attempt"), "queued 0");
}

#[tokio::test]
async fn a_process_works_off_a_long_queue_of_many_tenants_and_does_each_job_once() {
    let yard = Yard::new();
    for number in 1..=3_u64 {
        let jobs: Vec<NewJob> = (0..500).map(|_| dig()).collect();
        let tenant = Id::from_parts(9, number.into());
        yard.run(move |tx| enqueue_many(tx, tenant, jobs.clone())).await;
    }
    yard.work_off(Crew::default().with(&DIG, |_| async { Ok(Done::Finished) }), 1_500).await;
    assert_eq!((yard.count("job"), yard.count("job_done where attempt = 1")), (0, 1_500));
}

#[tokio::test]
async fn an_idle_process_begins_as_soon_as_something_is_queued() {
    let yard = Yard::new();
    let (told, mut begun) = mpsc::unbounded_channel();
    let crew = Crew::default().with(&DIG, move |run: Run| {
        doing(&told, &run);
        async { Ok(Done::Finished) }
    });
    let process = yard.start(crew, 1);
    let since = Instant::now();
    for _ in 0..20 {
        let id = yard.add(dig()).await;
        assert_eq!(begun.recv().await, Some(id));
    }
    // Each would have waited for a second, had nobody rung.
    assert!(since.elapsed() < Duration::from_secs(10));
    process.leave().await;
}

/// On PostgreSQL, where there are others.
#[tokio::test]
async fn a_process_on_another_machine_is_woken_too() {
    if !Ground::is_postgres() {
        return;
    }
    let yard = Yard::new();
    let elsewhere = yard.world.ground.open(yard.world.clock.clone(), Arc::new(SystemChance));
    let ear = elsewhere.bell().ear([DIG.name.into(), CANCEL.into()]);
    let id = yard.add(dig()).await;
    assert_eq!(ear.heard().await, [DIG.name.into()].into());
    yard.claim_one().await;
    yard.cancel(id).await;
    assert_eq!(ear.heard().await, [CANCEL.into()].into());
}

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_is_logged_of_a_job_names_it_and_what_it_belongs_to() {
    let yard = Yard::new();
    let cause = Cause { correlation: Some("flood-2".to_owned()), trace: None };
    let (db, tenant) = (yard.db().because_of(cause), yard.world.tenant);
    let id = carry(&db, move |tx| enqueue(tx, tenant, dig())).await.unwrap();

    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
    let _listening = tracing::subscriber::set_default(log);
    yard.work_off(Crew::default().with(&DIG, |_| async { panic!("broken") }), 1).await;

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line = log.lines().find(|line| line.contains("a job panicked")).unwrap();
    assert!(line.contains(&id.to_string()) && line.contains("flood-2"), "{line}");
}

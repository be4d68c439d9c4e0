//! The engine against the rules: whatever happens to a job, the tables say what
//! [`Standing`] says.

use super::*;
use kernel::job::{Next, Phase, Standing};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestRunner};

#[derive(Clone, Copy, Debug)]
enum Event {
    Promote,
    Claim,
    Complete { late: i64 },
    End { how: How, late: i64 },
    Renew { late: i64 },
    Reap,
    Cancel,
    Retry,
    Pass { seconds: i64 },
}

fn event() -> impl Strategy<Value = Event> {
    let late = select(vec![0, 0, 0, 1]);
    let hows = vec![How::Failed, How::GaveUp, How::Snoozed, How::Released];
    prop_oneof![
        Just(Event::Promote),
        Just(Event::Claim),
        Just(Event::Claim),
        late.clone().prop_map(|late| Event::Complete { late }),
        (select(hows), late.clone()).prop_map(|(how, late)| Event::End { how, late }),
        late.prop_map(|late| Event::Renew { late }),
        Just(Event::Reap),
        Just(Event::Cancel),
        Just(Event::Retry),
        select(vec![1, 30, 61]).prop_map(|seconds| Event::Pass { seconds }),
    ]
}

/// The rules beside the engine.
struct Both {
    yard: Yard,
    id: Id<Job>,
    rules: Standing,
    due_at: jiff::Timestamp,
    lease_until: jiff::Timestamp,
}

/// What a worker has of a job that it was given under this lease.
fn under(job: &Both, late: i64) -> Held {
    Held { tenant: job.yard.world.tenant, id: job.id, lease: job.rules.lease - late }
}

impl Both {
    async fn new() -> Self {
        let yard = Yard::new();
        let due_at = yard.later(10);
        let id = yard.add(dig().attempts(3).due_at(due_at)).await;
        let rules = Standing::new(Phase::Waiting, 3);
        Self { yard, id, rules, due_at, lease_until: due_at }
    }

    async fn go(&mut self, event: Event) {
        let now = self.yard.world.now();
        match event {
            Event::Promote => {
                self.yard.promote().await;
                if self.due_at <= now {
                    self.rules = self.rules.due();
                }
            }
            Event::Claim => {
                let taken = self.yard.claim(1).await;
                let claimed = self.rules.claimed(now);
                assert_eq!(taken.len(), usize::from(claimed.is_some()));
                if let Some(claimed) = claimed {
                    assert_eq!(taken[0].lease, claimed.lease);
                    (self.rules, self.lease_until) = (claimed, self.yard.later(60));
                }
            }
            Event::Complete { late } => {
                let held = under(self, late);
                let put = self.yard.run(move |tx| Ok(complete(tx, &[(held, None)])?)).await;
                self.ended(How::Succeeded, held.lease, put[0]);
            }
            Event::End { how, late } => {
                let (held, until) = (under(self, late), Some(self.yard.later(20)));
                let ended = Ended { until, ..Ended::by(how) };
                let put = self.yard.run(move |tx| Ok(end(tx, held, &ended)?)).await;
                self.ended(how, held.lease, put);
            }
            Event::Renew { late } => {
                let held = under(self, late);
                let wish = Renewal { held, until: self.yard.later(60), progress: None };
                let kept = self.yard.run(move |tx| Ok(renew(tx, &[wish])?)).await;
                let holds = self.rules.phase == Phase::Running && late == 0;
                assert_eq!(kept.contains_key(&held), holds);
                if let Some(renewed) = kept.get(&held) {
                    assert_eq!(renewed.cancel_asked, self.rules.cancel_asked);
                    self.lease_until = renewed.until;
                }
            }
            Event::Reap => {
                let reaped = self.yard.reap().await;
                let passed = self.rules.phase == Phase::Running && self.lease_until <= now;
                assert_eq!(reaped, usize::from(passed));
                if passed {
                    let next = self.rules.ends(self.rules.lease, How::Lost).unwrap();
                    self.rules = self.rules.after(next, SignedDuration::ZERO);
                    self.due_at = now;
                }
            }
            Event::Cancel => {
                self.yard.cancel(self.id).await;
                self.rules = self.rules.cancelled();
            }
            Event::Retry => {
                let again = self.rules.retried();
                assert_eq!(self.yard.retry(self.id).await, again.is_some());
                self.rules = again.unwrap_or(self.rules);
            }
            Event::Pass { seconds } => self.yard.pass(seconds),
        }
    }

    fn ended(&mut self, how: How, lease: i64, put: Result<Put, LeaseLost>) {
        let now = self.yard.world.now();
        match (self.rules.ends(lease, how), put) {
            (Err(LeaseLost), Err(LeaseLost)) => {}
            (Ok(next @ Next::Over(phase)), Ok(Put::Over(over))) => {
                assert_eq!(phase, over);
                self.rules = self.rules.after(next, SignedDuration::ZERO);
            }
            (Ok(next @ Next::Again { .. }), Ok(Put::Again(due_at))) => {
                self.rules = self.rules.after(next, due_at.duration_since(now));
                self.due_at = due_at;
            }
            (rules, engine) => panic!("the rules say {rules:?} and the engine {engine:?}"),
        }
    }

    fn compare(&self) {
        let kept = self.yard.world.value::<String>(&format!(
            "select phase || ' ' || attempt || ' ' || lease from job where id = '{id}'
             union all select phase || ' ' || attempt || ' ' || lease from job_done where id = '{id}'",
            id = self.id,
        ));
        let Standing { phase, attempt, lease, .. } = self.rules;
        assert_eq!(kept, format!("{phase} {attempt} {lease}"));
        let asked = self.yard.count("job where cancel_asked_at is not null") == 1;
        assert_eq!(asked, self.rules.cancel_asked && !phase.is_over());
    }
}

#[test]
fn the_tables_say_what_the_rules_say() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config =
        ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&vec(event(), 1..60), |events| {
        runtime.block_on(async {
            let mut both = Both::new().await;
            for event in events {
                both.go(event).await;
                both.compare();
            }
        });
        Ok(())
    });
    run.unwrap();
}

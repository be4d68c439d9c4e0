use crate::job::{How, LeaseLost, Next, Phase, Standing, State, When};
use jiff::{SignedDuration, Timestamp};
use proptest::{collection::vec, prelude::*, sample::select};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

/// A job on its first attempt, under lease 1.
fn runs(attempts_max: u32) -> Standing {
    Standing::new(Phase::Queued, attempts_max).claimed(AT).unwrap()
}

#[test]
fn a_job_is_read_by_the_words_of_people() {
    let queued = Standing::new(Phase::Queued, 3);
    assert_eq!(queued.state(), State::Queued);
    assert_eq!(Standing::new(Phase::Waiting, 3).state(), State::Queued);
    let running = queued.claimed(AT).unwrap();
    assert_eq!(running.state(), State::Running);
    let next = running.ends(1, How::Failed).unwrap();
    assert_eq!(running.after(next, SignedDuration::from_secs(1)).state(), State::Failed);
    assert_eq!(running.after(next, SignedDuration::ZERO).state(), State::Failed);
    assert_eq!(State::ALL.len(), 6);
}

#[test]
fn every_word_is_read_as_it_is_written() {
    State::ALL.iter().for_each(|word| assert_eq!(word.to_string().parse(), Ok(*word)));
    Phase::ALL.iter().for_each(|word| assert_eq!(word.to_string().parse(), Ok(*word)));
    How::ALL.iter().for_each(|word| assert_eq!(word.to_string().parse(), Ok(*word)));
    assert!("undead".parse::<State>().is_err());
}

#[test]
fn how_an_attempt_ends_says_what_follows() {
    let mut table = String::new();
    for how in How::ALL {
        for (attempts, running) in [("first of two", runs(2)), ("last", runs(1))] {
            table += &format!("{how:<10} {attempts:<13} {:?}\n", running.ends(1, *how).unwrap());
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_job_that_was_asked_to_stop_ends_as_cancelled_whatever_its_worker_says() {
    for how in How::ALL {
        let next = runs(5).cancelled().ends(1, *how);
        assert_eq!(next, Ok(Next::Over(Phase::Cancelled)), "{how}");
    }
}

#[test]
fn a_dead_job_starts_again_with_all_its_attempts_and_a_newer_lease() {
    let dead = runs(1).after(Next::Over(Phase::Dead), SignedDuration::ZERO);
    let again = dead.retried().unwrap();
    assert_eq!((again.phase, again.attempt), (Phase::Queued, 0));
    let running = again.claimed(AT).unwrap();
    assert_eq!(running.lease, 2);
    assert_eq!(running.ends(1, How::Succeeded), Err(LeaseLost));
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Due,
    Claim,
    End(How, i64, bool),
    Cancel,
    Retry,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Due),
        Just(Event::Claim),
        Just(Event::Claim),
        (select(How::ALL), 0_i64..3, any::<bool>())
            .prop_map(|(how, late, wait)| Event::End(how, late, wait)),
        Just(Event::Cancel),
        Just(Event::Retry),
    ]
}

/// What the event makes of the job. `End` comes with the current lease, or one
/// or two leases late.
fn step(job: Standing, event: Event) -> Standing {
    match event {
        Event::Due => job.due(),
        Event::Claim => job.claimed(AT).unwrap_or(job),
        Event::End(how, late, wait) => match job.ends(job.lease - late, how) {
            Ok(next) => job.after(next, SignedDuration::from_secs(wait.into())),
            Err(LeaseLost) => job,
        },
        Event::Cancel => job.cancelled(),
        Event::Retry => job.retried().unwrap_or(job),
    }
}

proptest! {
    #[test]
    fn the_laws_hold_whatever_happens(max in 1_u32..5, events in vec(event(), 0..80)) {
        let mut job = Standing::new(Phase::Waiting, max);
        for event in events {
            let next = step(job, event);
            if matches!(job.phase, Phase::Succeeded | Phase::Cancelled) {
                prop_assert_eq!(next, job, "nothing leaves an end");
            }
            if job.phase == Phase::Dead && next != job {
                prop_assert!(matches!(event, Event::Retry));
            }
            prop_assert!(next.lease >= job.lease);
            if next.phase == Phase::Running && job.phase != Phase::Running {
                prop_assert!(next.lease > job.lease);
            }
            prop_assert!(next.attempt <= max);
            if let Event::End(_, late @ 1.., _) = event {
                prop_assert_eq!(next, job, "a lease {} too old", late);
            }
            if job.cancel_asked && next.phase.is_over() {
                prop_assert_eq!(next.phase, Phase::Cancelled);
            }
            job = next;
        }
    }

    /// Left to itself and its worker, a job that never succeeds comes to an end.
    #[test]
    fn a_job_that_only_fails_dies_after_as_many_attempts_as_it_has(
        max in 1_u32..20,
        hows in vec(select(vec![How::Failed, How::TimedOut, How::Lost]), 20),
    ) {
        let mut job = Standing::new(Phase::Queued, max);
        for how in hows.into_iter().take(max as usize) {
            job = job.due().claimed(AT).unwrap();
            let next = job.ends(job.lease, how).unwrap();
            job = job.after(next, SignedDuration::from_secs(1));
        }
        prop_assert_eq!(job.phase, Phase::Dead);
        prop_assert_eq!(job.attempt, max);
    }
}

#[test]
fn a_lease_is_numbered_by_its_time_and_never_backwards() {
    let noon: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    let job = Standing::new(Phase::Queued, 9).claimed(noon).unwrap();
    assert_eq!(job.lease, noon.as_microsecond());
    let again = job.after(job.ends(job.lease, How::Released).unwrap(), SignedDuration::ZERO);
    assert_eq!(again.claimed(noon).unwrap().lease, job.lease + 1);
    assert_eq!(again.claimed(AT).unwrap().lease, job.lease + 1);
}

#[test]
fn a_snooze_and_a_release_are_no_attempts() {
    let mut job = Standing::new(Phase::Queued, 1);
    for how in [How::Snoozed, How::Released, How::Snoozed] {
        job = job.due().claimed(AT).unwrap();
        let next = job.ends(job.lease, how).unwrap();
        assert!(matches!(next, Next::Again { attempt: 0, when: When::Now | When::Named }));
        job = job.after(next, SignedDuration::from_secs(1));
    }
    assert_eq!(job.state(), State::Queued);
}

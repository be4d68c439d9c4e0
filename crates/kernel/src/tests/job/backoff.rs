use crate::job::{Backoff, RETRY_AFTER_MAX};
use jiff::SignedDuration;
use proptest::prelude::*;

#[test]
fn the_longest_wait_doubles_up_to_the_cap() {
    let seconds: Vec<_> =
        (1..=12).map(|attempt| Backoff::USUAL.ceiling(attempt).as_secs()).collect();
    assert_eq!(seconds, [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]);
    assert_eq!(Backoff::USUAL.ceiling(u32::MAX).as_secs(), 3_600);
    assert_eq!(Backoff::USUAL.ceiling(0).as_secs(), 5);
}

#[test]
fn chance_takes_any_part_of_the_wait() {
    let ceiling = Backoff::USUAL.ceiling(1);
    let micros = u128::try_from(ceiling.as_micros()).unwrap();
    assert_eq!(Backoff::USUAL.wait(1, 0, None), SignedDuration::ZERO);
    assert_eq!(Backoff::USUAL.wait(1, micros, None), ceiling);
    assert_eq!(Backoff::USUAL.wait(1, micros + 1, None), SignedDuration::ZERO);
}

proptest! {
    #[test]
    fn a_wait_is_never_longer_than_its_ceiling(
        base in 0_i64..1_000_000_000, cap in 0_i64..1_000_000_000, attempt: u32, luck: u128,
    ) {
        let backoff = Backoff {
            base: SignedDuration::from_micros(base),
            cap: SignedDuration::from_micros(cap),
        };
        let wait = backoff.wait(attempt, luck, None);
        prop_assert!(SignedDuration::ZERO <= wait && wait <= backoff.ceiling(attempt));
        prop_assert!(wait <= backoff.cap);
        prop_assert!(backoff.ceiling(attempt) <= backoff.ceiling(attempt.saturating_add(1)));
    }

    #[test]
    fn whoever_refused_says_when_to_come_back_within_a_day(
        attempt in 1_u32..40, luck: u128, asked in -10_i64..1_000_000,
    ) {
        let asked = SignedDuration::from_secs(asked);
        let wait = Backoff::USUAL.wait(attempt, luck, Some(asked));
        prop_assert!(wait >= asked.min(RETRY_AFTER_MAX));
        prop_assert!(wait <= asked.min(RETRY_AFTER_MAX).max(Backoff::USUAL.ceiling(attempt)));
    }
}

use super::super::{
    carrier::{How, NotCarried},
    next::{Next, after},
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const MAX: i64 = 16;

fn failed(retry_after: Option<SignedDuration>) -> NotCarried {
    NotCarried { how: How::Transient { retry_after }, code: "webhook.503".to_owned() }
}

fn wait(tried: i64, luck: u128) -> SignedDuration {
    match after(&failed(None), tried, MAX, NOW, luck) {
        Next::Again { at } => at.duration_since(NOW),
        Next::Dead => panic!("attempt {tried} was the last"),
    }
}

#[test]
fn the_longest_wait_doubles_up_to_six_hours() {
    let longest = |tried| {
        let micros = |luck| wait(tried, luck).as_micros();
        // The remainder of a number that is one short of the limit is the limit.
        (0..64).map(|power| micros((10_000_000 << power) - 1)).max().unwrap()
    };
    let seconds: Vec<_> = (1..6).map(|tried| longest(tried) / 1_000_000).collect();
    assert_eq!(seconds, [10, 20, 40, 80, 160]);
    assert!(wait(15, u128::MAX) <= SignedDuration::from_hours(6));
}

#[test]
fn after_the_last_attempt_and_after_a_lasting_no_it_is_dead() {
    assert_eq!(after(&failed(None), MAX, MAX, NOW, 0), Next::Dead);
    let no = NotCarried { how: How::Permanent, code: "smtp.550".to_owned() };
    assert_eq!(after(&no, 1, MAX, NOW, 0), Next::Dead);
}

#[test]
fn nobody_is_asked_again_before_they_said() {
    let asked = SignedDuration::from_mins(5);
    let Next::Again { at } = after(&failed(Some(asked)), 1, MAX, NOW, 7) else { panic!("dead") };
    assert!(at >= NOW + asked);
    let for_ever = SignedDuration::MAX;
    let Next::Again { at } = after(&failed(Some(for_ever)), 1, MAX, NOW, 7) else { panic!("dead") };
    assert!(at <= NOW + SignedDuration::from_hours(12), "nobody may put us off for ever");
}

proptest! {
    #[test]
    fn a_wait_is_more_than_nothing_and_at_most_the_limit(tried in 1..MAX, luck in any::<u128>()) {
        let longest = SignedDuration::from_secs(10).saturating_mul(1 << (tried - 1).min(20));
        prop_assert!(wait(tried, luck) > SignedDuration::ZERO);
        prop_assert!(wait(tried, luck) <= longest.min(SignedDuration::from_hours(6)));
    }
}

use crate::job::{BadRate, Rate};
use jiff::{SignedDuration, Timestamp};
use proptest::{collection::vec, prelude::*};

fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap()
}

#[test]
fn three_a_minute_come_as_three_and_then_one_every_twenty_seconds() {
    let rate = Rate::new(3, SignedDuration::from_mins(1), 3).unwrap();
    let start: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    let mut bucket = None;
    let mut began = Vec::new();
    for second in 0..60 {
        let now = start + SignedDuration::from_secs(second);
        let room = rate.room(bucket, now);
        bucket = Some(rate.spent(bucket, now, room));
        began.extend(std::iter::repeat_n(second, room as usize));
    }
    assert_eq!(began, [0, 0, 0, 20, 40]);
}

#[test]
fn a_rate_of_nothing_or_of_more_than_can_be_told_apart_is_none() {
    let second = SignedDuration::from_secs(1);
    assert_eq!(Rate::new(0, second, 1), Err(BadRate));
    assert_eq!(Rate::new(1, SignedDuration::ZERO, 1), Err(BadRate));
    assert_eq!(Rate::new(1, -second, 1), Err(BadRate));
    assert_eq!(Rate::new(1, second, 0), Err(BadRate));
    assert_eq!(Rate::new(1_000_001, second, 1), Err(BadRate));
    assert_eq!(Rate::new(1, SignedDuration::from_hours(24 * 367), 1), Err(BadRate));
    assert!(Rate::new(1_000_000, second, 1_000_000).is_ok());
}

proptest! {
    /// In every stretch of time: the burst, and what has filled in meanwhile.
    #[test]
    fn never_more_begin_than_the_rate_says(
        count in 1_u32..50, per_s in 1_i64..100, burst in 1_u32..20,
        asks in vec((0_i64..20_000_000, 0_u32..30), 1..60),
    ) {
        let rate = Rate::new(count, SignedDuration::from_secs(per_s), burst).unwrap();
        let (mut now, mut bucket, mut began) = (1_700_000_000_000_000, None, Vec::new());
        for (later, asked) in asks {
            now += later;
            let taken = rate.room(bucket, at(now)).min(asked);
            bucket = Some(rate.spent(bucket, at(now), taken));
            began.push((now, taken));
        }
        for (i, (from, _)) in began.iter().enumerate() {
            let mut sum = 0_i64;
            for (to, taken) in &began[i..] {
                sum += i64::from(*taken);
                let filled = (to - from) * i64::from(count) / (per_s * 1_000_000);
                prop_assert!(sum <= i64::from(burst) + filled, "{sum} from {from} to {to}");
            }
        }
    }

    #[test]
    fn after_a_long_rest_the_bucket_is_full(count in 1_u32..50, burst in 1_u32..20, taken in 0_u32..20) {
        let rate = Rate::new(count, SignedDuration::from_secs(1), burst).unwrap();
        let bucket = rate.spent(None, at(0), taken.min(burst));
        let rested = at(1_000_000 * i64::from(burst) + 1_000_000);
        prop_assert_eq!(rate.room(Some(bucket), rested), burst);
    }

    #[test]
    fn it_opens_exactly_when_it_says(count in 1_u32..50, burst in 1_u32..20, now in 0_i64..1_000_000_000) {
        let rate = Rate::new(count, SignedDuration::from_secs(7), burst).unwrap();
        let bucket = Some(rate.spent(None, at(now), burst));
        prop_assert_eq!(rate.room(bucket, at(now)), 0);
        let opens = rate.opens_at(bucket, at(now));
        prop_assert!(rate.room(bucket, opens) >= 1);
        let before = at(opens.as_microsecond() - 1);
        prop_assert_eq!(rate.room(bucket, before), 0);
    }
}

use super::super::{
    carrier::{How, NotCarried},
    next::{Next, after},
};
use jiff::{SignedDuration, Timestamp};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const MAX: i64 = 16;

fn again(failed: &NotCarried, tried: i64, luck: u128) -> SignedDuration {
    match after(failed, tried, MAX, NOW, luck) {
        Next::Again { at } => at.duration_since(NOW),
        Next::Dead => panic!("attempt {tried} was the last"),
    }
}

#[test]
fn the_waits_of_sixteen_attempts_last_the_better_half_of_a_day() {
    let failed = NotCarried::transient("webhook.503");
    // Half of the longest wait, which is what chance comes to in the long run.
    let usual = |tried: i64| {
        let longest =
            (0..=i64::from(u16::MAX)).map(|step| u128::from(step.unsigned_abs()) * 400_000);
        longest.map(|luck| again(&failed, tried, luck)).max().unwrap_or_default() / 2
    };
    let waits = (1..MAX).map(usual).fold(SignedDuration::ZERO, SignedDuration::saturating_add);
    assert!(waits > SignedDuration::from_hours(12), "{waits:?}");
    assert!(waits < SignedDuration::from_hours(24), "{waits:?}");
}

#[test]
fn after_the_last_attempt_and_after_a_lasting_no_it_is_dead() {
    assert_eq!(after(&NotCarried::transient("smtp.421"), MAX, MAX, NOW, 0), Next::Dead);
    assert_eq!(after(&NotCarried::permanent("smtp.550"), 1, MAX, NOW, 0), Next::Dead);
}

#[test]
fn nobody_is_asked_again_before_they_said() {
    let asked = SignedDuration::from_mins(5);
    let how = How::Transient { retry_after: Some(asked) };
    let busy = NotCarried { how, code: "webhook.429".to_owned() };
    assert_eq!(again(&busy, 1, 7), asked);
}

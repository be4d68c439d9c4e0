mod backoff;
mod rate;
mod schedule;
mod standing;

use crate::job::{KindName, period};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

#[test]
fn a_kind_is_words_and_dots() {
    for kind in ["outgoing.deliver", "ext.sync_crm", "a.b", "packet.make.again"] {
        assert_eq!(kind.parse::<KindName>().unwrap().as_str(), kind);
    }
    for no in ["outbox", "Outbox.deliver", ".deliver", "outbox.", "a..b", "1.b", "a.1", "a b.c", ""]
    {
        assert!(no.parse::<KindName>().is_err(), "{no:?}");
    }
    let long = format!("a.{}", "b".repeat(63));
    assert!(long.parse::<KindName>().is_err());
    assert!("ext.sync".parse::<KindName>().unwrap().is_external());
    assert!(!"external.sync".parse::<KindName>().unwrap().is_external());
    for (kind, external, action) in [
        ("ext.sync", true, false),
        ("act.refund", true, true),
        ("ext.act.refund", true, false),
        ("action.refund", false, false),
        ("packet.make", false, false),
    ] {
        let kind: KindName = kind.parse().unwrap();
        assert_eq!((kind.is_external(), kind.is_action()), (external, action), "{kind}");
    }
}

proptest! {
    #[test]
    fn periods_follow_each_other_without_a_gap(s in -9_999_999_999_i64..9_999_999_999, length in 1_i64..999_999) {
        let (now, length) = (Timestamp::from_second(s).unwrap(), SignedDuration::from_secs(length));
        let began = period(now, length);
        prop_assert!(began <= s && s < began + length.as_secs());
        prop_assert_eq!(period(Timestamp::from_second(began).unwrap(), length), began);
        prop_assert_eq!(began.rem_euclid(length.as_secs()), 0);
    }
}

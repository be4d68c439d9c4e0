use super::{
    at,
    window::{any_shift, wall_clock_says_open},
    zone,
};
use crate::{
    hours::{Shift, Weekday},
    sla::{Calendar, NeverDue, Pause, Priority, WaitingFor, breached, due},
};
use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeSet;

/// Monday to Friday, 09:00 to 17:00, closed on Good Friday 2026.
fn office() -> Calendar {
    let days =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let hours = days.map(|weekday| Shift {
        weekday,
        from: "09:00".parse().unwrap(),
        to: "17:00".parse().unwrap(),
    });
    Calendar::Weekly { hours: hours.into(), holidays: [date(2026, 4, 3)].into() }
}

fn paused(from: &str, to: Option<&str>, waiting_for: WaitingFor) -> Pause {
    Pause { from: at(from), to: to.map(at), waiting_for }
}

fn berlin_due(started: &str, minutes: u32, calendar: &Calendar, pauses: &[Pause]) -> String {
    let now = at("2026-03-02T12:00Z");
    match due(at(started), minutes, calendar, &zone("Europe/Berlin"), pauses, now) {
        Ok(due) => due.to_string(),
        Err(never) => never.to_string(),
    }
}

#[test]
fn an_emergency_is_due_within_the_hour() {
    let targets = Priority::ALL.map(Priority::target_minutes);
    assert_eq!(targets, [60, 240, 1_440]);
    assert!(Priority::Emergency < Priority::Routine);
    assert_eq!(
        berlin_due("2026-03-02T10:00Z", 60, &Calendar::Always {}, &[]),
        "2026-03-02T11:00:00Z"
    );
}

#[test]
fn the_clock_waits_for_the_office_to_open() {
    // Friday 16:00 in Berlin, two hours: one on Friday, one on Monday.
    assert_eq!(berlin_due("2026-03-06T15:00Z", 120, &office(), &[]), "2026-03-09T09:00:00Z");
    // The end of the day belongs to the day.
    assert_eq!(berlin_due("2026-03-06T15:00Z", 60, &office(), &[]), "2026-03-06T16:00:00Z");
    // Out of hours, even a target of nothing waits for the door to open.
    assert_eq!(berlin_due("2026-03-07T15:00Z", 0, &office(), &[]), "2026-03-09T08:00:00Z");
}

#[test]
fn a_holiday_is_not_worked() {
    assert_eq!(berlin_due("2026-04-02T14:00Z", 120, &office(), &[]), "2026-04-06T08:00:00Z");
}

#[test]
fn an_hour_stays_an_hour_when_the_clocks_change() {
    let night = Calendar::Weekly {
        hours: vec![Shift {
            weekday: Weekday::Saturday,
            from: "22:00".parse().unwrap(),
            to: "06:00".parse().unwrap(),
        }],
        holidays: BTreeSet::new(),
    };
    // 28 March 2026: the night has seven hours; 24 October: it has nine.
    assert_eq!(berlin_due("2026-03-28T12:00Z", 420, &night, &[]), "2026-03-29T04:00:00Z");
    assert_eq!(berlin_due("2026-03-28T12:00Z", 421, &night, &[]), "2026-04-04T20:01:00Z");
    assert_eq!(berlin_due("2026-10-24T12:00Z", 540, &night, &[]), "2026-10-25T05:00:00Z");
}

#[test]
fn waiting_for_others_moves_the_due_time_and_waiting_for_us_does_not() {
    let start = "2026-03-02T08:00Z";
    let pause = |whom| [paused("2026-03-02T08:30Z", Some("2026-03-02T09:30Z"), whom)];
    let with = |whom| berlin_due(start, 60, &Calendar::Always {}, &pause(whom));
    assert_eq!(with(WaitingFor::Customer), "2026-03-02T10:00:00Z");
    assert_eq!(with(WaitingFor::Provider), "2026-03-02T10:00:00Z");
    assert_eq!(with(WaitingFor::Us), "2026-03-02T09:00:00Z");
}

#[test]
fn pauses_that_overlap_are_counted_once() {
    let pauses = [
        paused("2026-03-02T09:00Z", Some("2026-03-02T10:00Z"), WaitingFor::Provider),
        paused("2026-03-02T08:30Z", Some("2026-03-02T09:30Z"), WaitingFor::Customer),
        paused("2026-03-02T11:00Z", Some("2026-03-02T10:00Z"), WaitingFor::Customer),
    ];
    assert_eq!(
        berlin_due("2026-03-02T08:00Z", 60, &Calendar::Always {}, &pauses),
        "2026-03-02T10:30:00Z"
    );
}

#[test]
fn a_pause_while_closed_moves_nothing() {
    let night = [paused("2026-03-02T17:00Z", Some("2026-03-03T07:00Z"), WaitingFor::Customer)];
    assert_eq!(berlin_due("2026-03-02T15:00Z", 120, &office(), &night), "2026-03-03T09:00:00Z");
}

#[test]
fn a_pause_that_goes_on_is_counted_up_to_now() {
    let open = [paused("2026-03-02T08:30Z", None, WaitingFor::Customer)];
    assert_eq!(
        berlin_due("2026-03-02T08:00Z", 60, &Calendar::Always {}, &open),
        "2026-03-02T12:30:00Z"
    );
}

#[test]
fn what_comes_after_the_due_time_does_not_save_it() {
    let late = [paused("2026-03-02T09:00Z", None, WaitingFor::Customer)];
    let due = berlin_due("2026-03-02T08:00Z", 60, &Calendar::Always {}, &late);
    assert_eq!(due, "2026-03-02T09:00:00Z");
    assert!(!breached(at(&due), at("2026-03-02T09:00:00Z")));
    assert!(breached(at(&due), at("2026-03-02T09:00:01Z")));
}

#[test]
fn a_wait_of_twenty_years_is_skipped_over() {
    let ages = [paused("2006-03-02T08:30Z", None, WaitingFor::Customer)];
    assert_eq!(berlin_due("2006-03-02T08:00Z", 60, &office(), &ages), "2026-03-02T12:30:00Z");
}

#[test]
fn a_calendar_that_never_opens_is_an_error() {
    let closed = Calendar::Weekly { hours: vec![], holidays: BTreeSet::new() };
    assert_eq!(berlin_due("2026-03-02T08:00Z", 1, &closed, &[]), "the calendar has no open hours");
    let minute = Calendar::Weekly {
        hours: vec![Shift {
            weekday: Weekday::Monday,
            from: "09:00".parse().unwrap(),
            to: "09:01".parse().unwrap(),
        }],
        holidays: BTreeSet::new(),
    };
    let now = Timestamp::UNIX_EPOCH;
    let far = due(now, u32::MAX, &minute, &TimeZone::UTC, &[], now);
    assert_eq!(far, Err(NeverDue::TooFar));
    for started in [Timestamp::MIN, Timestamp::MAX] {
        assert!(due(started, u32::MAX, &minute, &TimeZone::UTC, &[], now).is_err());
    }
    assert!(due(Timestamp::MAX, 1, &Calendar::Always {}, &TimeZone::UTC, &[], now).is_err());
}

#[test]
fn a_calendar_is_written_as_people_think_of_it() {
    let json = r#"{"kind":"weekly","hours":[{"weekday":"monday","from":"22:00","to":"06:00"}],"holidays":["2026-12-25"]}"#;
    let read: Calendar = serde_json::from_str(json).unwrap();
    assert!(matches!(&read, Calendar::Weekly { hours, .. } if hours.len() == 1));
    assert!(serde_json::from_str::<Calendar>(r#"{"kind":"weekly","hours":[]}"#).is_err());
    assert!(serde_json::from_str::<Calendar>(r#"{"kind":"always","hours":[]}"#).is_err());
}

fn any_pause() -> impl Strategy<Value = Pause> {
    let whom =
        prop_oneof![Just(WaitingFor::Customer), Just(WaitingFor::Provider), Just(WaitingFor::Us)];
    (0i64..6_000, -100i64..2_000, whom, any::<bool>()).prop_map(|(from, length, whom, ended)| {
        Pause { from: minute(from), to: ended.then(|| minute(from + length)), waiting_for: whom }
    })
}

/// Minutes from the Friday before the clocks of New York go back.
fn minute(minutes: i64) -> Timestamp {
    at("2026-10-30T04:00Z") + SignedDuration::from_mins(minutes)
}

const NOW: i64 = 5_000;

/// The same answer, one minute after another.
fn counted(started: i64, target: u32, calendar: &Calendar, pauses: &[Pause]) -> Option<Timestamp> {
    let zone = zone("America/New_York");
    let mut left = target;
    for at in (started..started + 15 * 1_440).map(minute) {
        let open = match calendar {
            Calendar::Always {} => true,
            Calendar::Weekly { hours, holidays } => {
                !holidays.contains(&zone.to_datetime(at).date())
                    && wall_clock_says_open(hours, &zone, at)
            }
        };
        let waiting = pauses.iter().any(|pause| {
            let to = pause.to.unwrap_or(minute(NOW));
            pause.waiting_for != WaitingFor::Us && pause.from <= at && at < to
        });
        if open && !waiting {
            left -= 1;
            if left == 0 {
                return Some(at + SignedDuration::from_mins(1));
            }
        }
    }
    None
}

fn calendar() -> impl Strategy<Value = Calendar> {
    prop_oneof![
        Just(Calendar::Always {}),
        (vec(any_shift(), 1..6), any::<bool>()).prop_map(|(hours, holiday)| Calendar::Weekly {
            hours,
            holidays: holiday.then(|| date(2026, 11, 2)).into_iter().collect(),
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn due_is_what_counting_minutes_says(
        started in 0i64..4_000, target in 1u32..1_500,
        calendar in calendar(), pauses in vec(any_pause(), 0..4),
    ) {
        let zone = zone("America/New_York");
        let due = due(minute(started), target, &calendar, &zone, &pauses, minute(NOW));
        if let Some(expected) = counted(started, target, &calendar, &pauses) {
            prop_assert_eq!(due, Ok(expected));
        }
    }

    #[test]
    fn a_pause_never_brings_the_due_time_forward(
        started in 0i64..4_000, target in 0u32..1_500,
        calendar in calendar(), pauses in vec(any_pause(), 0..4), more in any_pause(),
    ) {
        let zone = zone("America/New_York");
        let with = |pauses: &[Pause]| {
            due(minute(started), target, &calendar, &zone, pauses, minute(NOW)).unwrap()
        };
        let before = with(&pauses);
        let after = with(&[pauses.clone(), vec![more]].concat());
        prop_assert!(after >= before);
        prop_assert!(more.waiting_for != WaitingFor::Us || after == before);
        prop_assert!(before >= minute(started));
    }

    #[test]
    fn any_times_are_answered(
        started in -377_705_023_201i64..253_402_207_200, target: u32,
        from in -377_705_023_201i64..253_402_207_200, calendar in calendar(),
    ) {
        let second = |seconds| Timestamp::from_second(seconds).unwrap();
        let pause = Pause { from: second(from), to: None, waiting_for: WaitingFor::Customer };
        let _ = due(second(started), target % 100_000, &calendar, &TimeZone::UTC, &[pause], second(0));
    }
}

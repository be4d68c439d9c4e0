use super::{at, zone};
use crate::{
    hours::{Shift, Span, Weekday},
    window::{BadMoment, BadWindow, Moment, NotCovered, Window, covered},
};
use jiff::{SignedDuration, Timestamp, civil::Time};
use proptest::{collection::vec, prelude::*, sample};

fn window(start: &str, end: &str) -> Window {
    Window::new(at(start), at(end)).unwrap()
}

fn shift(weekday: Weekday, from: &str, to: &str) -> Shift {
    Shift { weekday, from: from.parse().unwrap(), to: to.parse().unwrap() }
}

fn said(moment: &str, place: &str) -> String {
    match moment.parse::<Moment>().and_then(|moment| moment.resolve(&zone(place))) {
        Ok(at) => at.to_string(),
        Err(refused) => refused.to_string(),
    }
}

#[test]
fn a_window_goes_forward_and_ends_within_a_month() {
    let start = at("2026-03-02T09:00Z");
    let month = start + Window::LENGTH_MAX;
    assert!(Window::new(start, month).is_ok());
    let longer = month + SignedDuration::from_nanos(1);
    assert_eq!(Window::new(start, longer), Err(BadWindow::TooLong));
    assert_eq!(Window::new(start, start), Err(BadWindow::NotForward));
    assert_eq!(Window::new(Timestamp::MIN, Timestamp::MAX), Err(BadWindow::TooLong));
}

#[test]
fn a_window_that_runs_backwards_is_not_read() {
    let backwards = r#"{"start":"2026-03-02T10:00:00Z","end":"2026-03-02T09:00:00Z"}"#;
    assert!(serde_json::from_str::<Window>(backwards).is_err());
    let extra = r#"{"start":"2026-03-02T08:00:00Z","end":"2026-03-02T09:00:00Z","zone":"UTC"}"#;
    assert!(serde_json::from_str::<Window>(extra).is_err());
    let offset = r#"{"start":"2026-03-02T08:00:00-05:00","end":"2026-03-02T14:00:00Z"}"#;
    let read: Window = serde_json::from_str(offset).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&read).unwrap(), @r#"{"start":"2026-03-02T13:00:00Z","end":"2026-03-02T14:00:00Z"}"#);
}

#[test]
fn windows_that_only_touch_do_not_overlap() {
    let first = window("2026-03-02T09:00Z", "2026-03-02T10:00Z");
    assert!(!first.overlaps(&window("2026-03-02T10:00Z", "2026-03-02T11:00Z")));
    assert!(first.overlaps(&window("2026-03-02T09:59Z", "2026-03-02T11:00Z")));
}

#[test]
fn a_civil_time_is_read_on_the_clocks_of_the_site() {
    assert_eq!(said("2026-03-02T09:00", "America/New_York"), "2026-03-02T14:00:00Z");
    assert_eq!(said("2026-03-02T09:00", "Europe/Berlin"), "2026-03-02T08:00:00Z");
    assert_eq!(said("2026-03-02T09:00:00+01:00", "America/New_York"), "2026-03-02T08:00:00Z");
}

#[test]
fn an_hour_that_the_clocks_skip_is_refused() {
    assert_eq!(
        said("2026-03-08T02:30", "America/New_York"),
        "2026-03-08T02:30:00 does not exist at the site: the clocks go forward over it"
    );
    assert!(said("2026-03-29T02:00", "Europe/Berlin").contains("does not exist"));
    assert_eq!(said("2026-03-08T01:59:59", "America/New_York"), "2026-03-08T06:59:59Z");
    assert_eq!(said("2026-03-08T03:00", "America/New_York"), "2026-03-08T07:00:00Z");
}

#[test]
fn an_hour_that_happens_twice_needs_its_offset() {
    assert_eq!(
        said("2026-11-01T01:30", "America/New_York"),
        "2026-11-01T01:30:00 happens twice at the site; add the offset, -04 or -05"
    );
    assert!(said("2026-10-25T02:59:59", "Europe/Berlin").contains("happens twice"));
    assert_eq!(said("2026-11-01T01:30:00-04:00", "America/New_York"), "2026-11-01T05:30:00Z");
    assert_eq!(said("2026-11-01T01:30:00-05:00", "America/New_York"), "2026-11-01T06:30:00Z");
    assert_eq!(said("2026-10-25T03:00", "Europe/Berlin"), "2026-10-25T02:00:00Z");
}

#[test]
fn only_a_date_with_a_time_is_a_moment() {
    for wrong in [
        "",
        "2026-03-08",
        "2026-03-08T14",
        "2026-03-08 14:00",
        "2026-03-08t14:00",
        "20260308T140000",
        "2026-W10-7T14:00",
        "2026-03-08T14:00[Europe/Berlin]",
        "2026-03-08T14:00-05:00[America/New_York]",
        "2026-02-30T14:00",
        "2026-03-08T24:00",
        "2026-03-08T14:00+99:00",
        "tomorrow at two",
    ] {
        assert_eq!(wrong.parse::<Moment>(), Err(BadMoment::Unreadable), "{wrong:?}");
    }
}

#[test]
fn an_overnight_shift_ends_on_the_next_day() {
    let berlin = zone("Europe/Berlin");
    let night = [shift(Weekday::Monday, "22:00", "06:00")];
    let fits = window("2026-03-02T22:00Z", "2026-03-03T05:00Z");
    assert_eq!(covered(&fits, &night, &berlin, &[]), Ok(()));
    let late = window("2026-03-03T04:00Z", "2026-03-03T06:00Z");
    let ends = at("2026-03-03T05:00Z");
    assert_eq!(covered(&late, &night, &berlin, &[]), Err(NotCovered::OffShift { at: ends }));
}

#[test]
fn shifts_that_touch_cover_a_window_together() {
    let berlin = zone("Europe/Berlin");
    let shifts =
        [shift(Weekday::Tuesday, "00:00", "12:00"), shift(Weekday::Monday, "12:00", "00:00")];
    let across = window("2026-03-02T12:00Z", "2026-03-03T10:00Z");
    assert_eq!(covered(&across, &shifts, &berlin, &[]), Ok(()));
    let gap = [shifts[1], shift(Weekday::Tuesday, "00:01", "12:00")];
    let hole = at("2026-03-02T23:00Z");
    assert_eq!(covered(&across, &gap, &berlin, &[]), Err(NotCovered::OffShift { at: hole }));
}

#[test]
fn a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn() {
    let new_york = zone("America/New_York");
    let night = [shift(Weekday::Saturday, "22:00", "06:00")];
    let spring = window("2026-03-08T03:00Z", "2026-03-08T10:00Z");
    assert_eq!(covered(&spring, &night, &new_york, &[]), Ok(()));
    let autumn = window("2026-11-01T02:00Z", "2026-11-01T11:00Z");
    assert_eq!(covered(&autumn, &night, &new_york, &[]), Ok(()));
}

#[test]
fn a_day_that_never_was_covers_nothing() {
    // Samoa crossed the date line at the end of 29 December 2011.
    let apia = zone("Pacific/Apia");
    let friday = [shift(Weekday::Friday, "00:00", "00:00")];
    let start = at("2011-12-30T10:00Z");
    let around = Window::new(start, start + SignedDuration::from_mins(1)).unwrap();
    assert_eq!(covered(&around, &friday, &apia, &[]), Err(NotCovered::OffShift { at: start }));
}

#[test]
fn an_absence_outweighs_a_shift() {
    let berlin = zone("Europe/Berlin");
    let monday = [shift(Weekday::Monday, "08:00", "17:00")];
    let visit = window("2026-03-02T09:00Z", "2026-03-02T11:00Z");
    let (from, until) = (at("2026-03-02T10:59Z"), at("2026-06-01T00:00Z"));
    let away = covered(&visit, &monday, &berlin, &[Span::new(from, until)]);
    assert_eq!(away, Err(NotCovered::Absent { from, until }));
    let after = Span::new(at("2026-03-02T11:00Z"), until);
    assert_eq!(covered(&visit, &monday, &berlin, &[after]), Ok(()));
}

#[test]
fn the_ends_of_time_are_refused_without_panic() {
    let monday = [shift(Weekday::Monday, "08:00", "17:00")];
    let hour = SignedDuration::from_hours(1);
    for start in [Timestamp::MIN, Timestamp::MAX - hour] {
        let edge = Window::new(start, start + hour).unwrap();
        assert!(covered(&edge, &monday, &zone("Europe/Berlin"), &[]).is_err());
    }
}

const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// Whole hours, and none that a clock of New York or Berlin skips or repeats.
pub fn any_shift() -> impl Strategy<Value = Shift> {
    let hour = || sample::select(vec![0i8, 4, 6, 8, 12, 17, 20, 23]);
    (sample::select(&DAYS[..]), hour(), hour()).prop_map(|(weekday, from, to)| Shift {
        weekday,
        from: Time::constant(from, 0, 0, 0),
        to: Time::constant(to, 0, 0, 0),
    })
}

/// What a clock on the wall says about whether somebody is on shift.
pub fn wall_clock_says_open(shifts: &[Shift], zone: &jiff::tz::TimeZone, at: Timestamp) -> bool {
    let wall = zone.to_datetime(at);
    let (today, time) = (Weekday::from(wall.date().weekday()), wall.time());
    let yesterday = Weekday::from(wall.date().yesterday().unwrap().weekday());
    shifts.iter().any(|shift| {
        let overnight = shift.to <= shift.from;
        let started = shift.weekday == today && shift.from <= time;
        let goes_on = shift.weekday == yesterday && overnight && time < shift.to;
        (started && (overnight || time < shift.to)) || goes_on
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn covered_means_on_shift_at_every_minute(
        shifts in vec(any_shift(), 0..8), autumn: bool, start in 0i64..4_000, length in 1i64..2_000,
    ) {
        let zone = zone("America/New_York");
        let near = if autumn { "2026-10-30T00:00Z" } else { "2026-03-06T00:00Z" };
        let start = at(near) + SignedDuration::from_mins(start);
        let visit = Window::new(start, start + SignedDuration::from_mins(length)).unwrap();
        let hole = (0..length)
            .map(|minute| start + SignedDuration::from_mins(minute))
            .find(|at| !wall_clock_says_open(&shifts, &zone, *at));
        let expected = hole.map_or(Ok(()), |at| Err(NotCovered::OffShift { at }));
        prop_assert_eq!(covered(&visit, &shifts, &zone, &[]), expected);
    }

    #[test]
    fn overlapping_is_mutual_and_means_a_shared_moment(a in 0i64..50, b in 0i64..50, long in 1i64..9, short in 1i64..4) {
        let hour = |hours| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let first = Window::new(hour(a), hour(a + long)).unwrap();
        let second = Window::new(hour(b), hour(b + short)).unwrap();
        let shared = (b..b + short).any(|at| first.contains(hour(at)));
        prop_assert_eq!(first.overlaps(&second), shared);
        prop_assert_eq!(second.overlaps(&first), shared);
    }

    #[test]
    fn what_was_resolved_reads_the_same_on_the_wall(seconds in 1_772_000_000i64..1_804_000_000) {
        let zone = zone("Europe/Berlin");
        let at = Timestamp::from_second(seconds).unwrap();
        match Moment::Civil(zone.to_datetime(at)).resolve(&zone) {
            Ok(resolved) => prop_assert_eq!(resolved, at),
            Err(refused) => {
                let twice = matches!(refused, BadMoment::Twice { .. });
                prop_assert!(twice);
            }
        }
    }

    #[test]
    fn any_text_is_a_moment_or_is_refused(text in "[0-9T:Z+.-]{0,30}|.{0,30}") {
        if let Ok(moment) = text.parse::<Moment>() {
            prop_assert_eq!(moment.to_string().parse::<Moment>(), Ok(moment));
            let _ = moment.resolve(&zone("Europe/Berlin"));
        }
    }
}

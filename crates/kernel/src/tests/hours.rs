use super::{at, zone};
use crate::hours::{Shift, Span, Weekday, covered_on, day, union};
use jiff::civil::date;

fn span(start: &str, end: &str) -> Span {
    Span::new(at(start), at(end))
}

#[test]
fn stretches_that_touch_or_overlap_become_one() {
    let whole = span("2026-03-02T08:00Z", "2026-03-02T12:00Z");
    let parts = vec![
        span("2026-03-02T10:00Z", "2026-03-02T12:00Z"),
        span("2026-03-02T09:00Z", "2026-03-02T07:00Z"),
        span("2026-03-02T08:00Z", "2026-03-02T10:00Z"),
        span("2026-03-02T08:30Z", "2026-03-02T09:00Z"),
    ];
    assert_eq!(union(parts), [whole]);
}

#[test]
fn a_day_is_as_long_as_its_clocks_make_it() {
    let new_york = zone("America/New_York");
    let hours = |date| {
        let day = day(date, &new_york).unwrap();
        day.start.duration_until(day.end).as_hours()
    };
    assert_eq!(hours(date(2026, 3, 8)), 23);
    assert_eq!(hours(date(2026, 3, 9)), 24);
    assert_eq!(hours(date(2026, 11, 1)), 25);
    assert!(day(date(9999, 12, 31), &new_york).is_err());
}

#[test]
fn a_shift_inside_the_hour_that_is_skipped_is_worked_after_it() {
    let shift = Shift {
        weekday: Weekday::Sunday,
        from: "02:15".parse().unwrap(),
        to: "02:45".parse().unwrap(),
    };
    let covered = covered_on(date(2026, 3, 8), &[shift], &zone("America/New_York"));
    assert_eq!(covered, Ok(vec![span("2026-03-08T07:15Z", "2026-03-08T07:45Z")]));
}

use super::super::{at, zone};
use crate::job::{BadSchedule, Schedule};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// A Friday.
const NOW: &str = "2026-01-02T09:00:00Z";

fn schedule(text: &str, zone_name: &str) -> Schedule {
    Schedule::new(text, zone(zone_name), at(NOW)).unwrap()
}

/// Every tick of a civil day in Berlin, as UTC.
fn ticks(text: &str, from: &str, to: &str) -> Vec<String> {
    let (schedule, mut now, mut seen) = (schedule(text, "Europe/Berlin"), at(from), Vec::new());
    while let Some(tick) = schedule.next(now).filter(|tick| *tick < at(to)) {
        seen.push(tick.strftime("%H:%M").to_string());
        now = tick;
    }
    seen
}

#[test]
fn five_fields_say_when() {
    let workdays = schedule("0 6 * * MON-FRI", "Europe/Berlin");
    assert_eq!(workdays.next(at(NOW)), Some(at("2026-01-05T05:00:00Z")));
    let either = schedule("0 0 13 * FRI", "UTC");
    // With both days restricted, either counts, as everybody's cron has it.
    assert_eq!(either.next(at(NOW)), Some(at("2026-01-09T00:00:00Z")));
    assert_eq!(schedule("@daily", "UTC").next(at(NOW)), Some(at("2026-01-03T00:00:00Z")));
    assert_eq!(schedule("0 0 29 2 *", "UTC").next(at(NOW)), Some(at("2028-02-29T00:00:00Z")));
    // Both spellings of Sunday.
    assert_eq!(schedule("0 0 * * 7", "UTC").next(at(NOW)), Some(at("2026-01-04T00:00:00Z")));
    assert_eq!(schedule("0 0 * * 0", "UTC").next(at(NOW)), Some(at("2026-01-04T00:00:00Z")));
}

#[test]
fn what_is_no_schedule_is_refused() {
    let long = format!("0 {} * * *", "1,".repeat(200));
    let refused = [
        "",
        "* * * *",
        "0 * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "a b c d e",
        "*/0 * * * *",
        "5/10 * * * *",
        "5-1 * * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "* * * * mon-sun",
        "1, * * * *",
        "+1 * * * *",
        "001 * * * *",
        "@never",
        "* * * * ?",
        "* * L * *",
        &long,
    ];
    for no in refused {
        let refused = Schedule::new(no, zone("UTC"), at(NOW));
        assert!(matches!(refused, Err(BadSchedule::Fields(_))), "{no:?}: {refused:?}");
    }
    let never = Schedule::new("0 0 30 2 *", zone("UTC"), at(NOW));
    assert!(matches!(never, Err(BadSchedule::Never)));
}

/// In Berlin, on 29 March 2026 the clocks go from 02:00 to 03:00 at 01:00 UTC.
#[test]
fn a_fixed_time_that_the_clocks_skip_comes_right_after_the_gap() {
    let (from, to) = ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    assert_eq!(ticks("30 2 * * *", from, to), ["01:00"]);
    assert_eq!(ticks("30 1 * * *", from, to), ["00:30"]);
    assert_eq!(ticks("0 3 * * *", from, to), ["01:00"]);
}

#[test]
fn what_recurs_within_the_day_has_no_ticks_in_the_gap() {
    let (from, to) = ("2026-03-29T00:15:00Z", "2026-03-29T01:45:00Z");
    assert_eq!(ticks("*/15 * * * *", from, to), ["00:30", "00:45", "01:00", "01:15", "01:30"]);
    let day = ticks("0 * * * *", "2026-03-28T22:59:00Z", "2026-03-29T21:59:00Z");
    assert_eq!(day.len(), 23);
}

/// In Berlin, on 25 October 2026 the clocks go from 03:00 back to 02:00 at 01:00 UTC.
#[test]
fn a_fixed_time_that_the_clocks_repeat_comes_once() {
    let (from, to) = ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    assert_eq!(ticks("30 2 * * *", from, to), ["00:30"]);
    assert_eq!(ticks("0 3 * * *", from, to), ["02:00"]);
}

#[test]
fn what_recurs_within_the_day_goes_through_both_hours() {
    let (from, to) = ("2026-10-25T00:15:00Z", "2026-10-25T02:15:00Z");
    assert_eq!(ticks("*/30 * * * *", from, to), ["00:30", "01:00", "01:30", "02:00"],);
    let day = ticks("0 * * * *", "2026-10-24T21:59:00Z", "2026-10-25T22:59:00Z");
    assert_eq!(day.len(), 25);
}

/// In Berlin both fall into the gap; they become one.
#[test]
fn times_that_the_clocks_skip_together_come_as_one() {
    let (from, to) = ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    assert_eq!(ticks("0,30 2,3 * * *", from, to), ["01:00", "01:30"]);
}

/// On Samoa there was no 30 December 2011.
#[test]
fn a_day_that_was_skipped_altogether_is_made_up_for_at_its_end() {
    let now = at("2011-12-29T00:00:00Z");
    let daily = Schedule::new("0 12 * * *", zone("Pacific/Apia"), now).unwrap();
    let mut ticks = vec![now];
    (0..3).for_each(|_| ticks.push(daily.next(*ticks.last().unwrap()).unwrap()));
    let shown: Vec<_> = ticks[1..].iter().map(Timestamp::to_string).collect();
    assert_eq!(shown, ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"]);
}

/// In Newfoundland they went from 00:01 on the 7th back to 23:01 on the 6th.
#[test]
fn clocks_that_go_back_over_midnight_lose_no_tick() {
    let now = at("2010-11-07T03:00:00Z");
    let schedule =
        Schedule::new("*/30 * * * *", zone("America/St_Johns"), at("2010-11-07T02:00:00Z"))
            .unwrap();
    let mut tick = at("2010-11-07T02:00:00Z");
    let mut seen = Vec::new();
    for _ in 0..5 {
        tick = schedule.next(tick).unwrap();
        seen.push(tick.to_string());
        assert_eq!(schedule.latest(now.min(tick), tick), tick);
    }
    assert_eq!(
        seen,
        [
            "2010-11-07T02:30:00Z",
            "2010-11-07T03:00:00Z",
            "2010-11-07T03:30:00Z",
            "2010-11-07T04:00:00Z",
            "2010-11-07T04:30:00Z",
        ],
    );
}

#[test]
fn however_many_ticks_were_missed_the_last_is_the_one_to_do() {
    let hourly = schedule("0 * * * *", "UTC");
    let due = at("2026-01-02T10:00:00Z");
    assert_eq!(hourly.latest(due, at("2026-01-02T10:00:00Z")), due);
    assert_eq!(hourly.latest(due, at("2026-01-02T10:59:59Z")), due);
    assert_eq!(hourly.latest(due, at("2026-01-05T17:30:00Z")), at("2026-01-05T17:00:00Z"));
}

fn field(min: u8, max: u8) -> impl Strategy<Value = String> {
    let value = min..=max;
    let range = (min..=max, min..=max).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b)));
    let list = proptest::collection::vec(min..=max, 1..4)
        .prop_map(|all| all.iter().map(u8::to_string).collect::<Vec<_>>().join(","));
    prop_oneof![
        Just("*".to_owned()),
        value.prop_map(|value| value.to_string()),
        range.clone(),
        (range, 1_u8..9).prop_map(|(range, step)| format!("{range}/{step}")),
        (1_u8..20).prop_map(|step| format!("*/{step}")),
        list,
    ]
}

proptest! {
    /// Against going through the minutes one by one.
    #[test]
    fn no_tick_is_skipped_and_none_is_made_up(
        start in 1_700_000_000_i64..1_800_000_000, step in 1_i64..30, hour in 0_i64..24,
    ) {
        let schedule = schedule(&format!("*/{step} {hour} * * *"), "UTC");
        let after = Timestamp::from_second(start).unwrap();
        let next = schedule.next(after).unwrap();
        let fits = |second: i64| {
            let (minute, clock) = (second / 60 % 60, second / 3_600 % 24);
            second % 60 == 0 && minute % step == 0 && clock == hour
        };
        let first = (start + 1..=start + 172_800).find(|second| fits(*second)).unwrap();
        prop_assert_eq!(next.as_second(), first);
    }

    /// Against another reader of the same five fields.
    #[test]
    fn it_ticks_as_others_do(
        start in 1_700_000_000_i64..1_800_000_000,
        minute in field(0, 59), hour in field(0, 23), day in field(1, 28), month in field(1, 12), weekday in field(0, 7),
    ) {
        let text = format!("{minute} {hour} {day} {month} {weekday}");
        let steps = |field: &str| field.contains("*/");
        // Of a step over all days, croner says that it restricts them and Vixie that it does not.
        prop_assume!(!steps(&day) && !steps(&weekday));
        let after = Timestamp::from_second(start).unwrap();
        let theirs: croner::Cron = text.parse().unwrap();
        let theirs = theirs.find_next_occurrence(&after.to_zoned(zone("UTC")), false).unwrap();
        prop_assert_eq!(schedule(&text, "UTC").next(after), Some(theirs.timestamp()), "{}", text);
    }

    /// In a zone whose clocks change.
    #[test]
    fn ticks_only_ever_go_forward(
        start in 1_700_000_000_i64..1_800_000_000,
        text in prop::sample::select(vec![
            "30 2 * * *", "*/7 * * * *", "0 1-4 * * *", "59 23 * * SUN", "0 0 1 * *", "15 2,3 * 3,10 *",
        ]),
    ) {
        let schedule = schedule(text, "Europe/Berlin");
        let mut now = Timestamp::from_second(start).unwrap();
        for _ in 0..20 {
            let next = schedule.next(now).unwrap();
            prop_assert!(next > now);
            // Between two ticks there is none: from anywhere between them, the same one is next.
            let halfway = now + SignedDuration::from_secs((next - now).get_seconds() / 2);
            prop_assert_eq!(schedule.next(halfway), Some(next));
            let due = schedule.latest(next, next);
            prop_assert_eq!(due, next);
            now = next;
        }
    }
}

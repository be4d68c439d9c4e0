use crate::money::{BadSum, Currency, Money, Rate, Rounding, round_up_to_increment};
use proptest::prelude::*;
use std::num::NonZeroU32;

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}

fn money(json: &str) -> Result<Money, String> {
    serde_json::from_str(json).map_err(|wrong| wrong.to_string())
}

#[test]
fn money_is_written_in_minor_units() {
    let written = serde_json::to_string(&usd(12_500)).unwrap();
    assert_eq!(written, r#"{"minor":12500,"currency":"USD"}"#);
    assert_eq!(money(&written), Ok(usd(12_500)));
}

#[test]
fn a_fraction_of_a_minor_unit_is_not_money() {
    for wrong in ["125.5", "125.0", "1e2", "\"125\"", "9223372036854775808", "null"] {
        let json = format!(r#"{{"minor":{wrong},"currency":"USD"}}"#);
        assert!(money(&json).is_err(), "{json}");
    }
}

#[test]
fn only_current_currencies_in_capitals_are_known() {
    for wrong in ["usd", "US", "USDX", "ABC", "XXX", "XAU", "XTS", "DEM", "BGN", "ANG", " USD", ""]
    {
        assert!(wrong.parse::<Currency>().is_err(), "{wrong:?}");
    }
    assert!(money(r#"{"minor":1,"currency":"usd"}"#).is_err());
    assert!(money(r#"{"minor":1,"currency":"USD","scale":2}"#).is_err());
}

#[test]
fn no_currency_is_listed_twice() {
    let mut codes: Vec<_> = Currency::all().map(Currency::code).collect();
    assert_eq!(codes.len(), 155);
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 155);
    assert!(codes.iter().all(|code| code.len() == 3));
}

#[test]
fn people_read_the_digits_of_the_currency() {
    let shown = |minor, code: &str| Money::new(minor, code.parse().unwrap()).to_string();
    assert_eq!(shown(12_500, "USD"), "125.00 USD");
    assert_eq!(shown(-5, "EUR"), "-0.05 EUR");
    assert_eq!(shown(0, "EUR"), "0.00 EUR");
    assert_eq!(shown(125, "JPY"), "125 JPY");
    assert_eq!(shown(1_250, "KWD"), "1.250 KWD");
    assert_eq!(shown(i64::MIN, "USD"), "-92233720368547758.08 USD");
}

#[test]
fn currencies_do_not_mix() {
    let yen = Money::new(1, "JPY".parse().unwrap());
    let refused = usd(1).checked_add(yen).unwrap_err();
    assert_eq!(refused.to_string(), "USD and JPY cannot be added");
    assert!(usd(1).checked_sub(yen).is_err());
    assert!(Money::sum(yen.currency, [yen, usd(1)]).is_err());
}

#[test]
fn an_amount_that_does_not_fit_is_an_error() {
    assert_eq!(usd(i64::MAX).checked_add(usd(1)), Err(BadSum::Overflow));
    assert_eq!(usd(i64::MIN).checked_sub(usd(1)), Err(BadSum::Overflow));
    assert_eq!(usd(i64::MIN).negated(), Err(BadSum::Overflow));
    assert_eq!(usd(i64::MAX).checked_mul(2), Err(BadSum::Overflow));
    assert_eq!(usd(i64::MAX).share(Rate(2_000_000), Rounding::Down), Err(BadSum::Overflow));
}

#[test]
fn each_rounding_keeps_its_rule_on_both_sides_of_zero() {
    let half = Rate::from_bp(5_000).unwrap();
    let of = |minor, rounding| usd(minor).share(half, rounding).unwrap().minor;
    assert_eq!([1, 3, 5, -1, -3].map(|it| of(it, Rounding::HalfUp)), [1, 2, 3, -1, -2]);
    assert_eq!([1, 3, 5, -1, -3].map(|it| of(it, Rounding::HalfEven)), [0, 2, 2, 0, -2]);
    assert_eq!([1, 3, 5, -1, -3].map(|it| of(it, Rounding::Down)), [0, 1, 2, 0, -1]);
}

#[test]
fn a_rate_can_say_eight_and_seven_eighths_percent() {
    let new_york = Rate(88_750);
    assert_eq!(new_york.to_string(), "8.875 %");
    assert_eq!(Rate::from_bp(1_900).unwrap().to_string(), "19 %");
    assert_eq!(usd(100_000).share(new_york, Rounding::HalfUp), Ok(usd(8_875)));
    assert_eq!(Rate::from_bp(u32::MAX), None);
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![Just(Rounding::HalfUp), Just(Rounding::HalfEven), Just(Rounding::Down)]
}

proptest! {
    #[test]
    fn adding_and_taking_away_again_changes_nothing(a: i64, b: i64) {
        if let Ok(sum) = usd(a).checked_add(usd(b)) {
            prop_assert_eq!(sum.checked_sub(usd(b)), Ok(usd(a)));
        }
    }

    #[test]
    fn a_share_of_the_negated_is_the_negated_share(
        minor in -i64::MAX..=i64::MAX, rate in 0u32..=1_000_000, rounding in rounding(),
    ) {
        let share = usd(minor).share(Rate(rate), rounding).unwrap();
        let mirrored = usd(-minor).share(Rate(rate), rounding).unwrap();
        prop_assert_eq!(share.negated(), Ok(mirrored));
    }

    #[test]
    fn a_share_is_within_one_minor_unit_of_the_truth(
        minor: i64, rate in 0u32..=1_000_000, rounding in rounding(),
    ) {
        let share = usd(minor).share(Rate(rate), rounding).unwrap();
        let off = i128::from(share.minor) * 1_000_000 - i128::from(minor) * i128::from(rate);
        prop_assert!(off.abs() < 1_000_000);
        prop_assert!(rounding == Rounding::Down || off.abs() <= 500_000);
    }

    #[test]
    fn any_arithmetic_answers(
        a: i64, b: i64, rate: u32, per in 1u32.., rounding in rounding(),
    ) {
        let per = NonZeroU32::new(per).unwrap();
        let (a, by) = (usd(a), b);
        let _ = (a.checked_mul(by), a.negated(), a.share(Rate(rate), rounding));
        let _ = (a.times(by, per, rounding), a.to_string(), Rate(rate).to_string());
    }

    #[test]
    fn rounding_up_never_lowers_and_stays_within_one_increment(minutes: u32, increment in 1u32..) {
        let increment = NonZeroU32::new(increment).unwrap();
        if let Ok(up) = round_up_to_increment(minutes, increment) {
            prop_assert!(up >= minutes && up - minutes < increment.get());
            prop_assert_eq!(up % increment.get(), 0);
        }
    }

    #[test]
    fn what_people_read_is_the_amount(minor: i64) {
        let digits: String = usd(minor).to_string().chars().filter(|c| "-0123456789".contains(*c)).collect();
        prop_assert_eq!(digits.parse::<i64>(), Ok(minor));
    }
}

use crate::{
    invoice::{
        CheckName, Draft, LaborEntry, LaborRate, LineKind, NotPriced, PartEntry, RateCard, TaxRule,
        Work, cost_so_far, credit_of, price,
    },
    key::Key,
    money::{BadSum, Money, Rate, Rounding},
};
use proptest::{collection::vec, prelude::*};
use std::num::NonZeroU32;

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}

fn yen(minor: i64) -> Money {
    Money::new(minor, "JPY".parse().unwrap())
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn hourly(per_hour: i64, increment: u32, minimum_minutes: u32) -> LaborRate {
    LaborRate { per_hour: usd(per_hour), increment_minutes: some(increment), minimum_minutes }
}

fn tax(name: &str, rate: u32, rounding: Rounding, applies_to: &[LineKind]) -> TaxRule {
    let applies_to = applies_to.iter().copied().collect();
    TaxRule { name: name.parse().unwrap(), rate: Rate(rate), rounding, applies_to }
}

fn card() -> RateCard {
    RateCard {
        currency: "USD".parse().unwrap(),
        labor: [(key("regular"), hourly(12_000, 15, 60)), (key("overtime"), hourly(18_000, 15, 0))]
            .into(),
        allowance_minutes: 10,
        trip_fee: usd(7_500),
        part_markup: Rate::from_bp(2_500).unwrap(),
        taxes: vec![
            tax("state", 88_750, Rounding::HalfUp, &[LineKind::Part, LineKind::Labor]),
            tax("parts levy", 5_000, Rounding::Down, &[LineKind::Part]),
        ],
    }
}

fn labor(minutes: u32, kind: &str) -> LaborEntry {
    LaborEntry { minutes, kind: key(kind), rate: None }
}

fn part(quantity: u32, unit_cost: i64) -> PartEntry {
    PartEntry {
        description: "latch bolt".parse().unwrap(),
        quantity: some(quantity),
        unit_cost: usd(unit_cost),
    }
}

fn work() -> Work {
    Work {
        labor: vec![labor(50, "regular"), labor(20, "overtime"), labor(21, "regular")],
        parts: vec![part(2, 1_999)],
        trips: 1,
        on_site_minutes: 85,
        limit: usd(25_000),
        approved: vec![usd(15_000)],
        attached: true,
    }
}

fn shown(draft: &Draft) -> String {
    let lines = draft.lines.iter().map(|line| {
        let (about, per) = (&line.description, line.per);
        format!("{about}: {} x {} / {per} = {}", line.quantity, line.unit_price, line.amount)
    });
    let taxes = draft
        .taxes
        .iter()
        .map(|tax| format!("{} {} of {} = {}", tax.name, tax.rate, tax.base, tax.amount));
    let sums = [format!("{} + {} = {}", draft.subtotal, draft.tax, draft.total)];
    let checks = draft
        .checks
        .iter()
        .map(|check| format!("{:?} {}: {}", check.name, check.passed, check.detail));
    lines.chain(taxes).chain(sums).chain(checks).collect::<Vec<_>>().join("\n")
}

fn failed(card: &RateCard, work: &Work) -> Vec<CheckName> {
    let draft = price(card, work).unwrap();
    assert_eq!(draft.passes(), draft.checks.iter().all(|check| check.passed));
    draft.checks.iter().filter(|check| !check.passed).map(|check| check.name).collect()
}

#[test]
fn a_draft_shows_how_it_was_computed() {
    let draft = price(&card(), &work()).unwrap();
    insta::assert_snapshot!(shown(&draft), @"
    labor: overtime (20 min worked): 30 x 180.00 USD / 60 = 90.00 USD
    labor: regular (71 min worked): 75 x 120.00 USD / 60 = 150.00 USD
    latch bolt: 2 x 24.99 USD / 1 = 49.98 USD
    trip: 1 x 75.00 USD / 1 = 75.00 USD
    state 8.875 % of 289.98 USD = 25.74 USD
    parts levy 0.5 % of 49.98 USD = 0.24 USD
    364.98 USD + 25.98 USD = 390.96 USD
    WithinLimit true: 390.96 USD of 400.00 USD
    TimeOnSite true: 91 min logged, 85 min on site, 10 min allowance
    CurrencyAgrees true: all is in USD
    RateOnCard true: every rate is the card's
    AttachmentPresent true: the verified evidence is attached
    ");
}

#[test]
fn a_credit_takes_back_every_amount() {
    let credit = credit_of(&price(&card(), &work()).unwrap()).unwrap();
    insta::assert_snapshot!(shown(&credit), @"
    labor: overtime (20 min worked): -30 x 180.00 USD / 60 = -90.00 USD
    labor: regular (71 min worked): -75 x 120.00 USD / 60 = -150.00 USD
    latch bolt: -2 x 24.99 USD / 1 = -49.98 USD
    trip: -1 x 75.00 USD / 1 = -75.00 USD
    state 8.875 % of -289.98 USD = -25.74 USD
    parts levy 0.5 % of -49.98 USD = -0.24 USD
    -364.98 USD + -25.98 USD = -390.96 USD
    ");
}

#[test]
fn minutes_of_a_kind_are_added_up_before_they_are_rounded() {
    let three = [labor(5, "overtime"), labor(5, "overtime"), labor(5, "overtime")];
    assert_eq!(cost_so_far(&three, &[], &card()), Ok(usd(4_500)));
    assert_eq!(cost_so_far(&[labor(16, "overtime")], &[], &card()), Ok(usd(9_000)));
}

#[test]
fn the_minimum_is_billed_only_if_somebody_worked() {
    assert_eq!(cost_so_far(&[labor(1, "regular")], &[], &card()), Ok(usd(12_000)));
    assert_eq!(cost_so_far(&[labor(0, "regular")], &[], &card()), Ok(usd(0)));
}

#[test]
fn the_limit_includes_taxes_and_approved_changes() {
    let total = price(&card(), &work()).unwrap().total.minor;
    let limited = |minor| Work { limit: usd(minor - 15_000), ..work() };
    assert_eq!(failed(&card(), &limited(total)), []);
    assert_eq!(failed(&card(), &limited(total - 1)), [CheckName::WithinLimit]);
}

#[test]
fn a_limit_of_zero_means_that_nothing_may_be_asked() {
    let quote_first = Work { limit: usd(0), approved: vec![], ..work() };
    assert_eq!(failed(&card(), &quote_first), [CheckName::WithinLimit]);
}

#[test]
fn more_time_than_on_site_is_noticed() {
    assert_eq!(failed(&card(), &Work { on_site_minutes: 81, ..work() }), []);
    let short = Work { on_site_minutes: 80, ..work() };
    assert_eq!(failed(&card(), &short), [CheckName::TimeOnSite]);
}

#[test]
fn a_rate_that_the_card_does_not_say_is_noticed_and_not_used() {
    let mut told = work();
    told.labor[0].rate = Some(usd(99_999));
    assert_eq!(failed(&card(), &told), [CheckName::RateOnCard]);
    assert_eq!(price(&card(), &told).unwrap().total, price(&card(), &work()).unwrap().total);
    told.labor[0].rate = Some(usd(12_000));
    assert_eq!(failed(&card(), &told), []);
}

#[test]
fn a_packet_that_is_not_there_is_noticed() {
    let without = Work { attached: false, ..work() };
    assert_eq!(failed(&card(), &without), [CheckName::AttachmentPresent]);
}

#[test]
fn an_agreement_in_another_currency_is_noticed() {
    let both = [CheckName::WithinLimit, CheckName::CurrencyAgrees];
    assert_eq!(failed(&card(), &Work { limit: yen(1_000_000), ..work() }), both);
    assert_eq!(failed(&card(), &Work { approved: vec![yen(1)], ..work() }), both);
    let all_yen = Work { limit: yen(1_000_000), approved: vec![yen(1)], ..work() };
    assert_eq!(failed(&card(), &all_yen), both);
}

#[test]
fn work_in_another_currency_has_no_price() {
    let mut foreign = work();
    foreign.parts[0].unit_cost = yen(100);
    let refused = price(&card(), &foreign).unwrap_err();
    assert_eq!(refused.to_string(), "USD and JPY cannot be added");
}

#[test]
fn a_card_is_checked_as_a_whole() {
    assert_eq!(card().check(), Ok(()));
    let negative = RateCard { trip_fee: usd(-1), ..card() };
    assert_eq!(negative.check(), Err(NotPriced::Negative { what: "the trip fee" }));
    let mixed = RateCard { trip_fee: yen(1), ..card() };
    assert!(matches!(mixed.check(), Err(NotPriced::BadSum(BadSum::Currencies { .. }))));
}

#[test]
fn labor_of_a_kind_without_a_rate_has_no_price() {
    let mut unknown = work();
    unknown.labor.push(labor(1, "consulting"));
    let refused = price(&card(), &unknown).unwrap_err();
    assert_eq!(refused.to_string(), "the rate card has no rate for labor of the kind `consulting`");
}

#[test]
fn nothing_is_paid_back_by_a_negative_price() {
    let negative = Work { parts: vec![part(1, -1)], ..work() };
    assert_eq!(price(&card(), &negative), Err(NotPriced::Negative { what: "the cost of a part" }));
    let lowered = Work { approved: vec![usd(-1)], ..work() };
    assert_eq!(price(&card(), &lowered), Err(NotPriced::Negative { what: "an approved change" }));
}

fn amount() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![12 => 0i64..1_000_000, 1 => any::<i64>(), 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![Just(Rounding::HalfUp), Just(Rounding::HalfEven), Just(Rounding::Down)]
}

fn any_card(amounts: impl Strategy<Value = i64> + Clone) -> impl Strategy<Value = RateCard> {
    let rate = (amounts.clone(), 1u32..500, 0u32..200);
    let rate = rate.prop_map(|(hour, increment, minimum)| hourly(hour, increment, minimum));
    let kinds = vec(any::<bool>(), 3).prop_map(|kinds| {
        let all = [LineKind::Labor, LineKind::Part, LineKind::Trip];
        all.into_iter().zip(kinds).filter(|(_, on)| *on).map(|(kind, _)| kind).collect::<Vec<_>>()
    });
    let taxes = (0u32..400_000, rounding(), kinds)
        .prop_map(|(rate, rounding, kinds)| tax("tax", rate, rounding, &kinds));
    (vec(rate, 2), amounts, 0u32..2_000_000, vec(taxes, 0..3)).prop_map(
        |(rates, fee, markup, taxes)| RateCard {
            labor: [key("regular"), key("overtime")].into_iter().zip(rates).collect(),
            trip_fee: usd(fee),
            part_markup: Rate(markup),
            taxes,
            ..card()
        },
    )
}

fn any_work(
    amounts: impl Strategy<Value = i64> + Clone,
    counts: impl Strategy<Value = u32> + Clone,
) -> impl Strategy<Value = Work> {
    let kind = prop_oneof![Just("regular"), Just("overtime")];
    let time = (counts.clone(), kind).prop_map(|(minutes, kind)| labor(minutes, kind));
    let used =
        (counts.clone(), amounts.clone()).prop_map(|(quantity, cost)| part(quantity.max(1), cost));
    let agreed = (amounts.clone(), vec(amounts, 0..3));
    (vec(time, 0..5), vec(used, 0..5), counts, agreed).prop_map(
        |(labor, parts, trips, (limit, approved))| Work {
            labor,
            parts,
            trips,
            limit: usd(limit),
            approved: approved.into_iter().map(usd).collect(),
            ..work()
        },
    )
}

proptest! {
    #[test]
    fn the_total_is_the_sum_of_its_lines_and_taxes(
        card in any_card(0i64..1_000_000), work in any_work(0i64..1_000_000, 0u32..5_000),
    ) {
        let draft = price(&card, &work).unwrap();
        let lines: i64 = draft.lines.iter().map(|line| line.amount.minor).sum();
        let taxes: i64 = draft.taxes.iter().map(|tax| tax.amount.minor).sum();
        prop_assert_eq!(draft.subtotal.minor, lines);
        prop_assert_eq!(draft.tax.minor, taxes);
        prop_assert_eq!(draft.total.minor, lines + taxes);
        for line in &draft.lines {
            let again = line.unit_price.times(line.quantity, line.per, Rounding::HalfUp);
            prop_assert_eq!(again, Ok(line.amount));
        }
    }

    #[test]
    fn a_draft_and_its_credit_cancel(
        card in any_card(amount()), work in any_work(amount(), any::<u32>()),
    ) {
        if let Ok(draft) = price(&card, &work) {
            let credit = credit_of(&draft).unwrap();
            prop_assert_eq!(draft.total.checked_add(credit.total), Ok(usd(0)));
            for (line, back) in draft.lines.iter().zip(&credit.lines) {
                prop_assert_eq!(line.amount.checked_add(back.amount), Ok(usd(0)));
                let again = back.unit_price.times(back.quantity, back.per, Rounding::HalfUp);
                prop_assert_eq!(again, Ok(back.amount));
            }
            for (tax, back) in draft.taxes.iter().zip(&credit.taxes) {
                prop_assert_eq!(tax.amount.checked_add(back.amount), Ok(usd(0)));
                prop_assert_eq!(back.base.share(back.rate, back.rounding), Ok(back.amount));
            }
            prop_assert_eq!(credit_of(&credit).unwrap().lines, draft.lines);
        }
    }

    #[test]
    fn more_work_never_costs_less(
        card in any_card(0i64..1_000_000),
        work in any_work(0i64..1_000_000, 0u32..5_000),
        more in any_work(0i64..1_000_000, 0u32..5_000),
    ) {
        let both = Work {
            labor: [work.labor.clone(), more.labor].concat(),
            parts: [work.parts.clone(), more.parts].concat(),
            trips: work.trips + more.trips,
            ..work.clone()
        };
        let (less, more) = (price(&card, &work).unwrap(), price(&card, &both).unwrap());
        prop_assert!(more.total.minor >= less.total.minor);
        let so_far = cost_so_far(&work.labor, &work.parts, &card).unwrap();
        prop_assert!(so_far.minor <= less.subtotal.minor);
    }

    #[test]
    fn rounding_time_up_never_lowers_a_bill(
        minutes in 0u32..100_000, increment in 1u32..500, per_hour in 0i64..1_000_000,
    ) {
        let with = |increment| {
            let labor_rates = [(key("regular"), hourly(per_hour, increment, 0))].into();
            let card = RateCard { labor: labor_rates, ..card() };
            cost_so_far(&[labor(minutes, "regular")], &[], &card).unwrap().minor
        };
        prop_assert!(with(increment) >= with(1));
    }

    #[test]
    fn any_amounts_are_priced_or_refused(
        card in any_card(amount()), work in any_work(amount(), any::<u32>()),
    ) {
        let _ = (card.check(), price(&card, &work), cost_so_far(&work.labor, &work.parts, &card));
    }

    #[test]
    fn a_draft_survives_being_written(
        card in any_card(0i64..1_000_000), work in any_work(0i64..1_000_000, 0u32..5_000),
    ) {
        let draft = price(&card, &work).unwrap();
        let json = serde_json::to_string(&(&card, &work, &draft)).unwrap();
        let read: (RateCard, Work, Draft) = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(read, (card, work, draft));
    }
}

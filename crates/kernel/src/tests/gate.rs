use crate::{
    gate::{Excepted, Piece, Present, Required, SIGNATURE, gate},
    id::Id,
    key::Key,
};
use jiff::{SignedDuration, Timestamp};
use proptest::{collection::vec, prelude::*, sample};

const NOW: Timestamp = Timestamp::constant(1_772_000_000, 0);

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn piece(name: &str, number: u128, held: bool) -> Piece {
    Piece { key: key(name), id: Id::from_parts(1, number), held }
}

fn except(name: &str, seconds: i64) -> Excepted {
    Excepted { key: key(name), expires_at: NOW + SignedDuration::from_secs(seconds) }
}

fn template() -> Required {
    Required {
        evidence: ["photo_before", "photo_after", SIGNATURE].map(key).into(),
        checklist: ["work_performed", "billing_authorization"].map(key).into(),
    }
}

fn complete() -> Present {
    Present {
        evidence: vec![
            piece("photo_before", 1, true),
            piece("photo_after", 2, true),
            piece(SIGNATURE, 3, true),
        ],
        checklist: [(key("work_performed"), true), (key("billing_authorization"), true)].into(),
        no_signature_reason: None,
        exceptions: vec![],
    }
}

fn ready(present: &Present) -> bool {
    gate(&template(), present, NOW).ready
}

#[test]
fn a_complete_closeout_is_ready() {
    let verdict = gate(&template(), &complete(), NOW);
    insta::assert_snapshot!(serde_json::to_string(&verdict).unwrap(), @r#"{"ready":true,"missing_evidence":[],"missing_checklist":[],"broken":[],"excused":[],"expired":[]}"#);
}

#[test]
fn a_billing_authorization_that_is_false_is_missing() {
    let mut present = complete();
    present.checklist.insert(key("billing_authorization"), false);
    let verdict = gate(&template(), &present, NOW);
    assert_eq!(verdict.missing_checklist, [key("billing_authorization")]);
    assert!(!verdict.ready);
}

#[test]
fn nothing_but_true_is_true() {
    for almost in ["1", "\"true\"", "\"yes\"", "null", "{}"] {
        let json = format!(
            r#"{{"evidence":[],"checklist":{{"a":{almost}}},"no_signature_reason":null,"exceptions":[]}}"#
        );
        assert!(serde_json::from_str::<Present>(&json).is_err(), "{almost}");
    }
}

#[test]
fn a_piece_that_is_not_held_is_missing_and_named() {
    let mut present = complete();
    present.evidence[1].held = false;
    let verdict = gate(&template(), &present, NOW);
    assert_eq!(verdict.missing_evidence, [key("photo_after")]);
    assert_eq!(verdict.broken[0].id, present.evidence[1].id);
    assert!(!verdict.ready);
}

#[test]
fn a_broken_piece_beside_a_held_one_is_named_but_does_not_shut_the_gate() {
    let mut present = complete();
    present.evidence.push(piece("photo_after", 9, false));
    let verdict = gate(&template(), &present, NOW);
    assert!(verdict.ready);
    assert_eq!(verdict.broken.len(), 1);
}

#[test]
fn a_reason_stands_in_for_a_signature_if_it_says_something() {
    let mut present = complete();
    present.evidence.pop();
    for nothing in [None, Some(""), Some("  \n"), Some("---"), Some("\u{200b}")] {
        present.no_signature_reason = nothing.map(str::to_owned);
        assert!(!ready(&present), "{nothing:?}");
    }
    present.no_signature_reason = Some("nobody on site".to_owned());
    assert!(ready(&present));
}

#[test]
fn a_reason_stands_in_for_nothing_else() {
    let mut present = complete();
    present.evidence.remove(0);
    present.no_signature_reason = Some("nobody on site".to_owned());
    assert!(!ready(&present));
}

#[test]
fn an_exception_excuses_until_the_moment_it_expires() {
    let mut present = complete();
    present.evidence.remove(0);
    present.exceptions = vec![except("photo_before", 1)];
    let verdict = gate(&template(), &present, NOW);
    assert!(verdict.ready);
    assert_eq!(verdict.excused, [key("photo_before")]);

    present.exceptions = vec![except("photo_before", 0)];
    let verdict = gate(&template(), &present, NOW);
    assert!(!verdict.ready);
    assert_eq!(verdict.expired, [key("photo_before")]);
    assert_eq!(verdict.missing_evidence, [key("photo_before")]);
}

#[test]
fn no_exception_excuses_a_checklist_item() {
    let mut present = complete();
    present.checklist.remove(&key("work_performed"));
    present.exceptions = vec![except("work_performed", 3_600)];
    assert!(!ready(&present));
}

const NAMES: [&str; 5] = ["photo_before", "photo_after", SIGNATURE, "work_performed", "note"];

fn required() -> impl Strategy<Value = Required> {
    let some = || sample::subsequence(NAMES.to_vec(), 0..=5);
    (some(), some()).prop_map(|(evidence, checklist)| Required {
        evidence: evidence.into_iter().map(key).collect(),
        checklist: checklist.into_iter().map(key).collect(),
    })
}

fn present() -> impl Strategy<Value = Present> {
    let name = || sample::select(&NAMES[..]);
    let pieces = vec((name(), 0u128..9, prop::bool::weighted(0.8)), 0..8);
    let items = vec((name(), prop::bool::weighted(0.8)), 0..8);
    let reason = prop::option::of(prop_oneof![Just(" "), Just("left early")]);
    let exceptions = vec((name(), -2i64..3), 0..4);
    (pieces, items, reason, exceptions).prop_map(|(pieces, items, reason, exceptions)| Present {
        evidence: pieces
            .into_iter()
            .map(|(name, number, held)| piece(name, number, held))
            .collect(),
        checklist: items.into_iter().map(|(name, done)| (key(name), done)).collect(),
        no_signature_reason: reason.map(str::to_owned),
        exceptions: exceptions.into_iter().map(|(name, after)| except(name, after)).collect(),
    })
}

/// Every way of taking one thing away.
fn one_less(present: &Present) -> Vec<Present> {
    let mut all = vec![Present { no_signature_reason: None, ..present.clone() }];
    for at in 0..present.evidence.len() {
        let mut less = present.clone();
        less.evidence.remove(at);
        all.push(less);
        let mut lost = present.clone();
        lost.evidence[at].held = false;
        all.push(lost);
    }
    for item in present.checklist.keys() {
        let mut less = present.clone();
        less.checklist.remove(item);
        all.push(less);
    }
    for at in 0..present.exceptions.len() {
        let mut less = present.clone();
        less.exceptions.remove(at);
        all.push(less);
    }
    all
}

proptest! {
    #[test]
    fn taking_anything_away_never_opens_the_gate(required in required(), present in present()) {
        let before = gate(&required, &present, NOW).ready;
        for less in one_less(&present) {
            prop_assert!(before || !gate(&required, &less, NOW).ready);
        }
    }

    #[test]
    fn asking_for_more_never_opens_the_gate(
        required in required(), more in required(), present in present(),
    ) {
        let both = Required {
            evidence: &required.evidence | &more.evidence,
            checklist: &required.checklist | &more.checklist,
        };
        let apart = gate(&required, &present, NOW).ready && gate(&more, &present, NOW).ready;
        prop_assert_eq!(gate(&both, &present, NOW).ready, apart);
    }

    #[test]
    fn nothing_is_never_enough_unless_nothing_is_asked(required in required()) {
        let asked = !required.evidence.is_empty() || !required.checklist.is_empty();
        prop_assert_eq!(gate(&required, &Present::default(), NOW).ready, !asked);
    }

    #[test]
    fn the_order_of_things_never_matters(required in required(), present in present()) {
        let mut turned = present.clone();
        turned.evidence.reverse();
        turned.exceptions.reverse();
        prop_assert_eq!(gate(&required, &present, NOW), gate(&required, &turned, NOW));
    }

    #[test]
    fn time_alone_never_opens_the_gate(
        required in required(), present in present(), seconds in 0i64..5,
    ) {
        let later = NOW + SignedDuration::from_secs(seconds);
        prop_assert!(
            gate(&required, &present, NOW).ready || !gate(&required, &present, later).ready
        );
    }

    #[test]
    fn an_expired_exception_is_as_good_as_none(required in required(), present in present()) {
        let mut without = present.clone();
        without.exceptions.retain(|exception| exception.expires_at > NOW);
        let (with, without) = (gate(&required, &present, NOW), gate(&required, &without, NOW));
        prop_assert_eq!(with.ready, without.ready);
        prop_assert_eq!(with.missing_evidence, without.missing_evidence);
        prop_assert_eq!(with.excused, without.excused);
    }

    #[test]
    fn each_required_key_is_shown_excused_or_missing(required in required(), present in present()) {
        let verdict = gate(&required, &present, NOW);
        for name in &required.evidence {
            let shown = present.evidence.iter().any(|piece| piece.held && piece.key == *name);
            let said = name.as_str() == SIGNATURE
                && present.no_signature_reason.as_deref() == Some("left early");
            let excused = verdict.excused.contains(name);
            let missing = verdict.missing_evidence.contains(name);
            prop_assert_eq!(u8::from(shown || said) + u8::from(excused) + u8::from(missing), 1);
        }
    }
}

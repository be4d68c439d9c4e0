//! The laws of policy tokens, each as it could be broken.

mod wire;

use crate::{
    canonical::Digest,
    id::Id,
    policy::{
        Attempt, BLOCKS_MAX, BadToken, Grant, LIFE_MAX, Narrowing, NotNarrowed, Prohibited, Token,
    },
};
use ed25519_dalek::{SigningKey, VerifyingKey};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const BEGINS: i64 = 1_772_442_000;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn secret(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn trusted() -> [VerifyingKey; 1] {
    [secret(1).verifying_key()]
}

fn grant() -> Grant {
    Grant {
        id: Id::from_parts(7, 7),
        approved_by: Id::from_parts(1, 5),
        tenant: Id::from_parts(1, 1),
        project: "billing".parse().unwrap(),
        action: "act.refund".parse().unwrap(),
        resource: "invoice/42".parse().unwrap(),
        payload: Digest::of_bytes(br#"{"cents":1200}"#),
        bearer: None,
        not_before: second(BEGINS),
        expires: second(BEGINS + 300),
    }
}

/// What the grant permits, in the middle of its time.
fn attempt() -> Attempt {
    let Grant { tenant, project, action, resource, payload, .. } = grant();
    let bearer = Some(Id::from_parts(1, 25));
    Attempt { tenant, project, action, resource, payload, bearer, at: second(BEGINS + 60) }
}

fn token() -> Token {
    Token::mint(&secret(1), &grant(), secret(2)).unwrap()
}

fn no(token: &Token, attempt: &Attempt) -> Option<Prohibited> {
    token.verify(&trusted()).unwrap().prohibits(attempt)
}

/// One of two values, or none: enough to agree, to differ and to be silent.
fn maybe<T: Clone + std::fmt::Debug + 'static>(one: T, other: T) -> BoxedStrategy<Option<T>> {
    prop_oneof![Just(None), Just(Some(one)), Just(Some(other))].boxed()
}

/// Any block, whether or not a holder would be let add it.
fn narrowing() -> impl Strategy<Value = Narrowing> {
    let Grant { tenant, project, action, resource, payload, .. } = grant();
    (
        maybe(tenant, Id::from_parts(1, 2)),
        maybe(project, "growth".parse().unwrap()),
        maybe(action, "act.charge".parse().unwrap()),
        maybe(resource, "invoice/43".parse().unwrap()),
        maybe(payload, Digest::of_bytes(b"{}")),
        maybe(Id::from_parts(1, 25), Id::from_parts(1, 26)),
        prop::option::of((-400_i64..400).prop_map(|s| second(BEGINS + s))),
        prop::option::of((-400_i64..400).prop_map(|s| second(BEGINS + s))),
    )
        .prop_map(
            |(tenant, project, action, resource, payload, bearer, not_before, expires)| Narrowing {
                tenant,
                project,
                action,
                resource,
                payload,
                bearer,
                not_before,
                expires,
            },
        )
}

/// Any attempt at about the time of the grant.
fn any_attempt() -> impl Strategy<Value = Attempt> {
    (narrowing(), -400_i64..400).prop_map(|(facts, s)| {
        let usual = attempt();
        Attempt {
            tenant: facts.tenant.unwrap_or(usual.tenant),
            project: facts.project.unwrap_or(usual.project),
            action: facts.action.unwrap_or(usual.action),
            resource: facts.resource.unwrap_or(usual.resource),
            payload: facts.payload.unwrap_or(usual.payload),
            bearer: facts.bearer,
            at: second(BEGINS + s),
        }
    })
}

/// The token with these blocks, as far as a holder may add them.
fn passed_on(narrowings: &[Narrowing]) -> Token {
    narrowings.iter().zip(3_u8..).fold(token(), |token, (narrowing, seed)| {
        token.narrow(narrowing, secret(seed)).unwrap_or(token)
    })
}

proptest! {
    #[test]
    fn a_token_only_narrows(
        narrowings in prop::collection::vec(narrowing(), 0..6), attempt in any_attempt(),
    ) {
        let mut prohibited = false;
        for count in 0..=narrowings.len() {
            let now = no(&passed_on(&narrowings[..count]), &attempt).is_some();
            prop_assert!(!prohibited || now, "block {count} permits what was prohibited");
            prohibited = now;
        }
        prop_assert_eq!(grant().prohibits(&attempt).is_some(), no(&token(), &attempt).is_some());
    }

    #[test]
    fn what_is_left_of_a_grant_is_what_no_block_prohibits(
        narrowings in prop::collection::vec(narrowing(), 0..6), attempt in any_attempt(),
    ) {
        let verified = passed_on(&narrowings).verify(&trusted()).unwrap();
        let left = verified.permits().unwrap();
        prop_assert_eq!(verified.prohibits(&attempt).is_none(), left.prohibits(&attempt).is_none());
    }

    #[test]
    fn a_block_that_is_added_is_one_that_takes_something_away(narrowing in narrowing(), attempt in any_attempt()) {
        match token().narrow(&narrowing, secret(3)) {
            Ok(narrowed) => {
                let by_both = grant().prohibits(&attempt).is_some() || narrowing.prohibits(&attempt).is_some();
                prop_assert_eq!(no(&narrowed, &attempt).is_some(), by_both);
            }
            Err(no) => prop_assert!(matches!(no, NotNarrowed::Wider | NotNarrowed::Nothing)),
        }
    }

    #[test]
    fn no_token_counts_for_longer_than_any_may(life in -100_i64..3_000, s in -100_i64..3_000) {
        let grant = Grant { expires: second(BEGINS + life), ..grant() };
        let minted = Token::mint(&secret(1), &grant, secret(2));
        prop_assert_eq!(minted.is_ok(), (1..=LIFE_MAX.as_secs()).contains(&life));
        let Ok(token) = minted else { return Ok(()) };
        let at = Attempt { at: second(BEGINS + s), ..attempt() };
        prop_assert_eq!(no(&token, &at).is_none(), (0..life).contains(&s));
    }
}

#[test]
fn a_token_permits_what_was_granted_and_nothing_beside_it() {
    let attempts: [(Attempt, Prohibited); 7] = [
        (Attempt { tenant: Id::from_parts(1, 2), ..attempt() }, Prohibited::Tenant),
        (Attempt { project: "growth".parse().unwrap(), ..attempt() }, Prohibited::Project),
        (Attempt { action: "act.refund.all".parse().unwrap(), ..attempt() }, Prohibited::Action),
        (Attempt { resource: "invoice/420".parse().unwrap(), ..attempt() }, Prohibited::Resource),
        (Attempt { payload: Digest::of_bytes(b"{}"), ..attempt() }, Prohibited::Payload),
        (Attempt { at: second(BEGINS - 1), ..attempt() }, Prohibited::NotYet(second(BEGINS))),
        (
            Attempt { at: second(BEGINS + 300), ..attempt() },
            Prohibited::Expired(second(BEGINS + 300)),
        ),
    ];
    assert_eq!(no(&token(), &attempt()), None);
    for (attempt, prohibited) in attempts {
        assert_eq!(no(&token(), &attempt), Some(prohibited));
    }
}

#[test]
fn whoever_does_not_say_who_they_are_is_not_the_bearer() {
    let bearer = Some(Id::from_parts(1, 25));
    let narrowed =
        token().narrow(&Narrowing { bearer, ..Narrowing::default() }, secret(3)).unwrap();
    assert_eq!(no(&narrowed, &attempt()), None);
    for bearer in [None, Some(Id::from_parts(1, 26))] {
        assert_eq!(no(&narrowed, &Attempt { bearer, ..attempt() }), Some(Prohibited::Bearer));
    }
}

#[test]
fn a_token_is_not_narrowed_to_more_or_to_nothing() {
    let narrow = |narrowing: Narrowing| token().narrow(&narrowing, secret(3)).map(drop);
    let none = Narrowing::default;
    assert_eq!(narrow(none()), Err(NotNarrowed::Nothing));
    for wider in [
        Narrowing { expires: Some(second(BEGINS + 301)), ..none() },
        Narrowing { not_before: Some(second(BEGINS - 1)), ..none() },
        Narrowing { tenant: Some(Id::from_parts(1, 2)), ..none() },
        Narrowing { action: Some("act.charge".parse().unwrap()), ..none() },
        Narrowing { expires: Some(second(BEGINS)), ..none() },
    ] {
        assert_eq!(narrow(wider), Err(NotNarrowed::Wider));
    }
    assert_eq!(narrow(Narrowing { expires: Some(second(BEGINS + 299)), ..none() }), Ok(()));
}

#[test]
fn a_sealed_token_verifies_and_is_not_narrowed() {
    let sealed = token().sealed();
    assert!(sealed.is_sealed() && !token().is_sealed());
    assert_eq!(no(&sealed, &attempt()), None);
    let expires = Some(second(BEGINS + 10));
    let narrowed = sealed.narrow(&Narrowing { expires, ..Narrowing::default() }, secret(3));
    assert_eq!(narrowed.map(drop), Err(NotNarrowed::Sealed));
    let again: Token = sealed.expose().parse().unwrap();
    assert_eq!(no(&again, &attempt()), None);
}

#[test]
fn there_is_an_end_to_passing_a_token_on() {
    let shorter =
        |life: i64| Narrowing { expires: Some(second(BEGINS + life)), ..Narrowing::default() };
    let mut passed = token();
    for life in (1..).take(BLOCKS_MAX - 1) {
        passed = passed.narrow(&shorter(300 - life), secret(3)).unwrap();
    }
    assert_eq!(passed.narrow(&shorter(1), secret(3)).map(drop), Err(NotNarrowed::Full));
    passed.expose().parse::<Token>().unwrap().verify(&trusted()).unwrap();
}

#[test]
fn only_a_key_that_is_trusted_proves_anything() {
    let verify = |keys: &[VerifyingKey]| token().verify(keys).map(drop);
    assert_eq!(verify(&trusted()), Ok(()));
    assert_eq!(verify(&[secret(9).verifying_key(), trusted()[0]]), Ok(()));
    assert_eq!(verify(&[]), Err(BadToken::Forged));
    assert_eq!(verify(&[secret(2).verifying_key()]), Err(BadToken::Forged));
    // The points of small order: anybody can sign anything with them.
    let mut weak = [0; 32];
    for first in [0, 1] {
        weak[0] = first;
        let weak = VerifyingKey::from_bytes(&weak).unwrap();
        assert_eq!(verify(&[weak]), Err(BadToken::Forged));
    }
}

#[test]
fn a_token_says_nothing_where_it_is_printed() {
    assert_eq!(format!("{:?}", token()), "Token { .. }");
    assert_eq!(LIFE_MAX, SignedDuration::from_mins(15));
}

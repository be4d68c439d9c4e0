use crate::id::{Evidence, Id, PREFIXES, Ticket};
use proptest::prelude::*;

#[test]
fn an_id_of_another_kind_is_not_read() {
    let evidence: Id<Evidence> = Id::from_parts(1, 1);
    let refused = evidence.to_string().parse::<Id<Ticket>>().unwrap_err();
    assert_eq!(refused.to_string(), "expected an id like `tkt_01J8Z…`");
}

#[test]
fn no_two_kinds_share_a_prefix() {
    let mut prefixes = PREFIXES.to_vec();
    prefixes.sort_unstable();
    prefixes.dedup();
    assert_eq!(prefixes.len(), PREFIXES.len());
}

#[test]
fn one_id_has_one_spelling() {
    let id: Id<Ticket> = Id::from_parts(1_772_000_000_000, 5);
    assert!(id.to_string().to_lowercase().parse::<Id<Ticket>>().is_err());
    assert!(format!("{id} ").parse::<Id<Ticket>>().is_err());
}

proptest! {
    #[test]
    fn ids_survive_being_written_and_sort_by_time(
        a in 0u64..1 << 48, b in 0u64..1 << 48, luck in 0u128..1 << 80,
    ) {
        let early = Id::<Ticket>::from_parts(a.min(b), luck);
        let late = Id::<Ticket>::from_parts(a.max(b), luck);
        prop_assert_eq!(early.to_string().parse::<Id<Ticket>>(), Ok(early));
        prop_assert_eq!(early.to_string().cmp(&late.to_string()), early.cmp(&late));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        if let Ok(id) = text.parse::<Id<Ticket>>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }
}

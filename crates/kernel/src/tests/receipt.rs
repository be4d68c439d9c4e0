use crate::{
    checkpoint::Checkpoint,
    merkle::{Frontier, Hash, TileBuilder, TileNodes, prove_inclusion},
    note::{Algorithm, Signer, VerifierKey},
    receipt::Receipt,
};
use ed25519_dalek::SigningKey;
use insta::assert_snapshot;
use proptest::{prelude::*, sample::Index};
use std::{collections::BTreeMap, error::Error};

const ORIGIN: &str = "docket.example/audit";

fn log() -> Signer {
    Signer::new(ORIGIN, SigningKey::from_bytes(&[1; 32])).unwrap()
}

fn keys() -> [VerifierKey; 1] {
    [log().verifier(Algorithm::Log)]
}

fn entry(index: u64) -> String {
    format!(r#"{{"id":"aud_{index}","tool":"ticket.close"}}"#)
}

/// The receipt for one entry of a log of `size`, from tiles alone.
fn receipt(index: u64, size: u64) -> Receipt {
    let mut builder = TileBuilder::new();
    let tiles = builder.append((0..size).map(|index| Hash::leaf(entry(index).as_bytes())));
    let tiles: BTreeMap<_, _> = tiles.into_iter().collect();
    let nodes = TileNodes::new(size, |tile| tiles.get(&tile));
    Receipt {
        entry: entry(index),
        index,
        proof: prove_inclusion(&nodes, index, size).unwrap(),
        checkpoint: Checkpoint::new(ORIGIN, size, builder.root()).sign(&log()).unwrap().to_string(),
    }
}

/// What does not hold, and why, and why that.
fn refused(receipt: &Receipt) -> String {
    let error = receipt.verify(&keys()).unwrap_err();
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[test]
fn a_receipt_needs_nothing_but_the_key() {
    let receipt = receipt(2, 3);
    let keys = keys();
    let opened = receipt.verify(&keys).unwrap();
    assert_eq!((opened.checkpoint.size, opened.signed[0].by), (3, &keys[0]));
    assert_snapshot!(serde_json::to_string_pretty(&receipt).unwrap(), @r#"
    {
      "entry": "{\"id\":\"aud_2\",\"tool\":\"ticket.close\"}",
      "index": 2,
      "proof": [
        "Hi2pfcabU0zlmh/h0nssNnt3VJ9sgR7JP/yU4RhVSrA="
      ],
      "checkpoint": "docket.example/audit\n3\ni/tfM9crGUrLQPMnD5RYysVce7lKRreRA/hXiWkLARQ=\n\n— docket.example/audit UINDK44rryv8uUyKy1Kh27FQloMEO7dY+eZpZgBl4kn//EKtLXBB/v2EHI1WBjGRYuOQ/4FNZ96Opt5VGpv4pXNyIQc=\n"
    }
    "#);
}

#[test]
fn a_receipt_says_what_does_not_hold() {
    let good = receipt(2, 5);
    let with = |edit: fn(&mut Receipt)| {
        let mut bad = good.clone();
        edit(&mut bad);
        refused(&bad)
    };
    assert_snapshot!(with(|r| r.entry.push(' ')), @"the log does not hold this entry at this place: the proof does not lead to the root at size 5");
    assert_snapshot!(with(|r| r.index = 3), @"the log does not hold this entry at this place: the proof does not lead to the root at size 5");
    assert_snapshot!(with(|r| r.index = 5), @"the log does not hold this entry at this place: there is no leaf 5 in a tree of 5");
    assert_snapshot!(with(|r| r.proof.truncate(1)), @"the log does not hold this entry at this place: the proof ends before it reaches the root");
    assert_snapshot!(with(|r| r.proof.push(Hash::EMPTY)), @"the log does not hold this entry at this place: the proof goes on after it has reached the root");
    assert_snapshot!(with(|r| r.checkpoint = r.checkpoint.replace("\n5\n", "\n6\n")), @"the checkpoint cannot be believed: the signature by `docket.example/audit` is wrong");
    assert_snapshot!(with(|r| r.checkpoint = r.checkpoint.replace("— docket", "— dacket")), @"the checkpoint cannot be believed: none of the known keys signed the note");
    assert_snapshot!(with(|r| r.checkpoint.clear()), @"the checkpoint cannot be read: a note ends with an empty line and its signatures");
}

#[test]
fn a_receipt_with_more_than_it_should_have_is_not_read() {
    let mut json = serde_json::to_value(receipt(0, 1)).unwrap();
    assert!(serde_json::from_value::<Receipt>(json.clone()).is_ok());
    json["verified"] = true.into();
    assert!(serde_json::from_value::<Receipt>(json).is_err());
}

#[test]
fn a_log_rebuilt_without_an_entry_does_not_honour_its_receipt() {
    let kept = receipt(2, 4);
    let rebuilt: Frontier =
        [0, 1, 3, 4].map(|i| Hash::leaf(entry(i).as_bytes())).into_iter().collect();
    let checkpoint = Checkpoint::new(ORIGIN, 4, rebuilt.root()).sign(&log()).unwrap();
    let receipt = Receipt { checkpoint: checkpoint.to_string(), ..kept };
    assert_snapshot!(refused(&receipt), @"the log does not hold this entry at this place: the proof does not lead to the root at size 4");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn receipts_hold_until_any_byte_of_them_changes(
        size in 1u64..600, index: Index, at: Index, bit in 0u8..8,
    ) {
        let good = receipt(index.index(size as usize) as u64, size);
        prop_assert!(good.verify(&keys()).is_ok());
        let mut json = serde_json::to_vec(&good).unwrap();
        let at = at.index(json.len());
        json[at] ^= 1 << bit;
        if let Ok(bad) = serde_json::from_slice::<Receipt>(&json) {
            prop_assert!(bad == good || bad.verify(&keys()).is_err());
        }
    }
}

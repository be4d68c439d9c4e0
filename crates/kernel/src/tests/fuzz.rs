//! Any bytes at all: what is read can be written again, the rest is refused,
//! and nothing panics. Run for longer with `cargo bolero test <name>`.

use crate::{
    checkpoint::Checkpoint,
    id::{Id, Ticket},
    merkle::{LogPath, decode_bundle},
    note::{SignedNote, VerifierKey},
    policy::Token,
    receipt::Receipt,
    window::Moment,
};
use bolero::check;

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

#[test]
fn fuzz_signed_note() {
    check!().for_each(|bytes: &[u8]| {
        if let Ok(note) = SignedNote::from_bytes(bytes) {
            let again = SignedNote::from_bytes(note.to_string().as_bytes()).unwrap();
            assert_eq!(again.to_string(), note.to_string());
        }
    });
}

#[test]
fn fuzz_checkpoint() {
    check!().for_each(|bytes: &[u8]| {
        let Some(text) = text(bytes) else { return };
        if let Ok(checkpoint) = text.parse::<Checkpoint>() {
            assert_eq!(checkpoint.to_string(), text);
        }
    });
}

#[test]
fn fuzz_log_path() {
    check!().for_each(|bytes: &[u8]| {
        let Some(text) = text(bytes) else { return };
        if let Ok(path) = text.parse::<LogPath>() {
            assert_eq!(path.to_string(), text);
        }
    });
}

#[test]
fn fuzz_verifier_key() {
    check!().for_each(|bytes: &[u8]| {
        let Some(text) = text(bytes) else { return };
        if let Ok(key) = text.parse::<VerifierKey>() {
            assert_eq!(
                key.to_string().parse::<VerifierKey>().unwrap().to_string(),
                key.to_string()
            );
        }
    });
}

#[test]
fn fuzz_bundle() {
    check!().for_each(|bytes: &[u8]| {
        let Some((width, bundle)) = bytes.split_first() else { return };
        let _ = decode_bundle(bundle, u16::from(*width) + 1);
    });
}

#[test]
fn fuzz_receipt() {
    check!().for_each(|bytes: &[u8]| {
        if let Ok(receipt) = serde_json::from_slice::<Receipt>(bytes) {
            assert!(receipt.verify(&[]).is_err(), "without a key nothing is proven");
        }
    });
}

#[test]
fn fuzz_id_and_moment() {
    check!().for_each(|bytes: &[u8]| {
        let Some(text) = text(bytes) else { return };
        if let Ok(id) = text.parse::<Id<Ticket>>() {
            assert_eq!(id.to_string(), text);
        }
        let _ = text.parse::<Moment>();
    });
}

#[test]
fn fuzz_policy_token() {
    check!().for_each(|bytes: &[u8]| {
        let Some(text) = text(bytes) else { return };
        for text in [text.to_owned(), format!("dpt1.{text}")] {
            if let Ok(token) = text.parse::<Token>() {
                assert_eq!(token.expose(), text);
                assert!(token.verify(&[]).is_err(), "without a key nothing is permitted");
            }
        }
    });
}

use crate::{
    packet::verify::{NotVerified, verify},
    testing::World,
};
use ed25519_dalek::{Signer, SigningKey};
use kernel::canonical::{self, Digest};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A packet of a ticket that was billed and closed.
static PACKET: LazyLock<String> = LazyLock::new(|| {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let ticket = world.closed().await;
            world.packet(ticket, None).await.unwrap()
        })
    })
    .join()
    .unwrap()
});

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// The packet with a change in it, signed anew by whoever holds the key.
fn forged(change: impl FnOnce(&mut Value), key: &SigningKey) -> String {
    let mut envelope: Value = serde_json::from_str(&PACKET).unwrap();
    change(&mut envelope["packet"]);
    let body = canonical::to_vec(&envelope["packet"]).unwrap();
    envelope["digest"] = json!(Digest::of_bytes(&body));
    envelope["signature"] = json!(hex::encode(key.sign(&body).to_bytes()));
    envelope["key_id"] = json!(hex::encode(key.verifying_key().as_bytes()));
    canonical::to_string(&envelope).unwrap()
}

#[test]
fn a_packet_holds_with_the_key_and_with_a_newline_at_its_end() {
    let public = key().verifying_key();
    let verified = verify(PACKET.as_bytes(), Some(&public)).unwrap();
    assert_eq!(verified.version, 1);
    assert_eq!(verified.checked.len(), 10);
    verify(format!("{}\n", *PACKET).as_bytes(), None).unwrap();
}

#[test]
fn a_packet_that_somebody_else_signed_is_not_ours() {
    let theirs = SigningKey::from_bytes(&[8; 32]);
    let packet = forged(|_| (), &theirs);
    assert!(verify(packet.as_bytes(), None).is_ok(), "it says so itself");
    let refused = verify(packet.as_bytes(), Some(&key().verifying_key()));
    assert!(matches!(refused, Err(NotVerified::Key)));
}

#[test]
fn not_even_the_key_makes_a_lie_hold() {
    type Lie = (&'static str, fn(&mut Value));
    let lies: [Lie; 14] = [
        ("versions", |p| p["version"] = json!(2)),
        ("versions", |p| p["previous"] = json!("00".repeat(32))),
        ("timeline", |p| drop(p["timeline"].as_array_mut().unwrap().remove(4))),
        ("timeline", |p| drop(p["timeline"].as_array_mut().unwrap().pop())),
        ("timeline", |p| p["closed_at"] = json!("2026-03-02T09:00:01Z")),
        ("timeline", |p| p["timeline"][3]["tool"] = json!("ticket.close")),
        ("receipts", |p| p["receipts"][0] = p["receipts"][1].clone()),
        ("evidence gate", |p| drop(p["evidence"].as_array_mut().unwrap().pop())),
        ("evidence gate", |p| p["evidence"][0]["held"] = json!(false)),
        ("evidence gate", |p| p["checklist"][2]["done"] = json!(false)),
        ("evidence gate", |p| p["evidence"][1]["id"] = p["evidence"][0]["id"].clone()),
        ("two people", |p| p["verifications"][0]["by"] = p["evidence"][0]["by"].clone()),
        ("two people", |p| p["verifications"] = json!([])),
        ("amounts", |p| p["invoice"]["total"]["minor"] = json!(1)),
    ];
    for (rule, lie) in lies {
        match verify(forged(lie, &key()).as_bytes(), None) {
            Err(NotVerified::Consistency { what, .. }) => assert_eq!(what, rule),
            Err(NotVerified::Canonical) if rule == "versions" => {}
            other => panic!("{rule}: {other:?}"),
        }
    }
}

#[test]
fn the_same_packet_written_differently_is_not_the_file_we_gave() {
    let value: Value = serde_json::from_str(&PACKET).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let twice = PACKET.replacen("{\"digest\"", "{\"digest\":\"\",\"digest\"", 1);
    for other in [pretty, format!(" {}", *PACKET), format!("{}\n\n", *PACKET), twice] {
        assert!(verify(other.as_bytes(), None).is_err());
    }
    for nonsense in ["", "null", "{}", "[]", "\u{0}"] {
        assert!(matches!(verify(nonsense.as_bytes(), None), Err(NotVerified::Form(_))));
    }
}

proptest! {
    #[test]
    fn any_byte_that_is_flipped_is_found(at in any::<prop::sample::Index>(), to in 1_u8..) {
        let mut bytes = PACKET.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= to;
        prop_assert!(verify(&bytes, None).is_err());
    }

    #[test]
    fn a_packet_that_was_cut_or_continued_is_found(cut in any::<prop::sample::Index>(), more in "[^\n]{1,9}") {
        let cut = cut.index(PACKET.len());
        prop_assert!(verify(&PACKET.as_bytes()[..cut], None).is_err());
        let longer = [PACKET.as_bytes(), more.as_bytes()].concat();
        prop_assert!(verify(&longer, None).is_err());
    }
}

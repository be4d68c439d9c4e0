//! The keys, and tokens that their holders tampered with.

use super::*;
use crate::testing::code;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::Signer as _;

/// The token with a block that its holder signed by hand, as nobody who keeps to
/// the rules would: it claims another end.
pub(super) fn widened(token: &Token, world: &World) -> String {
    let text = token.expose();
    let parts: Vec<&str> = text.split('.').collect();
    let block = BASE64.decode(parts[1]).unwrap();
    let secret = BASE64.decode(parts[2]).unwrap();
    let by = SigningKey::from_bytes(&secret[1..].try_into().unwrap());
    let next = SigningKey::from_bytes(&[5; 32]);
    let end = world.now() + SignedDuration::from_mins(14);
    let says = format!(r#"{{"expires":{}}}"#, end.as_second());
    let signed = [
        &b"docket policy token v1\n"[..],
        &[1, 1],
        &block[32..96],
        next.verifying_key().as_bytes(),
        says.as_bytes(),
    ]
    .concat();
    let added =
        [next.verifying_key().as_bytes(), &by.sign(&signed).to_bytes()[..], says.as_bytes()]
            .concat();
    let proof = [&[0][..], next.as_bytes()].concat();
    let wider =
        format!("{}.{}.{}.{}", parts[0], parts[1], BASE64.encode(added), BASE64.encode(proof));
    let read: Token = wider.parse().unwrap();
    assert!(read.verify(&trusted(world)).is_ok(), "its signatures hold");
    wider
}

#[tokio::test]
async fn what_a_key_signed_holds_after_it_was_rotated_and_not_for_longer_than_any_may() {
    let world = world();
    let before = ring(&world).signer().unwrap().1;
    let job = enqueue(&world, &token(&world).await, json!({})).await.unwrap();
    let waiting = token(&world).await;
    ring(&world).begin(world.now()).unwrap();
    assert!(enqueue(&world, &waiting, json!({})).await.is_ok());
    assert_eq!(claim(&world, 1).await[0]["job"], job);

    // Stolen before it was rotated away, and used after.
    world.clock.advance(SignedDuration::from_mins(16));
    let stolen = grant(&world, world.now(), SignedDuration::from_mins(5));
    let stolen = Token::mint(&before, &stolen, SigningKey::from_bytes(&[3; 32])).unwrap();
    assert_eq!(code(enqueue(&world, &stolen.expose(), json!({})).await), "policy.invalid");
    let fresh = minted(&world, &grant(&world, world.now(), SignedDuration::from_mins(5)));
    assert!(enqueue(&world, &fresh.expose(), json!({})).await.is_ok());
}

#[tokio::test]
async fn a_key_for_something_else_signs_no_token() {
    let world = world();
    let keys = world.folder.path().join("keys");
    let (_, access) = Ring::make(&keys, world.now()).unwrap().signer().unwrap();
    let packet = SigningKey::from_bytes(&[7; 32]);
    let grant = grant(&world, world.now(), SignedDuration::from_mins(5));
    for key in [access, packet, SigningKey::from_bytes(&[0; 32])] {
        let token = Token::mint(&key, &grant, SigningKey::from_bytes(&[3; 32])).unwrap();
        assert_eq!(code(enqueue(&world, &token.expose(), json!({})).await), "policy.invalid");
    }
}

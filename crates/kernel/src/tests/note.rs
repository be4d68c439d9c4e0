use crate::{
    checkpoint::{Checkpoint, NotOpened, NotSigned},
    merkle::Hash,
    note::{
        Algorithm, BadKey, BadNote, NOTE_BYTES_MAX, NotVerified, SIGNATURES_MAX, Signature,
        SignedNote, Signer, VerifierKey,
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use insta::assert_snapshot;
use proptest::{prelude::*, sample::Index};

// The example in the documentation of Go's `sumdb/note`.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETERS_SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PETERS_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n";
const PETERS_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

// The example of the cosignature specification.
const COSIGNED: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

const ORIGIN: &str = "docket.example/audit";

fn peter() -> VerifierKey {
    PETER.parse().unwrap()
}

fn signer(name: &str, seed: u8) -> Signer {
    Signer::new(name, SigningKey::from_bytes(&[seed; 32])).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint::new(ORIGIN, 3, Hash([9; 32]))
}

/// A checkpoint signed by its log and by a witness, and their keys.
fn witnessed() -> (SignedNote, [VerifierKey; 2]) {
    let (log, witness) = (signer(ORIGIN, 1), signer("witness.example/w1", 2));
    let mut note = checkpoint().sign(&log).unwrap();
    note.push(witness.cosign(note.text(), 1_772_000_000)).unwrap();
    (note, [log.verifier(Algorithm::Log), witness.verifier(Algorithm::Witness)])
}

#[test]
fn a_note_signed_by_go_verifies() {
    let note: SignedNote = PETERS_NOTE.parse().unwrap();
    let keys = [peter()];
    let signed = note.verify(&keys).unwrap();
    assert_eq!((signed[0].by.name(), signed[0].at_s), ("PeterNeumann", None));
    assert_eq!(note.text(), PETERS_TEXT);
}

#[test]
fn the_same_key_signs_the_same_note_as_in_go() {
    let secret = BASE64_STANDARD.decode(PETERS_SECRET).unwrap();
    let key = SigningKey::from_bytes(secret[1..].try_into().unwrap());
    let signer = Signer::new("PeterNeumann", key).unwrap();
    assert_eq!(signer.verifier(Algorithm::Log).to_string(), PETER);
    assert_eq!(SignedNote::sign(PETERS_TEXT, &signer).unwrap().to_string(), PETERS_NOTE);
}

#[test]
fn the_example_of_the_cosignature_specification_is_read_to_the_byte() {
    let note: SignedNote = COSIGNED.parse().unwrap();
    assert_eq!(note.to_string(), COSIGNED);
    let names: Vec<_> = note.signatures().iter().map(Signature::name).collect();
    assert_eq!(names, ["example.com/behind-the-sofa", "witness.example.com/w1"]);
    let checkpoint: Checkpoint = note.text().parse().unwrap();
    assert_eq!((checkpoint.size, checkpoint.extensions.len()), (20_852_163, 0));
}

#[test]
fn the_text_of_a_note_may_have_empty_lines() {
    let signer = signer("quasimodo.example/salvatore", 3);
    let text = "trafitto da un raggio di sole:\n\ned è subito sera.\n\n";
    let note = SignedNote::sign(text, &signer).unwrap();
    let read: SignedNote = note.to_string().parse().unwrap();
    assert_eq!((read.text(), &read), (text, &note));
}

#[test]
fn a_witness_signs_the_time_and_the_checkpoint() {
    let witness = SigningKey::from_bytes(&[2; 32]);
    let (note, keys) = witnessed();
    let by_hand = "cosignature/v1\ntime 1772000000\ndocket.example/audit\n3\n\
        CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n";
    let mut blob = keys[1].id().to_vec();
    blob.extend(1_772_000_000_u64.to_be_bytes());
    blob.extend(witness.sign(by_hand.as_bytes()).to_bytes());
    let line = format!("— witness.example/w1 {}", BASE64_STANDARD.encode(blob));
    assert_eq!(note.signatures()[1].to_string(), line);

    let opened = Checkpoint::open(&note, &keys).unwrap();
    assert_eq!(opened.checkpoint, checkpoint());
    let times: Vec<_> = opened.signed.iter().map(|signed| signed.at_s).collect();
    assert_eq!(times, [None, Some(1_772_000_000)]);
}

#[test]
fn a_witness_that_signs_for_a_time_past_all_time_is_wrong() {
    let witness = signer("witness.example/w1", 2);
    let key = witness.verifier(Algorithm::Witness);
    assert!(key.verify("text\n", &witness.cosign("text\n", i64::MAX as u64)).is_ok());
    assert!(key.verify("text\n", &witness.cosign("text\n", i64::MAX as u64 + 1)).is_err());
}

#[test]
fn a_checkpoint_needs_the_signature_of_its_own_log() {
    let (note, [log, witness]) = witnessed();
    let other = signer("other.example/log", 4);
    let refused = Checkpoint::open(&note, std::slice::from_ref(&witness)).unwrap_err();
    assert_snapshot!(refused, @"no known key of the log `docket.example/audit` signed its checkpoint");
    assert_eq!(
        Checkpoint::open(&note, &[other.verifier(Algorithm::Log)]),
        Err(NotOpened::Signature(NotVerified::Unsigned))
    );
    let forged = checkpoint().sign(&other).unwrap();
    assert!(Checkpoint::open(&forged, &[other.verifier(Algorithm::Log), log]).is_err());
    let mut only_cosigned = forged;
    only_cosigned.push(signer(ORIGIN, 5).cosign(only_cosigned.text(), 1)).unwrap();
    let namesake = [signer(ORIGIN, 5).verifier(Algorithm::Witness)];
    assert!(only_cosigned.verify(&namesake).is_ok());
    assert!(Checkpoint::open(&only_cosigned, &namesake).is_err());
    let foreign = SignedNote::sign("not a checkpoint\n", &other).unwrap();
    let keys = [other.verifier(Algorithm::Log)];
    assert!(matches!(Checkpoint::open(&foreign, &keys), Err(NotOpened::Checkpoint(_))));
}

#[test]
fn the_two_kinds_of_signature_do_not_stand_in_for_each_other() {
    let key = signer("a", 1);
    let [log, witness] = [Algorithm::Log, Algorithm::Witness].map(|kind| key.verifier(kind));
    assert!(log.verify("a\n", &key.sign("a\n")).is_ok());
    assert!(log.verify("a\n", &key.cosign("a\n", 1)).is_err());
    assert!(witness.verify("a\n", &key.cosign("a\n", 1)).is_ok());
    assert!(witness.verify("a\n", &key.sign("a\n")).is_err());
}

#[test]
fn one_bad_signature_of_a_known_key_spoils_the_note() {
    let (note, keys) = witnessed();
    let mut spoilt = note.clone();
    let false_words = signer("witness.example/w1", 2).cosign("another text\n", 1);
    spoilt.push(false_words).unwrap();
    let refused = spoilt.verify(&keys).unwrap_err();
    assert_snapshot!(refused, @"the signature by `witness.example/w1` is wrong");
    assert!(spoilt.verify(&keys[..1]).is_ok());
}

#[test]
fn a_key_that_signed_twice_counts_once() {
    let (mut note, keys) = witnessed();
    note.push(note.signatures()[0].clone()).unwrap();
    assert_eq!(note.verify(&keys).unwrap().len(), 2);
}

#[test]
fn what_is_not_a_note_is_refused() {
    let line = "— a AAAAAAA=\n";
    let note = |text: &str| text.parse::<SignedNote>().map(|note| note.to_string());
    assert_eq!(note(&format!("a\n\n{line}")), Ok(format!("a\n\n{line}")));
    for (text, refused) in [
        (String::new(), BadNote::NoSignatures),
        ("a\n".into(), BadNote::NoSignatures),
        ("a\n\n".into(), BadNote::NoSignatures),
        (format!("a\n{line}"), BadNote::NoSignatures),
        (format!("a\n\n{}", line.trim_end()), BadNote::NoSignatures),
        (format!("a\r\n\n{line}"), BadNote::NotText),
        (format!("a\t\n\n{line}"), BadNote::NotText),
        (format!("a\n\n{line}\n"), BadNote::NoSignatures),
        ("a\n\n— a AAAAAA==\n".into(), BadNote::SignatureLine),
        ("a\n\n— a AAAAAAB=\n".into(), BadNote::SignatureLine),
        ("a\n\n— a AAAAAAA\n".into(), BadNote::SignatureLine),
        ("a\n\n- a AAAAAAA=\n".into(), BadNote::SignatureLine),
        ("a\n\n—  AAAAAAA=\n".into(), BadNote::SignatureLine),
        ("a\n\n— a+b AAAAAAA=\n".into(), BadNote::SignatureLine),
        ("a\n\n— a\u{a0}b AAAAAAA=\n".into(), BadNote::SignatureLine),
        (format!("a\n\n{}", line.repeat(SIGNATURES_MAX + 1)), BadNote::TooManySignatures),
        (format!("{}\n\n{line}", "a".repeat(NOTE_BYTES_MAX)), BadNote::TooLong),
    ] {
        assert_eq!(note(&text), Err(refused), "{}", &text[..text.len().min(40)]);
    }
    assert_eq!(SignedNote::from_bytes(b"a\xff\n\n"), Err(BadNote::NotText));
    assert!(note(&format!("a\n\n{}", line.repeat(SIGNATURES_MAX))).is_ok());
    assert_eq!(SignedNote::sign("no newline", &signer("a", 1)), Err(BadNote::NotText));
}

#[test]
fn a_key_is_read_only_with_its_own_id() {
    let refused = |text: &str| text.parse::<VerifierKey>().unwrap_err();
    assert_eq!(refused(""), BadKey::Form);
    assert_eq!(refused("PeterNeumann+c74f20a3"), BadKey::Form);
    assert_eq!(refused(&PETER.replace("c74f20a3", "C74F20A3")), BadKey::Id);
    assert_eq!(refused(&PETER.replace("c74f20a3", "c74f20a4")), BadKey::Id);
    assert_eq!(refused(&PETER.replace("Peter", "Petra")), BadKey::Id);
    assert_eq!(refused(&PETER.replace("+ARpc", "+AxpcQQ")), BadKey::Form);
    assert_eq!(refused(&PETER.replace("+AR", "+BB")), BadKey::Id);
    assert_eq!(refused(&PETER.replace("+AR", "+Ax")), BadKey::Algorithm(3));
    assert_eq!(refused(&PETER.replace("Peter", "Peter ")), BadKey::Name);
    let weak = VerifyingKey::from_bytes(&{
        let mut one = [0; 32];
        one[0] = 1;
        one
    });
    let refused = VerifierKey::new("a", Algorithm::Log, weak.unwrap());
    assert_eq!(refused, Err(BadKey::Weak));
}

#[test]
fn a_signer_does_not_print_its_key() {
    assert_snapshot!(format!("{:?}", signer("a", 1)), @r#"Signer { name: "a", .. }"#);
}

#[test]
fn a_checkpoint_has_one_text() {
    let good = "a b\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n";
    assert_eq!(good.parse::<Checkpoint>().unwrap().to_string(), good);
    let bad = [
        good.replace("a b", ""),
        good.replace("\n0\n", "\n00\n"),
        good.replace("\n0\n", "\n+0\n"),
        good.replace("\n0\n", "\n-1\n"),
        good.replace("\n0\n", "\n18446744073709551616\n"),
        good.replace("FU=", "FV="),
        good.replace("FU=", "F"),
        good.replace("FU=\nmore\n", "FU="),
        good.replace("more", ""),
        format!("{good}\n"),
        "a\n1\n".to_owned(),
        String::new(),
    ];
    for text in bad {
        assert!(text.parse::<Checkpoint>().is_err(), "{text}");
    }
    let forged = Checkpoint { origin: "a\n9".to_owned(), ..checkpoint() };
    assert!(matches!(forged.sign(&signer("a", 1)), Err(NotSigned::Checkpoint(_))));
}

proptest! {
    #[test]
    fn any_edit_of_a_signed_checkpoint_is_found(at: Index, bit in 0u8..8) {
        let (note, keys) = witnessed();
        let mut bytes = note.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let opened = SignedNote::from_bytes(&bytes).ok().and_then(|note| {
            let opened = Checkpoint::open(&note, &keys).ok()?;
            Some((opened.checkpoint, opened.signed.len()))
        });
        // An edit can make a witness unknown, and change nothing else.
        prop_assert!(matches!(&opened, None | Some((_, 1))), "{:?}", opened);
        if let Some((edited, _)) = opened {
            prop_assert_eq!(edited, checkpoint());
        }
    }

    #[test]
    fn any_bytes_are_a_note_or_refused(
        text in "[ -~\n—é]{0,40}", lines in "(\n?— [a-z+ ]{0,4} [A-Za-z0-9+/]{0,10}={0,2}\n){0,3}",
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let _ = SignedNote::from_bytes(&bytes);
        let _ = str::from_utf8(&bytes).map(str::parse::<Checkpoint>);
        let text = format!("{text}\n{lines}");
        if let Ok(note) = SignedNote::from_bytes(text.as_bytes()) {
            prop_assert_eq!(note.to_string(), text);
        }
    }

    #[test]
    fn any_text_is_a_key_or_refused(
        text in "[a-z]{0,3}\\+?[0-9a-f]{7,9}\\+[AB][QR][A-Za-z0-9+/]{40,42}|.{0,80}",
    ) {
        if let Ok(key) = text.parse::<VerifierKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
    }

    #[test]
    fn any_text_is_a_checkpoint_or_refused(
        text in "[a-z\n]{0,3}\n[0-9]{0,20}\n[A-Za-z0-9+/]{42,44}=?\n[a-z\n]{0,4}",
    ) {
        if let Ok(checkpoint) = text.parse::<Checkpoint>() {
            prop_assert_eq!(checkpoint.to_string(), text);
        }
    }

    #[test]
    fn keys_survive_being_written(seed: [u8; 32], name in "[a-z/.]{1,20}") {
        let signer = Signer::new(&name, SigningKey::from_bytes(&seed)).unwrap();
        for algorithm in [Algorithm::Log, Algorithm::Witness] {
            let key = signer.verifier(algorithm);
            prop_assert_eq!(key.to_string().parse::<VerifierKey>(), Ok(key.clone()));
            let json = serde_json::to_string(&key).unwrap();
            prop_assert_eq!(serde_json::from_str::<VerifierKey>(&json).unwrap(), key);
        }
    }
}

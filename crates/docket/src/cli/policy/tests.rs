use super::*;
use clap::Parser;
use kernel::{canonical, policy::Grant};
use std::{fs, path::Path};
use tempfile::TempDir;

const BEGINS: &str = "2026-03-02T09:00:00Z";

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    policy: Policy,
}

/// A folder with a token, its payload, and the keys of whoever minted it.
fn desk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = SigningKey::from_bytes(&[1; 32]);
    let begins: Timestamp = BEGINS.parse().unwrap();
    let grant = Grant {
        id: Id::from_parts(7, 7),
        approved_by: Id::from_parts(1, 5),
        tenant: Id::from_parts(1, 1),
        project: "billing".parse().unwrap(),
        action: "act.refund".parse().unwrap(),
        resource: "invoice/42".parse().unwrap(),
        payload: canonical::digest_of(&json!({ "a": 1, "b": 2 })).unwrap(),
        bearer: None,
        not_before: begins,
        expires: begins + jiff::SignedDuration::from_mins(5),
    };
    let token = Token::mint(&root, &grant, SigningKey::from_bytes(&[2; 32])).unwrap();
    let x = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        root.verifying_key().as_bytes(),
    );
    let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x }] });
    write(&folder, "token", &format!("{}\n", token.expose()));
    write(&folder, "keys", &keys.to_string());
    write(&folder, "payload", r#"{ "b": 2.0, "a": 1 }"#);
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

/// What came of the words, `@` standing for the folder.
fn run(folder: &TempDir, words: &str) -> Result<(), u8> {
    let at = format!("{}/", folder.path().display());
    let words = words.replace('@', &at);
    let cli = Cli::try_parse_from(["policy"].into_iter().chain(words.split(' ')));
    cli.map_err(|_| 2)?.policy.run().map_err(|trouble| trouble.exit())
}

fn narrowed(path: &Path, narrowing: Narrowing) {
    let token: Token = fs::read_to_string(path).unwrap().trim().parse().unwrap();
    let token = token.narrow(&narrowing, SigningKey::from_bytes(&[3; 32])).unwrap();
    fs::write(path, token.expose()).unwrap();
}

const VERIFY: &str = "verify --token file:@token --keys @keys --at 2026-03-02T09:04:00Z";

#[test]
fn a_token_is_verified_against_everything_that_is_named() {
    let folder = desk();
    let verify = |more: &str| run(&folder, &format!("{VERIFY}{more}"));
    assert_eq!(verify(""), Ok(()));
    let tenant = Id::<kernel::id::Tenant>::from_parts(1, 1);
    let whole = format!(
        " --tenant {tenant} --project billing --action act.refund --resource invoice/42 --payload @payload"
    );
    assert_eq!(verify(&whole), Ok(()));
    for other in [
        " --project growth",
        " --action act.charge",
        " --resource invoice/43",
        " --payload @keys",
        " --tenant ten_00000000010000000000000009",
    ] {
        assert_eq!(verify(other), Err(4), "{other}");
    }
    assert_eq!(verify(" --payload @token"), Err(2));
}

#[test]
fn each_way_to_fail_has_its_own_exit_code() {
    let folder = desk();
    let late = VERIFY.replace("09:04", "09:05");
    assert_eq!(run(&folder, &late), Err(4));
    assert_eq!(run(&folder, &VERIFY.replace("file:@token", "dpt1.x.y")), Err(2));
    assert_eq!(run(&folder, &VERIFY.replace("@token", "@payload")), Err(4));
    assert_eq!(run(&folder, &VERIFY.replace("@keys", "@nothing")), Err(1));
    for keys in [r#"{"keys":[]}"#, r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}"#, "[]"] {
        write(&folder, "keys", keys);
        assert_eq!(run(&folder, VERIFY), Err(2), "{keys}");
    }
}

#[test]
fn a_token_that_names_its_bearer_is_verified_for_them_alone() {
    let folder = desk();
    let bearer: Id<Principal> = Id::from_parts(1, 25);
    narrowed(
        &folder.path().join("token"),
        Narrowing { bearer: Some(bearer), ..Narrowing::default() },
    );
    assert_eq!(run(&folder, VERIFY), Err(4));
    assert_eq!(run(&folder, &format!("{VERIFY} --bearer {bearer}")), Ok(()));
}

#[test]
fn a_token_is_narrowed_to_less_and_never_to_more() {
    let folder = desk();
    let narrow = |more: &str| run(&folder, &format!("narrow --token file:@token{more}"));
    assert_eq!(narrow(" --expires 2026-03-02T09:01:00Z"), Ok(()));
    assert_eq!(narrow(" --seal"), Ok(()));
    assert_eq!(narrow(""), Err(2));
    assert_eq!(narrow(" --expires 2026-03-02T09:06:00Z"), Err(4));
    assert_eq!(narrow(" --not-before 2026-03-02T08:00:00Z"), Err(4));
    assert_eq!(run(&folder, "show --token file:@token"), Ok(()));
}

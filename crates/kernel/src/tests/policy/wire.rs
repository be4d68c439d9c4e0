//! A token is whole, and has one spelling.

use super::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use insta::assert_snapshot;
use proptest::sample::Index;

fn earlier(life: i64) -> Narrowing {
    Narrowing { expires: Some(second(BEGINS + life)), ..Narrowing::default() }
}

/// A token that was passed on twice, in its parts.
fn parts() -> Vec<String> {
    let narrowed = token().narrow(&earlier(200), secret(3)).unwrap();
    let narrowed = narrowed.narrow(&earlier(100), secret(4)).unwrap();
    narrowed.expose().split('.').map(str::to_owned).collect()
}

fn read(text: &str) -> Result<(), BadToken> {
    text.parse::<Token>()?.verify(&trusted()).map(drop)
}

/// The part after something in it was changed.
fn edited(part: &str, edit: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = BASE64.decode(part).unwrap();
    edit(&mut bytes);
    BASE64.encode(bytes)
}

/// A block that says `text`, signed by a key that is trusted.
fn granted(text: &str) -> Result<(), BadToken> {
    use crate::policy::testing::granted;
    read(&granted(&secret(1), &secret(2), text.as_bytes()))
}

fn spelled() -> String {
    crate::canonical::to_string(&grant()).unwrap()
}

#[test]
fn a_token_is_written_as_it_always_was() {
    assert_snapshot!(spelled(), @r#"{"action":"act.refund","approved_by":"prn_00000000010000000000000005","expires":1772442300,"id":"pol_00000000070000000000000007","not_before":1772442000,"payload":"a38935fe39cd91a77caf5ea1957950f439246b5d23bc461b5e630268849fe2f1","project":"billing","resource":"invoice/42","tenant":"ten_00000000010000000000000001"}"#);
    assert_snapshot!(token().expose(), @r#"dpt1.gTl3Dqh9F19Wo1Rmw0x-zMuNipG07jeiXfYPW4_Js5Q6CBnbpgFWL19phHzNywOVWYFX5JAciEiRIv8TYs7c7VOLniU8wv_C59twn3bNEoEd4cnWkYr1K5qjLoIiGqYOeyJhY3Rpb24iOiJhY3QucmVmdW5kIiwiYXBwcm92ZWRfYnkiOiJwcm5fMDAwMDAwMDAwMTAwMDAwMDAwMDAwMDAwMDUiLCJleHBpcmVzIjoxNzcyNDQyMzAwLCJpZCI6InBvbF8wMDAwMDAwMDA3MDAwMDAwMDAwMDAwMDAwNyIsIm5vdF9iZWZvcmUiOjE3NzI0NDIwMDAsInBheWxvYWQiOiJhMzg5MzVmZTM5Y2Q5MWE3N2NhZjVlYTE5NTc5NTBmNDM5MjQ2YjVkMjNiYzQ2MWI1ZTYzMDI2ODg0OWZlMmYxIiwicHJvamVjdCI6ImJpbGxpbmciLCJyZXNvdXJjZSI6Imludm9pY2UvNDIiLCJ0ZW5hbnQiOiJ0ZW5fMDAwMDAwMDAwMTAwMDAwMDAwMDAwMDAwMDEifQ.AAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"#);
    assert_snapshot!(token().sealed().expose().rsplit('.').next().unwrap(), @r#"AUh7xGus6zRiywD8j5F_S8GQniiBEAbADKxofz87fRA6IbEmtSVUOaY8i7PJGMrQ1zG1vg8ylj1kWlVKArvlYw4"#);
}

#[test]
fn a_token_that_was_written_is_read_and_written_again() {
    let text = parts().join(".");
    assert_eq!(text.parse::<Token>().unwrap().expose(), text);
    assert_eq!(read(&text), Ok(()));
}

#[test]
fn no_block_is_removed_repeated_or_put_elsewhere() {
    let parts = parts();
    for order in [
        vec![0, 1, 4],
        vec![0, 1, 2, 4],
        vec![0, 1, 3, 4],
        vec![0, 2, 3, 4],
        vec![0, 2, 1, 3, 4],
        vec![0, 1, 3, 2, 4],
        vec![0, 1, 2, 2, 3, 4],
        vec![0, 1, 1, 2, 3, 4],
        vec![0, 1, 2, 3, 3, 4],
    ] {
        let text = order.iter().map(|at: &usize| parts[*at].as_str()).collect::<Vec<_>>().join(".");
        assert!(read(&text).is_err(), "{order:?}");
    }
    for missing in 0..parts.len() {
        let mut fewer = parts.clone();
        fewer.remove(missing);
        assert!(read(&fewer.join(".")).is_err(), "without part {missing}");
    }
}

#[test]
fn a_block_of_one_token_is_of_no_use_to_another() {
    let ours = parts();
    let theirs = Token::mint(&secret(1), &Grant { id: Id::from_parts(8, 8), ..grant() }, secret(2));
    // Even with the same keys, which nobody draws.
    let theirs = theirs.unwrap().narrow(&earlier(290), secret(3)).unwrap().expose();
    let theirs: Vec<_> = theirs.split('.').collect();
    let mixed = [&ours[0], &ours[1], theirs[2], theirs[3]].join(".");
    assert_eq!(read(&theirs.join(".")), Ok(()));
    assert_eq!(read(&mixed), Err(BadToken::Forged));
}

#[test]
fn a_seal_of_one_token_does_not_end_another() {
    let sealed = |life| {
        let token = token().narrow(&earlier(life), secret(3)).unwrap().sealed();
        token.expose().split('.').map(str::to_owned).collect::<Vec<_>>()
    };
    let (one, other) = (sealed(200), sealed(100));
    let mixed = [&*one[0], &one[1], &one[2], &other[3]].join(".");
    assert_eq!((read(&one.join(".")), read(&mixed)), (Ok(()), Err(BadToken::Forged)));
}

proptest! {
    #[test]
    fn no_bit_of_a_token_can_be_changed(part in 1_usize..5, at in any::<Index>(), bit in 0_u8..8) {
        let mut parts = parts();
        parts[part] = edited(&parts[part], |bytes| {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        });
        prop_assert!(read(&parts.join(".")).is_err());
    }

    #[test]
    fn no_letter_of_a_token_can_be_changed(at in any::<Index>(), to in "[ -~]") {
        let mut text = parts().join(".");
        let at = at.index(text.len());
        prop_assume!(text[at..=at] != to);
        text.replace_range(at..=at, &to);
        prop_assert!(read(&text).is_err());
    }

    #[test]
    fn a_token_is_neither_longer_nor_shorter(at in any::<Index>(), more in "[ -~]{1,3}") {
        let text = parts().join(".");
        let (head, tail) = text.split_at(at.index(text.len() + 1));
        let longer = format!("{head}{more}{tail}");
        prop_assert!(read(&longer).is_err());
        prop_assert!(head.len() == text.len() || read(head).is_err());
    }
}

#[test]
fn another_version_is_no_token() {
    let text = parts().join(".");
    for version in ["dpt0", "dpt2", "dpt10", "DPT1", "dpt1 ", ""] {
        let other = text.replacen("dpt1", version, 1);
        assert_eq!(read(&other), Err(BadToken::Version), "{version:?}");
    }
    assert_eq!(read("dpt1"), Err(BadToken::Form));
    assert_eq!(read(""), Err(BadToken::Form));
}

#[test]
fn padding_line_ends_and_the_other_alphabet_are_refused() {
    let text = parts().join(".");
    for no in [
        format!("{text}="),
        format!("{text}\n"),
        format!(" {text}"),
        format!("{text}."),
        text.replacen('.', "..", 1),
        text.replace('-', "+").replace('_', "/"),
    ] {
        assert!(no == text || read(&no).is_err(), "{no}");
    }
    // The last letter of 33 bytes has no spare bits; that of 64 has, and they have to be 0.
    let mut parts = parts();
    let block = &mut parts[1];
    while BASE64.decode(&*block).unwrap().len().is_multiple_of(3) {
        *block = edited(block, |bytes| bytes.push(b' '));
    }
    let last = block.pop().unwrap();
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    block.push(next);
    assert_eq!(read(&parts.join(".")), Err(BadToken::Form));
}

#[test]
fn a_grant_that_leaves_something_out_is_none() {
    assert_eq!(granted(&spelled()), Ok(()));
    let whole: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&spelled()).unwrap();
    assert_eq!(whole.len(), 9);
    for name in whole.keys() {
        let mut less = whole.clone();
        less.remove(name);
        let less = crate::canonical::to_string(&less).unwrap();
        assert_eq!(granted(&less), Err(BadToken::Block), "without `{name}`");
    }
}

#[test]
fn what_no_version_of_ours_says_is_refused_even_if_it_is_signed() {
    let spelled = spelled();
    for no in [
        spelled.replacen('{', r#"{"admin":true,"#, 1),
        spelled.replacen('{', "{ ", 1),
        spelled.replacen("1772442300", "1772442300.0", 1),
        spelled.replacen("1772442300", "\"1772442300\"", 1),
        spelled.replacen("1772442300", "99999999999999", 1),
        spelled.replacen(r#""project":"billing""#, r#""project":"billing","project":"billing""#, 1),
        spelled.replacen("act.refund", "act.refund ", 1),
        spelled.replacen("invoice/42", "invoice\\/42", 1),
        spelled.replacen("invoice/42", "*", 1).replacen("\"*\"", "null", 1),
        format!("{spelled} "),
        format!("{spelled}{spelled}"),
        "{}".to_owned(),
        String::new(),
    ] {
        assert_ne!(no, spelled);
        assert_eq!(granted(&no), Err(BadToken::Block), "{no}");
    }
    let long = spelled.replacen("1772442300", "1772443000", 1);
    assert_eq!(granted(&long), Err(BadToken::Life));
}

#[test]
fn more_than_a_token_can_be_is_not_looked_at() {
    let long = format!("dpt1.{}", "A".repeat(crate::policy::TOKEN_BYTES_MAX));
    assert_eq!(read(&long), Err(BadToken::TooLong));
    let parts = parts();
    let many = [&parts[..2], &vec![parts[2].clone(); BLOCKS_MAX], &parts[4..]].concat().join(".");
    assert_eq!(read(&many), Err(BadToken::TooLong));
}

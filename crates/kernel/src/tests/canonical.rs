use crate::canonical::{Digest, digest_of, to_string, to_vec};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json, value::RawValue};

fn canonical(json: &str) -> String {
    to_string(&serde_json::from_str::<Value>(json).unwrap()).unwrap()
}

#[test]
fn the_example_of_rfc_8785_comes_out_as_printed_there() {
    let input = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    assert_snapshot!(canonical(input), @r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#);
}

#[test]
fn keys_are_sorted_by_utf_16_units_as_in_rfc_8785() {
    let input = r#"{
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
    }"#;
    let expected = concat!(
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",",
        "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",",
        "\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}",
    );
    assert_eq!(canonical(input), expected);
}

#[test]
fn numbers_have_the_forms_of_rfc_8785_appendix_b() {
    let forms: [(u64, &str); 16] = [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
    ];
    for (bits, form) in forms {
        assert_eq!(to_string(&f64::from_bits(bits)).unwrap(), form, "{bits:016x}");
    }
}

#[test]
fn an_integer_that_would_be_rounded_is_refused() {
    assert_eq!(to_string(&9_007_199_254_740_992_u64).unwrap(), "9007199254740992");
    let refused = to_vec(&json!({"a": [1, {"b": 9_007_199_254_740_993_u64}]})).unwrap_err();
    assert_snapshot!(refused, @"the number 9007199254740993 does not fit a double exactly; write it as text");
    assert!(to_vec(&(i64::MIN + 1)).is_err());
    assert!(to_vec(&u64::MAX).is_err());
}

#[test]
fn raw_json_inside_a_value_is_made_canonical_too() {
    let raw = RawValue::from_string(r#"{ "b": 1.0, "a": 2 }"#.to_owned()).unwrap();
    assert_eq!(to_string(&[raw]).unwrap(), r#"[{"a":2,"b":1}]"#);
}

#[test]
fn a_digest_has_one_spelling() {
    let digest = digest_of(&json!({})).unwrap();
    assert_eq!(digest, Digest::of_bytes(b"{}"));
    assert_snapshot!(digest, @"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    assert!(digest.to_string().to_uppercase().parse::<Digest>().is_err());
    assert!(digest.to_string()[1..].parse::<Digest>().is_err());
    let schema = schemars::schema_for!(Digest);
    assert_snapshot!(schema.to_value()["pattern"], @r#""^[0-9a-f]{64}$""#);
}

proptest! {
    #[test]
    fn digests_survive_being_written(bytes: [u8; 32]) {
        let digest = Digest(bytes);
        prop_assert_eq!(digest.to_string().parse::<Digest>(), Ok(digest));
        let json = serde_json::to_string(&digest).unwrap();
        prop_assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    }

    #[test]
    fn the_order_of_keys_does_not_change_the_digest(
        fields in proptest::collection::btree_map(".{0,6}", any::<i32>(), 0..8),
    ) {
        let forward: serde_json::Map<_, _> =
            fields.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        let backward: serde_json::Map<_, _> =
            fields.iter().rev().map(|(k, v)| (k.clone(), json!(v))).collect();
        prop_assert_eq!(digest_of(&forward).unwrap(), digest_of(&backward).unwrap());
        let text = to_string(&forward).unwrap();
        prop_assert_eq!(canonical(&text), text);
    }

    #[test]
    fn any_text_is_a_digest_or_refused(text in ".{0,70}") {
        if let Ok(digest) = text.parse::<Digest>() {
            prop_assert_eq!(digest.to_string(), text);
        }
    }
}

use crate::{
    key::Key,
    text::{BadText, Line, Text, readable, same_words},
};
use proptest::prelude::*;

fn line(text: &str) -> Result<Line<10>, BadText> {
    text.parse()
}

fn text(text: &str) -> Result<Text<10>, BadText> {
    text.parse()
}

#[test]
fn length_is_counted_in_characters_not_bytes() {
    assert_eq!(line("ääääääääää").unwrap().chars().count(), 10);
    assert_eq!(line("ääääääääääß"), Err(BadText::TooLong { is: 11, max: 10 }));
}

#[test]
fn text_that_shows_nothing_is_blank() {
    for blank in ["", " ", "\u{a0}\u{3000}", "\u{200b}\u{feff}"] {
        assert_eq!(line(blank), Err(BadText::Blank), "{blank:?}");
    }
    assert_eq!(text("\n\t\n"), Err(BadText::Blank));
}

#[test]
fn only_text_may_have_lines() {
    assert_eq!(text("a\n\tb").unwrap().as_str(), "a\n\tb");
    assert_eq!(line("a\nb"), Err(BadText::LineBreak { at: 2, code: 10 }));
    assert_eq!(line("a\u{2028}b"), Err(BadText::LineBreak { at: 2, code: 0x2028 }));
    assert_eq!(line("a\tb"), Err(BadText::Control { at: 2, code: 9 }));
}

#[test]
fn what_a_person_cannot_see_is_refused() {
    for hidden in ['\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{e0041}'] {
        let code = u32::from(hidden);
        assert_eq!(line(&format!("ab{hidden}")), Err(BadText::Hidden { at: 3, code }));
        assert_eq!(text(&format!("ab{hidden}")), Err(BadText::Hidden { at: 3, code }));
    }
    for control in ['\0', '\r', '\u{1b}', '\u{7f}', '\u{9b}'] {
        let code = u32::from(control);
        assert_eq!(text(&format!("{control}a")), Err(BadText::Control { at: 1, code }));
    }
}

#[test]
fn right_to_left_names_are_text_like_any_other() {
    assert!(line("שלום\u{200f}").is_ok());
    assert!(line("مرحبا").is_ok());
}

#[test]
fn the_parser_says_what_is_wrong_and_not_what_was_said() {
    let refused = serde_json::from_str::<Line<10>>(r#""my secret\u0000""#).unwrap_err();
    insta::assert_snapshot!(refused, @"character 10 is the control character U+0000; remove it");
    let refused = serde_json::from_str::<Key>(r#""My Secret""#).unwrap_err();
    assert!(!refused.to_string().contains("Secret"));
}

#[test]
fn the_schema_says_how_long_it_may_be() {
    let schema = schemars::schema_for!(Text<10>);
    insta::assert_snapshot!(serde_json::to_string(&schema).unwrap(), @r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Text10","type":"string","minLength":1,"maxLength":10,"pattern":"\\S"}"#);
}

#[test]
fn a_key_has_one_spelling() {
    assert!("photo_after_2".parse::<Key>().is_ok());
    assert!("k".repeat(64).parse::<Key>().is_ok());
    for wrong in ["", "_a", "2a", "Photo", "photo-after", "photo ", "phöto", &"k".repeat(65)] {
        assert!(wrong.parse::<Key>().is_err(), "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(written in ".{0,12}|[ -~\\n\\t]{0,12}") {
        if let Ok(kept) = text(&written) {
            prop_assert_eq!(kept.as_str(), &written);
            let json = serde_json::to_string(&kept).unwrap();
            prop_assert_eq!(serde_json::from_str::<Text<10>>(&json).unwrap(), kept);
        }
    }

    #[test]
    fn a_line_is_always_text_too(written in any::<String>()) {
        prop_assert!(line(&written).is_err() || text(&written).is_ok());
    }
}

proptest! {
    #[test]
    fn what_is_readable_can_be_shown_and_stays_as_it_is(raw in any::<String>()) {
        let shown = readable(&raw);
        prop_assert_eq!(&readable(&shown), &shown);
        if let Err(wrong) = shown.parse::<Text<100_000>>() {
            prop_assert_eq!(wrong, BadText::Blank);
        }
    }
}

#[test]
fn the_same_words_are_the_same_whatever_their_case_and_punctuation() {
    assert!(same_words("Door won't LATCH!", "door won't  latch"));
    assert!(!same_words("door latch", "latch door"));
    assert!(!same_words("door", "doors"));
}

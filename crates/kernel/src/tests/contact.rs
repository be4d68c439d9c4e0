use crate::contact::{BadEmail, BadPhone, Email, Phone};
use proptest::prelude::*;

fn phone(typed: &str, region: &str) -> Result<String, BadPhone> {
    Phone::read(typed, region).map(|phone| phone.to_string())
}

fn email(typed: &str) -> Result<String, BadEmail> {
    typed.parse::<Email>().map(|email| email.to_string())
}

#[test]
fn one_number_has_one_spelling_however_it_was_typed() {
    for typed in
        ["(202) 555-0173", "202.555.0173", "1 202 555 0173", " +1 202-555-0173", "tel:+12025550173"]
    {
        assert_eq!(phone(typed, "US").as_deref(), Ok("+12025550173"), "{typed}");
    }
    assert_eq!(phone("030 901820", "DE").as_deref(), Ok("+4930901820"));
    assert_eq!(phone("020 7946 0958", "GB").as_deref(), Ok("+442079460958"));
}

#[test]
fn the_country_that_was_typed_outweighs_the_region() {
    assert_eq!(phone("+49 30 901820", "US").as_deref(), Ok("+4930901820"));
}

#[test]
fn what_is_not_a_phone_number_is_refused_and_not_repeated() {
    assert_eq!(phone("", "US"), Err(BadPhone::NotANumber));
    assert_eq!(phone("call me", "US"), Err(BadPhone::NotANumber));
    assert_eq!(phone("+1 202 555", "US"), Err(BadPhone::Length));
    assert_eq!(phone("202 555 0173", "ZZ"), Err(BadPhone::UnknownRegion));
    assert_eq!(phone(&"1".repeat(65), "US"), Err(BadPhone::Length));
    assert_eq!(phone("+1 202 555 0173 ext. 42", "US"), Err(BadPhone::Extension));
}

#[test]
fn json_has_phone_numbers_in_e164_and_nothing_else() {
    let read = |json: &str| serde_json::from_str::<Phone>(json).map_err(|no| no.to_string());
    assert_eq!(read(r#""+12025550173""#).unwrap().as_str(), "+12025550173");
    for wrong in ["4930901820", "+49 30 901820", "030 901820", "+004930901820", "+49309", "+"] {
        let refused = read(&format!("\"{wrong}\"")).unwrap_err();
        assert!(wrong == "+" || !refused.contains(wrong), "{refused}");
    }
}

#[test]
fn a_contact_is_not_shown_in_a_debug_line() {
    let shown =
        format!("{:?}", (Phone::read("+12025550173", "US"), "ada@example.com".parse::<Email>()));
    assert_eq!(shown, "(Ok(Phone(…)), Ok(Email(…)))");
}

#[test]
fn an_address_compares_without_regard_to_capitals() {
    assert_eq!(email(" Ada.L@EXAMPLE.com\n").as_deref(), Ok("Ada.L@example.com"));
    let (ada, same): (Email, Email) =
        ("Ada@example.com".parse().unwrap(), "ada@Example.COM".parse().unwrap());
    assert_eq!(ada, same);
    assert_eq!(ada.key(), "ada@example.com");
    assert_eq!(ada.cmp(&same), std::cmp::Ordering::Equal);
}

#[test]
fn addresses_that_mail_is_sent_to_are_read() {
    for fine in
        ["a@b.co", "first.last+tag@sub.example.co.uk", "o'neil_x@xn--mnchen-3ya.de", "1@1.io"]
    {
        assert_eq!(email(fine).as_deref(), Ok(fine));
    }
}

#[test]
fn addresses_that_it_is_not_are_refused() {
    for (wrong, why) in [
        ("", BadEmail::NoAt),
        ("ada.example.com", BadEmail::NoAt),
        ("@example.com", BadEmail::Local),
        ("a@b@example.com", BadEmail::Local),
        ("a..b@example.com", BadEmail::Local),
        (".a@example.com", BadEmail::Local),
        ("a.@example.com", BadEmail::Local),
        ("a b@example.com", BadEmail::Local),
        ("\"a b\"@example.com", BadEmail::Local),
        ("a\0@example.com", BadEmail::Local),
        ("Ada <ada@example.com>", BadEmail::Local),
        ("a@", BadEmail::Domain),
        ("a@localhost", BadEmail::Domain),
        ("a@127.0.0.1", BadEmail::Domain),
        ("a@[127.0.0.1]", BadEmail::Domain),
        ("a@-b.com", BadEmail::Domain),
        ("a@b-.com", BadEmail::Domain),
        ("a@b..com", BadEmail::Domain),
        ("a@b.com.", BadEmail::Domain),
        ("a@b.com\r\nbcc: c@d.com", BadEmail::Local),
        ("а@example.com", BadEmail::NotAscii),
        ("a@münchen.de", BadEmail::NotAscii),
    ] {
        assert_eq!(email(wrong), Err(why), "{wrong:?}");
    }
    let label = format!("{}.com", "b".repeat(64));
    assert_eq!(email(&format!("a@{label}")), Err(BadEmail::Domain));
    assert_eq!(email(&format!("{}@b.com", "a".repeat(65))), Err(BadEmail::TooLong));
    assert_eq!(email(&format!("a@{}.com", "b.".repeat(130))), Err(BadEmail::TooLong));
}

proptest! {
    #[test]
    fn a_phone_number_that_was_read_is_read_again_unchanged(
        typed in "[+0-9 ()./-]{0,20}|.{0,80}", region in "US|DE|GB|IT|JP|RU|HU|KR|[A-Z]{2}|.{0,3}",
    ) {
        if let Ok(phone) = Phone::read(&typed, &region) {
            let json = serde_json::to_string(&phone).unwrap();
            prop_assert_eq!(serde_json::from_str::<Phone>(&json).unwrap(), phone.clone());
            prop_assert_eq!(Phone::read(phone.as_str(), &region), Ok(phone));
        }
    }

    #[test]
    fn an_address_that_was_read_is_read_again_unchanged(
        typed in "[ -~]{0,20}|[a-zA-Z.+]{1,9}@[a-zA-Z0-9.-]{1,20}|.{0,30}",
    ) {
        if let Ok(email) = typed.parse::<Email>() {
            let again: Email = email.as_str().parse().unwrap();
            prop_assert_eq!(again.as_str(), email.as_str());
            prop_assert_eq!(email.key().parse::<Email>(), Ok(email));
        }
    }
}

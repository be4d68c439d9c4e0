use super::{From, with};
use crate::{config::Way, outgoing::Carriers};

const SMTP: &str = "[outbox.smtp]\nhost = \"mail.example.com\"\nport = 465\ntls = \"implicit\"\nfrom = \"calls@example.com\"\n";
const SMS: &str = "[outbox.sms]\naccount = \"AC1\"\ntoken = \"env:DOCKET_TEST_NOT_SET\"\nfrom = \"+15005550006\"\n";
const WEBHOOK: &str =
    "[outbox.webhook]\nurl = \"https://example.com/in\"\nsecrets = [\"env:DOCKET_TEST_NOT_SET\"]\n";

fn no(text: &str) -> String {
    with(text).unwrap_err()
}

#[test]
fn who_says_nothing_has_a_folder_and_who_names_a_carrier_has_only_that() {
    let config = with("").unwrap();
    assert_eq!((config.outbox.email, config.outbox.phone), (Some(Way::Folder), Some(Way::Folder)));
    assert_eq!(config.outbox.folder.to_str(), Some("/srv/docket/outbox"));
    let shown = config.shown.iter().find(|shown| shown.key == "outbox.phone").unwrap();
    assert_eq!((shown.value.as_str(), &shown.from), ("folder", &From::Default));

    let config = with(&format!("[outbox]\nemail = \"smtp\"\n{SMTP}")).unwrap();
    assert_eq!((config.outbox.email, config.outbox.phone), (Some(Way::Smtp), None));
}

#[test]
fn a_carrier_is_named_and_described_or_neither_and_reaches_what_it_is_named_for() {
    assert!(no("[outbox]\nemail = \"smtp\"").contains("is named and not there"));
    assert!(no(SMTP).contains("nothing leaves by it"));
    assert!(no(&format!("[outbox]\nphone = \"smtp\"\n{SMTP}")).contains("outbox.phone"));
    assert!(no(&format!("[outbox]\nemail = \"sms\"\n{SMS}")).contains("outbox.email"));
    assert!(no("[outbox]\nphone = \"pigeon\"").contains("unknown variant"));
    assert!(no("[outbox]\nattempts = 0").contains("outbox.attempts"));
    for carrier in [SMTP, SMS, WEBHOOK] {
        assert!(no(&format!("{carrier}rumour = 1")).contains("unknown field"), "{carrier}");
    }
}

#[test]
fn nothing_goes_in_the_clear_but_to_this_machine() {
    let smtp = |host: &str, tls: &str| {
        let text = SMTP.replace("mail.example.com", host).replace("implicit", tls);
        with(&format!("[outbox]\nemail = \"smtp\"\n{text}"))
    };
    assert!(smtp("mail.example.com", "starttls").is_ok());
    assert!(smtp("127.0.0.1", "none").is_ok());
    for host in ["mail.example.com", "localhost", "10.0.0.1"] {
        assert!(smtp(host, "none").unwrap_err().contains("outbox.smtp.tls"), "{host}");
    }
    let hook = |url: &str| {
        let text = WEBHOOK.replace("https://example.com/in", url);
        with(&format!("[outbox]\nemail = \"webhook\"\n{text}"))
    };
    assert!(hook("http://127.0.0.1:9/in").is_ok());
    for url in ["http://example.com/in", "http://localhost/in", "ftp://example.com/in"] {
        assert!(hook(url).unwrap_err().contains("https"), "{url}");
    }
    assert!(hook("nowhere").unwrap_err().contains("expected a URL"));
    let sms = SMS.replace("[outbox.sms]", "[outbox.sms]\nurl = \"http://sms.example.com\"");
    assert!(no(&format!("[outbox]\nphone = \"sms\"\n{sms}")).contains("https"));
}

#[test]
fn secrets_are_references_and_come_whole_or_not_at_all() {
    let half = SMTP.to_owned() + "username = \"docket\"";
    assert!(no(&format!("[outbox]\nemail = \"smtp\"\n{half}")).contains("or neither"));
    for (written, in_place_of) in [
        ("https://u:hunter2@example.com/in", "https://example.com/in"),
        ("hunter2", "env:DOCKET_TEST_NOT_SET"),
    ] {
        let text = WEBHOOK.replace(in_place_of, written);
        let no = no(&format!("[outbox]\nemail = \"webhook\"\n{text}"));
        assert!(no.contains("by reference") && !no.contains("hunter2"), "{no}");
    }
    let nobody = WEBHOOK.replace("\"env:DOCKET_TEST_NOT_SET\"", "");
    assert!(no(&format!("[outbox]\nemail = \"webhook\"\n{nobody}")).contains("at least one"));
    let both = SMS.to_owned() + "service = \"MG1\"";
    assert!(no(&format!("[outbox]\nphone = \"sms\"\n{both}")).contains("not both"));
    let path = SMS.replace("AC1", "AC1/../..");
    assert!(no(&format!("[outbox]\nphone = \"sms\"\n{path}")).contains("letters and digits"));
}

#[test]
fn what_is_named_is_tried_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        format!("file:{}", folder.path().join(name).display())
    };
    let opened = |text: &str| Carriers::open(&with(text).unwrap().outbox).map(drop);
    let refused = |text: &str| opened(text).unwrap_err().to_string();

    assert!(refused(&format!("[outbox]\nphone = \"sms\"\n{SMS}")).contains("NOT_SET"));
    let from = SMTP.replace("calls@example.com", "Hinge & Sons");
    assert!(refused(&format!("[outbox]\nemail = \"smtp\"\n{from}")).contains("outbox.smtp.from"));
    let authority = SMTP.to_owned() + "ca = \"/nowhere.pem\"";
    assert!(refused(&format!("[outbox]\nemail = \"smtp\"\n{authority}")).contains("/nowhere.pem"));

    let hook = |secret: &str, url: &str| {
        let text = WEBHOOK.replace("env:DOCKET_TEST_NOT_SET", secret);
        format!("[outbox]\nemail = \"webhook\"\n{}", text.replace("https://example.com", url))
    };
    let key = file("key", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n");
    assert!(opened(&hook(&key, "https://example.com")).is_ok());
    for (name, bad) in [("bare", "MDEyMzQ1Njc4OTAx"), ("short", "whsec_MDEy"), ("odd", "whsec_!")] {
        let refused = refused(&hook(&file(name, bad), "https://example.com"));
        assert!(refused.contains("secrets") && !refused.contains(bad), "{refused}");
    }
    for private in ["https://127.0.0.1", "https://[::1]", "https://192.168.1.1", "https://0x7f.1"] {
        let at_home = hook(&key, private);
        assert!(refused(&at_home).contains("allow_private"), "{private}");
        assert!(opened(&format!("{at_home}allow_private = true")).is_ok(), "{private}");
    }
}

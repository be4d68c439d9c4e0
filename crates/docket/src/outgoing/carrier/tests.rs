use super::{http::wait, private::is_private};
use jiff::{SignedDuration, Timestamp};
use std::net::IpAddr;

#[test]
fn a_wait_is_said_in_seconds_or_as_a_date() {
    let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
    let seconds = |seconds| Some(SignedDuration::from_secs(seconds));
    assert_eq!(wait("120", now), seconds(120));
    assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT", now), seconds(37));
    assert_eq!(wait("Sun, 06 Nov 1994 08:48:00 GMT", now), seconds(0), "it has passed");
    for nonsense in ["", "-1", "soon", "99999999999999999999"] {
        assert_eq!(wait(nonsense, now), None, "{nonsense}");
    }
}

#[test]
fn private_is_what_no_registry_calls_reachable_from_everywhere() {
    let private = |text: &str| is_private(text.parse::<IpAddr>().unwrap());
    for text in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.31.255.255",
        "192.168.0.1",
        "198.19.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fd00::1",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        // Those that carry another inside.
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "2002:7f00:1::",
    ] {
        assert!(private(text), "{text}");
    }
    for text in [
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.0",
        "172.32.0.0",
        "192.0.1.0",
        "2606:4700::1111",
        "64:ff9b::1.1.1.1",
        "2002:101:101::",
        "::ffff:1.1.1.1",
    ] {
        assert!(!private(text), "{text}");
    }
}

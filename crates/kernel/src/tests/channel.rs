//! What proves identity where: a table to review, and what nothing may do.

use crate::channel::{Channel, Found, Proof, proof};
use proptest::prelude::*;

fn found() -> impl Strategy<Value = Found> {
    any::<[bool; 4]>().prop_map(|[phone, email, signed_in, vouched]| Found {
        phone,
        email,
        signed_in,
        vouched,
    })
}

fn only(proof: Proof) -> Found {
    Found {
        phone: proof == Proof::Phone,
        email: proof == Proof::Email,
        signed_in: proof == Proof::SignedIn,
        vouched: proof == Proof::Vouched,
    }
}

#[test]
fn what_proves_identity_on_which_channel() {
    let mut table = format!("{:<9}", "channel");
    Proof::ALL.iter().for_each(|proof| table += &format!("{:<10}", proof.name()));
    for channel in Channel::ALL {
        table += &format!("\n{:<9}", channel.name());
        for alone in Proof::ALL {
            let proves = proof(channel, only(alone)).is_some();
            table += if proves { "verified  " } else { "·         " };
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    channel  phone     email     signed_in vouched
    phone    verified  ·         verified  ·
    email    ·         verified  verified  ·
    sms      verified  ·         verified  ·
    web      ·         ·         verified  ·
    console  ·         ·         verified  verified
    ");
}

proptest! {
    #[test]
    fn nothing_found_proves_nothing_and_finding_more_never_proves_less(
        found in found(), extra in found(), at in 0..Channel::ALL.len(),
    ) {
        let channel = Channel::ALL[at];
        prop_assert_eq!(proof(channel, Found::default()), None);
        let both = Found {
            phone: found.phone || extra.phone,
            email: found.email || extra.email,
            signed_in: found.signed_in || extra.signed_in,
            vouched: found.vouched || extra.vouched,
        };
        prop_assert!(proof(channel, found).is_none() || proof(channel, both).is_some());
    }
}

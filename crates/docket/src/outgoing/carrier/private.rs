//! Addresses that a letter is not sent to unless somebody said so: this
//! machine, the networks around it, and what is no single machine at all.
//!
//! The address that is checked is the one that is connected to: names are
//! resolved here, and only what passes is handed on. So a name that answers
//! differently the next time changes nothing.

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::LazyLock,
};

/// What the registries of IANA do not call globally reachable, and multicast
/// (RFC 6890 and its successors).
const RANGES: [&str; 25] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

static NETS: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| RANGES.iter().filter_map(|range| range.parse().ok()).collect());

/// Whether an address is one of those. One that carries another inside counts
/// as what it carries.
pub(super) fn is_private(address: IpAddr) -> bool {
    let address = carried(address);
    NETS.iter().any(|net| net.contains(&address))
}

/// The address inside: of an IPv4-mapped or -compatible one (RFC 4291), one
/// translated by NAT64 (RFC 6052) or one of 6to4 (RFC 3056).
fn carried(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else { return address.to_canonical() };
    let parts = v6.segments();
    let inside = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inside(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => inside(high, low),
        [0x2002, high, low, ..] => inside(high, low),
        _ => IpAddr::V6(v6),
    }
}

/// Said instead of an address.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to a private address")]
pub(super) struct Private;

/// Resolves names as the system does, and keeps private addresses back.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<_> =
                found.iter().copied().filter(|found| !is_private(found.ip())).collect();
            if public.is_empty() && !found.is_empty() {
                return Err(Private.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

//! How one server is set up.

use super::limit::Pace;
use crate::audit::Sequencer;
use axum::http::HeaderMap;
use ipnet::IpNet;
use reqwest::Url;
use secrecy::SecretString;
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// What a server takes on, and for how long it waits.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest body of a call, in bytes.
    pub body_bytes: usize,
    /// How long the headers of a request may be on their way.
    pub header_timeout: Duration,
    /// How long a connection may wait for its next request, or leave an answer unread.
    pub idle_timeout: Duration,
    /// How long a body may be on its way.
    pub body_timeout: Duration,
    /// How many connections are open at a time.
    pub connections: usize,
    /// How many requests are worked on at a time.
    pub requests: usize,
    /// How fast one token may ask.
    pub pace: Option<Pace>,
    /// How long what is in flight may take after the server was told to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(30),
            connections: 1_024,
            requests: 256,
            pace: Some(Pace { per_second: 20_000, burst: 40_000 }),
            grace: Duration::from_secs(30),
        }
    }
}

/// How one server is set up.
#[derive(Default)]
pub struct Setup {
    pub limits: Limits,
    /// What a scraper has to know; without it there is no `/metrics`.
    pub metrics_token: Option<SecretString>,
    /// Whether connections are encrypted here.
    pub tls: bool,
    /// Makes the audit log, where this process does.
    pub sequencer: Option<Sequencer>,
    /// Proxies whose word about the client's address counts. Where there are
    /// some and nothing is encrypted here, nobody else is let through.
    pub proxies: Vec<IpNet>,
    /// Where those who are not on this machine reach the server. Proofs name it.
    pub url: Option<Url>,
    /// The kinds of jobs that are compiled in, which the metrics count.
    pub kinds: Vec<&'static str>,
}

impl Setup {
    /// Whether a connection from this address is taken.
    pub(super) fn takes(&self, peer: IpAddr) -> bool {
        self.tls || self.proxies.is_empty() || peer.is_loopback() || self.trusts(peer)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|net| net.contains(&address.to_canonical()))
    }

    /// Every address that a request for `path` may have been meant for, which came
    /// in at `here`: what is configured, and, on this machine, the very socket.
    /// What a request says of its host counts for nothing.
    pub(super) fn addresses(&self, here: Option<SocketAddr>, path: &str) -> Vec<Url> {
        let scheme = if self.tls { "https" } else { "http" };
        let local = here.filter(|here| here.ip().is_loopback()).into_iter().flat_map(|here| {
            let named = format!("{scheme}://localhost:{}", here.port());
            [format!("{scheme}://{here}"), named].into_iter().filter_map(|url| url.parse().ok())
        });
        let at = |mut url: Url| {
            url.set_path(path);
            url
        };
        self.url.iter().cloned().chain(local).map(at).collect()
    }

    /// Whose request this is: the peer's, or, if that is a trusted proxy, the
    /// last address before it that is none.
    pub(super) fn source(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        let hops = hops.map_while(|hop| hop.trim().parse::<IpAddr>().ok());
        let mut source = peer;
        for hop in hops {
            source = hop;
            if !self.trusts(hop) {
                break;
            }
        }
        source
    }
}

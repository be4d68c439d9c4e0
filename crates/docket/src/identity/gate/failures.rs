//! How often somebody was not let in, without a line for every try.
//!
//! What must stay true:
//!
//! * The first failure of a kind from a source is recorded at once.
//! * Every failure is counted in some entry.
//! * However many there are, there are few entries a minute.

use crate::identity::Caller;
use jiff::{SignedDuration, Timestamp};
use kernel::{
    id::{Id, Principal, Tenant},
    refusal::Code,
};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, net::IpAddr};

/// How long failures are counted before they are written down.
const COUNT_FOR: SignedDuration = SignedDuration::from_secs(60);
/// More than this many at once are counted together.
const WINDOWS_MAX: usize = 32;

pub(super) struct Failures {
    /// Known to nobody, so that an address cannot be found again by trying all.
    secret: [u8; 32],
    windows: HashMap<Sort, Window>,
}

/// Failures that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sort {
    code: Code,
    source: Source,
    whose: Option<Whose>,
}

/// Whose token it was, where that holds and something else does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Whose {
    pub tenant: Id<Tenant>,
    pub actor: Id<Principal>,
    pub on_behalf_of: Option<Id<Principal>>,
}

impl From<&Caller> for Whose {
    fn from(caller: &Caller) -> Self {
        let Caller { tenant, actor, on_behalf_of, .. } = *caller;
        Self { tenant, actor, on_behalf_of }
    }
}

/// Somebody whose address is not told, or, where there are too many, anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    One(u64),
    Many,
}

struct Window {
    since: Timestamp,
    held: u64,
}

/// Failures that are to be written down.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub code: Code,
    pub source: Source,
    pub whose: Option<Whose>,
    pub count: u64,
}

impl Failures {
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Self { secret, windows: HashMap::new() }
    }

    /// Counts a failure, and answers what is to be written down now.
    pub(super) fn note(
        &mut self,
        code: Code,
        from: IpAddr,
        whose: Option<Whose>,
        now: Timestamp,
    ) -> Option<Counted> {
        let mut sort = Sort { code, source: self.source(from), whose };
        if !self.windows.contains_key(&sort) && self.windows.len() >= WINDOWS_MAX {
            sort = Sort { code, source: Source::Many, whose: None };
        }
        if let Some(window) = self.windows.get_mut(&sort) {
            window.held += 1;
            return None;
        }
        self.windows.insert(sort, Window { since: now, held: 0 });
        Some(sort.counted(1))
    }

    /// What was counted for long enough, to be written down now.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Counted> {
        let mut due = Vec::new();
        self.windows.retain(|sort, window| {
            let passed = now.duration_since(window.since).abs() >= COUNT_FOR;
            if passed && window.held > 0 {
                due.push(sort.counted(window.held));
                // Whoever goes on trying is counted for another minute.
                *window = Window { since: now, held: 0 };
                return true;
            }
            !passed
        });
        due
    }

    fn source(&self, from: IpAddr) -> Source {
        let mut text = Sha256::new();
        text.update(self.secret);
        match from.to_canonical() {
            IpAddr::V4(address) => text.update(address.octets()),
            // Whoever has one address of a network has all of them.
            IpAddr::V6(address) => text.update(&address.octets()[..8]),
        }
        let digest: [u8; 32] = text.finalize().into();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Source::One(u64::from_be_bytes(first))
    }
}

impl Sort {
    const fn counted(self, count: u64) -> Counted {
        let Self { code, source, whose } = self;
        Counted { code, source, whose, count }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(source) => write!(f, "{source:016x}"),
            Self::Many => f.write_str("many"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from(number).into()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn every_failure_is_counted_in_some_entry() {
        let mut failures = Failures::new([7; 32]);
        let mut written = 0;
        for second in 0..300 {
            written += failures
                .note(Code::TokenInvalid, address(1), None, at(second))
                .map_or(0, |c| c.count);
            written += failures.due(at(second)).iter().map(|counted| counted.count).sum::<u64>();
        }
        written += failures.due(at(1_000)).iter().map(|counted| counted.count).sum::<u64>();
        assert_eq!(written, 300);
    }

    #[test]
    fn a_flood_from_everywhere_leaves_few_entries() {
        let mut failures = Failures::new([7; 32]);
        let entries = (0..100_000)
            .filter(|n| failures.note(Code::TokenInvalid, address(*n), None, at(0)).is_some())
            .count();
        assert!(entries <= WINDOWS_MAX + 1, "{entries}");
        let counted: u64 = failures.due(at(60)).iter().map(|counted| counted.count).sum();
        assert_eq!(counted + entries as u64, 100_000);
    }

    #[test]
    fn whoever_stops_is_forgotten_and_starts_anew() {
        let mut failures = Failures::new([7; 32]);
        assert!(failures.note(Code::TokenInvalid, address(1), None, at(0)).is_some());
        assert!(failures.due(at(61)).is_empty() && failures.windows.is_empty());
        assert!(failures.note(Code::TokenInvalid, address(1), None, at(62)).is_some());
    }
}

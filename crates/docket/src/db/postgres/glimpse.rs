//! Looks that came at the same time, in one snapshot, with all that they ask next
//! asked at once.
//!
//! A look is a function of what it is answered, and of the time, which stands still
//! for all of them. So each is taken up to the first question that nobody has asked
//! yet, and again from its beginning once the questions of all have been: as often
//! as one question follows from another.

use super::{
    flight::{Flight, Sight},
    packet::Way,
    pool::{Shared, carry},
    wire::Wire,
};
use crate::{
    db::{Scope, work::Work},
    failure::Fault,
};

/// A look in which more questions follow from each other is taken alone.
const ROUNDS_MAX: usize = 16;

type Works = Vec<Box<dyn Work>>;

/// Takes looks of one scope, and hands back the connection if it can be used again.
pub(super) fn take(wire: Wire, works: Works, shared: &Shared) -> Option<Wire> {
    let scope = works.first()?.scope();
    let flight = Flight::new(wire, scope, Way::LooksTogether);
    let (alone, lost) = rounds(&flight, works, scope, shared);
    let mut wire = flight.end();
    for mut work in alone {
        wire = match wire.take() {
            Some(wire) => carry(wire, work, shared),
            None => {
                let why = lost.clone().unwrap_or_else(|| "the connection was lost".to_owned());
                work.fail(Fault::Unavailable(why).into());
                work.answer();
                None
            }
        };
    }
    wire
}

/// Answers those that see everything, and hands back those that have to be taken
/// alone, and why the database was lost.
fn rounds(
    flight: &Flight,
    mut open: Works,
    scope: Scope,
    shared: &Shared,
) -> (Works, Option<String>) {
    let (mut alone, now) = (Works::new(), shared.clock.now());
    for _ in 0..ROUNDS_MAX {
        let mut again = Works::new();
        for mut work in open {
            flight.next();
            let mut tx = shared.tx(flight, scope);
            tx.stand_at(now);
            work.run(&mut tx);
            match flight.sight() {
                Sight::Whole => work.answer(),
                Sight::Partial => again.push(work),
                Sight::Apart => alone.push(work),
            }
        }
        if again.is_empty() {
            return (alone, None);
        }
        #[cfg(test)]
        shared.ways.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if let Err(fault) = flight.answer() {
            alone.extend(again);
            let lost = matches!(fault, Fault::Unavailable(_)).then(|| fault.to_string());
            return (alone, lost);
        }
        open = again;
    }
    alone.extend(open);
    (alone, None)
}

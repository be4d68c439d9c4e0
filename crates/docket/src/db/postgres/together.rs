//! Commands that came at the same time, in one transaction: a commit costs much
//! the same for one as for many, and so does a statement.
//!
//! What all of them will ask first is asked at once. Then each decides after the
//! one before, as if it had been committed, and what they insert is inserted at
//! once. Nobody is answered before all of them are. What must stay true:
//!
//! * None is the worse for its company. If one fails in a way that the others
//!   cannot be kept apart from, nothing is kept, and each runs again alone.
//! * None waits for a lock while it holds those of its company, so nobody waits
//!   in a circle. Where somebody is in the way, each runs again alone, and waits.

use super::{flight::Flight, packet::Way, pool::Shared, wire::Wire};
use crate::{
    db::{Word, work::Work},
    failure::Fault,
};
use kernel::refusal::Chain;

/// Runs commands of one scope to their ends, and hands back the connection if
/// it can be used again.
pub(super) fn carry(wire: Wire, mut works: Vec<Box<dyn Work>>, shared: &Shared) -> Option<Wire> {
    let scope = works.first()?.scope();
    let flight = Flight::new(wire, scope, Way::Together);
    let ended = run(&flight, &mut works, shared).and_then(|rung| {
        flight.commit()?;
        shared.bell.ring(rung);
        Ok(())
    });
    #[cfg(test)]
    shared.ways.fetch_add(flight.ways(), std::sync::atomic::Ordering::SeqCst);
    answer(works, ended.as_ref().err());
    flight.end()
}

fn run(flight: &Flight, works: &mut [Box<dyn Work>], shared: &Shared) -> Result<Vec<Word>, Fault> {
    for work in &*works {
        work.ask_ahead(&mut shared.tx(flight, work.scope()));
    }
    // Before any of them goes to the rows of somebody else, if one does.
    flight.answer()?;
    let mut rung = Vec::new();
    for work in works {
        flight.next();
        let mut tx = shared.tx(flight, work.scope());
        if work.run(&mut tx) {
            rung.extend(tx.rung());
        } else {
            flight.undo()?;
        }
        tx.go_home();
        if flight.has_failed() {
            return Err(Fault::Moved("one of them failed".to_owned()));
        }
    }
    Ok(rung)
}

/// Answers all of them: where nothing was kept, why.
pub(super) fn answer(works: Vec<Box<dyn Work>>, fault: Option<&Fault>) {
    for mut work in works {
        match fault {
            None => {}
            // Nobody knows what a database that went away has kept.
            Some(Fault::Unavailable(why)) => work.fail(Fault::Unavailable(why.clone()).into()),
            Some(fault) => work.fail(Fault::Moved(Chain(fault).to_string()).into()),
        }
        work.answer();
    }
}

//! What Docket does by itself: every kind of job that is compiled in and who
//! does it, and every round that is made. A server that works and a process
//! that does nothing else hand this to [`crate::job::work`].

use crate::{
    door::{Door, idempotency},
    evidence::tidy,
    import, invoice,
    job::work::Crew,
    outgoing::{self, Carriers},
    packet, retention, schedule,
    ticket::breach,
};

/// Everybody, and what they need.
pub fn crew(door: &Door, carriers: &Carriers) -> Crew {
    let (making, taking) = (door.clone(), door.clone());
    let (carriers, store) = (carriers.clone(), door.store().clone());
    Crew::default()
        .counted_by(door.tally().clone())
        .with(&schedule::EXPIRE, schedule::expire)
        .with(&packet::MAKE, move |run| packet::make(making.clone(), run))
        .with(&outgoing::DELIVER, move |run| outgoing::deliver(carriers.clone(), run))
        .with(&breach::CHECK, breach::check)
        .with(&idempotency::FORGET, idempotency::forget)
        .with(&import::TAKE, move |run| import::take(taking.clone(), run))
        .with(&invoice::document::MAKE, invoice::document::make)
        .with(&retention::PRUNE, retention::prune)
        .with(&tidy::SWEEP, move |run| tidy::sweep(store.clone(), run))
        .going(breach::ROUND)
        .going(idempotency::ROUND)
        .going(retention::ROUND)
        .going(tidy::ROUND)
}

#[cfg(test)]
mod tests;

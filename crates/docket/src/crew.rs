//! What Docket does by itself: every kind of job that is compiled in and who
//! does it, and every round that is made. A server that works and a process
//! that does nothing else hand this to [`crate::job::work`].

use crate::{
    door::{Door, idempotency},
    job::work::Crew,
    outgoing::{self, Carriers},
    packet, schedule,
    ticket::breach,
};

/// Everybody, and what they need.
pub fn crew(door: &Door, carriers: &Carriers) -> Crew {
    let (making, carriers) = (door.clone(), carriers.clone());
    Crew::default()
        .with(&schedule::EXPIRE, schedule::expire)
        .with(&packet::MAKE, move |run| packet::make(making.clone(), run))
        .with(&outgoing::DELIVER, move |run| outgoing::deliver(carriers.clone(), run))
        .with(&breach::CHECK, breach::check)
        .with(&idempotency::FORGET, idempotency::forget)
        .going(breach::ROUND)
        .going(idempotency::ROUND)
}

#[cfg(test)]
mod tests;

//! Everything that does something: the slices, the one door to them, and the
//! surfaces that knock on it.

pub mod approval;
pub mod assignment;
pub mod audit;
pub mod chance;
pub mod cli;
pub mod closeout;
pub mod countersign;
pub mod db;
pub mod demo;
pub mod directory;
pub mod door;
pub mod failure;
pub mod identity;
pub mod import;
pub mod message;
pub mod outgoing;
pub mod page;
pub mod surface;
pub mod tech;
pub mod tenant;
pub mod ticket;
pub mod visit;

#[cfg(test)]
mod testing;

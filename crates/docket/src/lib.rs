//! Everything that does something: the slices, the one door to them, and the
//! surfaces that knock on it.

pub mod app;
pub mod approval;
pub mod assignment;
pub mod audit;
pub mod billing;
pub mod chance;
pub mod cli;
pub mod closeout;
pub mod config;
pub mod countersign;
pub mod crew;
pub mod db;
pub mod demo;
pub mod directory;
pub mod door;
pub mod evidence;
pub mod failure;
pub mod identity;
pub mod import;
pub mod invoice;
pub mod job;
pub mod message;
pub mod outgoing;
pub mod packet;
pub mod page;
pub mod policy;
pub mod qa;
pub mod retention;
pub mod schedule;
pub mod serve;
pub mod setup;
pub mod surface;
pub mod tech;
pub mod tenant;
pub mod ticket;
pub mod visit;

#[cfg(test)]
mod testing;

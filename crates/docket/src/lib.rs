//! Everything that does something: the slices, the one door to them, and the
//! surfaces that knock on it.

pub mod audit;
pub mod chance;
pub mod cli;
pub mod countersign;
pub mod db;
pub mod directory;
pub mod door;
pub mod evidence;
pub mod failure;
pub mod identity;
pub mod packet;
pub mod tenant;
pub mod ticket;

#[cfg(test)]
mod testing;

//! Everything that does something: the slices, the one door to them, and the
//! surfaces that knock on it.

pub mod app;
pub mod audit;
pub mod chance;
pub mod cli;
pub mod config;
pub mod db;
pub mod directory;
pub mod door;
pub mod failure;
pub mod identity;
pub mod tenant;
pub mod ticket;

#[cfg(test)]
mod testing;

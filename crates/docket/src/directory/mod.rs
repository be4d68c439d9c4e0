//! The directory: the tenant's customers, their places, people and equipment,
//! who does the work, what kinds of it there are, and what it costs.

pub mod account;
pub mod asset;
pub mod contact;
pub mod incident_type;
mod location;
pub mod rate_card;
pub(crate) mod recognise;
mod record;
pub mod site;
pub mod technician;
pub mod zone;

pub use location::Location;

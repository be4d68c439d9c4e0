//! The directory: the tenant's customers, their places, people and equipment,
//! who does the work, what kinds of it there are, and what it costs.

pub mod incident_type;
pub mod rate_card;
pub mod site;
pub mod technician;
pub mod zone;

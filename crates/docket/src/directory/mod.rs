//! The directory: the tenant's customers, their places, people and equipment,
//! and who does the work.

pub mod site;

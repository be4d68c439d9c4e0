mod any_order;
mod at_once;
mod at_once_records;
mod foreign;
mod fuzz;
mod once;
mod prepare;
mod reference;

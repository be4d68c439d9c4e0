mod foreign;
mod fuzz;
mod once;
mod prepare;
mod reference;

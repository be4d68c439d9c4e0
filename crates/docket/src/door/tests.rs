mod foreign;
mod fuzz;
mod prepare;
mod reference;

mod foreign;
mod fuzz;

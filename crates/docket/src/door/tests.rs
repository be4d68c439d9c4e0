mod foreign;
mod fuzz;
mod prepare;

mod fuzz;
mod prepare;

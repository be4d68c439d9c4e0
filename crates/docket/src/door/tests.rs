mod fuzz;
mod reference;

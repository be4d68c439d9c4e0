mod generate;
mod number;

mod document;
mod generate;
mod number;

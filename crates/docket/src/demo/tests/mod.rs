mod photo;
mod read;
mod run;
mod stage;

mod canonical;
mod id;

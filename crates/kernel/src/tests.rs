mod contract;
mod id;

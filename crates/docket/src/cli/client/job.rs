//! `docket job`: jobs as whoever runs a deployment reads and mends them.

use super::{
    Server,
    http::{Connection, fresh_key},
    table,
};
use crate::cli::{Trouble, print};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

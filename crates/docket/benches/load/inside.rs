//! What is measured without a socket between.

use crate::{
    cpu,
    home::{Home, docket, printed},
    say,
};
use docket::door::authorise;
use kernel::{
    id::Id,
    role::{Role, Roles},
    state::State,
    tool::Tool,
};
use std::hint::black_box;

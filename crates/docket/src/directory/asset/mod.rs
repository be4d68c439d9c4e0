//! Assets: the equipment at a site.

pub mod list;
pub mod put;

use crate::db::statements;

statements! {
    ASSET_NAMED = "named.sql";
    ASSET_PAGE = "page.sql";
    ASSET_PUT = "put.sql";
}

#[cfg(test)]
mod tests;

//! Contacts: the people of a customer, what they may ask for, and what they may
//! agree to.
//!
//! A number is kept in E.164, so that the same person is found however it was
//! typed. An e-mail address is kept as it was typed, because mail is sent
//! there, and compared without regard to case.

pub mod list;
pub mod put;

use crate::db::statements;

statements! {
    CONTACT_ACCOUNT = "account.sql";
    CONTACT_NAMED = "named.sql";
    CONTACT_PAGE = "page.sql";
    CONTACT_PUT = "put.sql";
}

#[cfg(test)]
mod tests;

//! Connections that only read, kept for whoever comes next.

use super::connect;
use crate::failure::{Failure, Fault};
use rusqlite::Connection;
use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    pub(super) fn with<T>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        let answer = look(&connection);
        // A reader that failed half-way may still be inside its transaction.
        if connection.is_autocommit() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        answer
    }

    fn open(&self) -> Result<Connection, Fault> {
        let connection = connect(&self.path)?;
        connection.pragma_update(None, "query_only", "on")?;
        Ok(connection)
    }
}

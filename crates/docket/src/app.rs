//! One open Docket: what every surface is handed.

use crate::{
    chance::{Chance, SystemChance, WallClock},
    config::Config,
    db::Db,
    door::Door,
    failure::Fault,
    identity::{Gate, Issuer, Ring, key},
};
use ed25519_dalek::SigningKey;
use kernel::clock::Clock;
use std::sync::Arc;

/// Everything that is opened once. Its parts are cheap to clone.
pub struct App {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    pub db: Db,
    pub door: Door,
    pub gate: Gate,
    /// Signs the checkpoints of the log.
    pub log_key: SigningKey,
    /// Signs closeout packets.
    pub packet_key: SigningKey,
}

impl App {
    /// Opens what the configuration names, by the wall clock.
    ///
    /// # Errors
    /// If the database or a key cannot be used.
    pub fn open(config: Config) -> Result<Self, Fault> {
        Self::open_with(config, Arc::new(WallClock), Arc::new(SystemChance))
    }

    /// Opens what the configuration names, by a clock and with luck of one's own.
    ///
    /// # Errors
    /// See [`App::open`].
    pub fn open_with(
        config: Config,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, Fault> {
        let log_key = key::read(&config.keys().join(key::LOG))?;
        let packet_key = key::read(&config.keys().join(key::PACKET))?;
        let db = Db::open(&config.database(), Arc::clone(&clock), Arc::clone(&chance))?;
        let gate = Gate::open(db.clone(), issuer(&config), &config.oidc)?;
        let door = Door::new(db.clone());
        door.watched_by(gate.clone());
        Ok(Self { config, clock, chance, db, door, gate, log_key, packet_key })
    }
}

/// Our own issuer, as the configuration names it.
pub fn issuer(config: &Config) -> Issuer {
    Issuer {
        name: config.issuer.clone(),
        audience: config.audience.clone(),
        ring: Ring::of(&config.keys()),
    }
}

//! One open Docket: what every surface is handed.

use crate::{
    audit::{
        sequence::Sequencer,
        witness::{Witness, Witnesses},
    },
    chance::{Chance, SystemChance, WallClock},
    config::{self, BadConfig, Config, Database, Evidence, SecretRef},
    crew,
    db::Db,
    door::Door,
    evidence::store::{Bucket, Store},
    failure::{Failure, Fault},
    identity::{Gate, Issuer, Ring, key},
    job::work::{Crew, Options},
    outgoing::Carriers,
    packet::Seal,
    policy,
};
use kernel::{
    clock::Clock,
    note::{Algorithm, BadKey, Signer, VerifierKey},
    refusal::Chain,
};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Everything that is opened once. Its parts are cheap to clone.
pub struct App {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    pub db: Db,
    pub door: Door,
    pub gate: Gate,
    /// Where the bytes of evidence are.
    pub store: Store,
    /// Signs closeout packets.
    pub seal: Seal,
    /// What texts to customers leave by.
    pub carriers: Carriers,
    /// Makes the audit log; [`App::start_log`] starts it.
    pub sequencer: Sequencer,
    /// Those who sign its checkpoints too.
    pub witnesses: Witnesses,
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
        let seal = Seal::new(key::read(&config.keys().join(key::PACKET))?);
        let signer = Signer::new(&config.origin, log_key)
            .map_err(|error| Fault::Key(format!("`origin`: {error}")))?;
        let db = database(&config.database, Arc::clone(&clock), Arc::clone(&chance))?;
        let gate = Gate::open(db.clone(), issuer(&config), &config.oidc)?;
        let store = store(&config, &chance)?.limited_to(config.limits.evidence_bytes);
        let door = Door::new(db.clone(), store.clone(), seal.clone());
        door.watched_by(gate.clone());
        door.permitting_by(policy::Keys::of(Ring::of_policies(&config.keys())));
        let sequencer = Sequencer::new(db.clone(), signer);
        let witnesses = Witnesses::new(db.clone(), witnesses(&config)?)?;
        let carriers = Carriers::open(&config.outbox)
            .map_err(|no| Fault::Other(kernel::refusal::Chain(&no).to_string()))?;
        Ok(Self {
            config,
            clock,
            chance,
            db,
            door,
            gate,
            store,
            seal,
            carriers,
            sequencer,
            witnesses,
        })
    }

    /// Everybody who can do something here.
    pub fn crew(&self) -> Crew {
        crew::crew(&self.door, &self.carriers)
    }

    /// How this process works, if it runs so many jobs at once.
    pub fn working(&self, slots: usize) -> Options {
        let machine = rustix::system::uname();
        let machine = machine.nodename().to_string_lossy();
        Options::new(slots, format!("{machine}/{}", std::process::id()))
    }

    /// Whether what was opened will do. An evidence store that is away may come
    /// back, and much can be done until then, so it keeps nobody from starting.
    ///
    /// # Errors
    /// If something that the configuration names will never do as it is.
    pub async fn check(&self) -> Result<(), Failure> {
        self.sequencer.check().await?;
        match self.store.check().await {
            Err(Fault::StoreAway(_)) => Ok(()),
            checked => Ok(checked?),
        }
    }

    /// Starts what makes leaves of entries and has them witnessed. The tasks
    /// may be aborted at any moment; `sequencer.finish()` takes up what is left.
    pub fn start_log(&self) -> Vec<JoinHandle<()>> {
        let mut tasks = self.witnesses.start();
        tasks.push(self.sequencer.start());
        tasks
    }
}

/// Opens the database that a configuration names, as the role that serves.
///
/// # Errors
/// If it does not answer, or is not one that this release may serve.
pub fn database(
    named: &Database,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
) -> Result<Db, Fault> {
    match named {
        Database::File(path) => Db::open(path, clock, chance),
        Database::Postgres(named) => Db::connect(named.serving().map_err(unusable)?, clock, chance),
    }
}

fn unusable(bad: BadConfig) -> Fault {
    Fault::Unfit(Chain(&bad).to_string())
}

pub(crate) fn store(config: &Config, chance: &Arc<dyn Chance>) -> Result<Store, Fault> {
    let chance = Arc::clone(chance);
    match &config.evidence {
        Evidence::Folder(folder) => Store::folder(folder.clone(), chance),
        Evidence::Bucket { name, endpoint, region, keys } => {
            let resolve =
                |key: &SecretRef| key.resolve().map_err(|no| Fault::Other(no.to_string()));
            let keys = match keys {
                Some((access, secret)) => Some((resolve(access)?, resolve(secret)?)),
                None => None,
            };
            let (name, endpoint, region) = (name.clone(), endpoint.clone(), region.clone());
            Store::bucket(&Bucket { name, endpoint, region, keys }, chance)
        }
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

fn witnesses(config: &Config) -> Result<Vec<Witness>, Fault> {
    let witness = |named: &config::Witness| {
        let wrong = |text: String| Fault::Key(format!("the witness `{}`: {text}", named.name));
        let key: VerifierKey = named.key.parse().map_err(|bad: BadKey| wrong(bad.to_string()))?;
        if key.algorithm() != Algorithm::Witness {
            return Err(wrong("its key is that of a log".to_owned()));
        }
        Ok(Witness { url: named.url.clone(), key })
    };
    config.witnesses.iter().map(witness).collect()
}

//! Making a new deployment: its folder, its keys, its first tenant and admin.

use crate::{
    app::{self, App},
    chance::{Chance, SystemChance, WallClock},
    config::{BadConfig, Config, Database, Postgres},
    db::{Committed, Db, Scope, Tx, take_steps},
    failure::{Failure, Fault},
    identity::{
        self, Kind, Ring,
        key::{self, make_folder},
        principal::{self, Principal},
    },
    tenant::{self, Settings},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use kernel::{
    audit::Outcome,
    clock::Clock,
    id::{self, Id, Tenant},
    money::Currency,
    role::{Role, Roles},
    text::Line,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What a new deployment starts with.
#[derive(Clone, Debug)]
pub struct Setup {
    pub folder: PathBuf,
    pub tenant: Line<120>,
    pub admin: Line<120>,
    pub currency: Currency,
    /// Where the data goes, if not into a file in the folder.
    pub database: Option<Postgres>,
}

/// A new deployment.
pub struct Made {
    pub app: App,
    pub config_path: PathBuf,
    pub tenant: Id<Tenant>,
    pub admin: Id<id::Principal>,
}

/// Why there is no new deployment.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    #[error("`{0}` is there already and is left as it is; name another folder")]
    There(String),
    #[error(
        "there is a deployment in `{0}` already; its machines share one configuration and its keys"
    )]
    Used(String),
    #[error(transparent)]
    Config(#[from] BadConfig),
    #[error(transparent)]
    Broke(#[from] Fault),
}

impl Setup {
    /// Makes it, by the wall clock.
    ///
    /// # Errors
    /// If there is something in the folder, or it cannot be written.
    pub async fn make(self) -> Result<Made, NotMade> {
        self.make_with(Arc::new(WallClock), Arc::new(SystemChance)).await
    }

    /// Makes it, by a clock and with luck of one's own.
    ///
    /// # Errors
    /// See [`Setup::make`].
    pub async fn make_with(
        self,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
    ) -> Result<Made, NotMade> {
        check_empty(&self.folder)?;
        let config_path = self.folder.join("docket.toml");
        let text = configuration(self.database.as_ref());
        let config = Config::read(&text, &config_path, |_| None)?;
        // What others have to have prepared, before there is anything of ours.
        check_unused(&config.database, &clock, &chance).await?;
        make_folder(&self.folder)?;
        // First of all: a folder with a configuration is never taken for empty.
        key::write_new(&config_path, text.as_bytes())
            .map_err(|cause| key::unusable(&config_path, cause))?;
        let keys = config.keys();
        Ring::make(&keys, clock.now())?;
        Ring::of_policies(&keys).begin(clock.now())?;
        key::make(&keys.join(key::LOG))?;
        key::make(&keys.join(key::PACKET))?;

        let app = App::open_with(config, clock, chance)?;
        publish_key(&app)?;
        let begun = app.db.write(Scope::Everyone, move |tx| match begin(tx, &self) {
            Ok((answer, recorded)) => Committed::Changed(answer, recorded),
            Err(failure) => Committed::Failed(failure),
        });
        let (tenant, admin) = begun.await.map_err(whole)?;
        app.gate.expire();
        Ok(Made { app, config_path, tenant, admin })
    }
}

/// Writes down what others check the log with.
fn publish_key(app: &App) -> Result<(), Fault> {
    let path = app.config.data.join(key::LOG_PUBLIC);
    let text = format!("{}\n", app.sequencer.key());
    key::write_new(&path, text.as_bytes()).map_err(|cause| key::unusable(&path, cause))
}

fn check_empty(folder: &Path) -> Result<(), NotMade> {
    let unusable = |cause| NotMade::Broke(key::unusable(folder, cause));
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(unusable(error)),
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(NotMade::There(folder.display().to_string())),
        },
    }
}

/// Brings a PostgreSQL up to date and sees that nobody lives there yet.
async fn check_unused(
    database: &Database,
    clock: &Arc<dyn Clock>,
    chance: &Arc<dyn Chance>,
) -> Result<(), NotMade> {
    let Database::Postgres(named) = database else { return Ok(()) };
    take_steps(&named.owning()?, &named.serving_role()?, &**clock)?;
    let db: Db = app::database(database, Arc::clone(clock), Arc::clone(chance))?;
    let operator = db.read(Scope::Everyone, |snap| Ok(identity::has_operator(snap)?)).await;
    match operator.map_err(whole)? {
        false => Ok(()),
        true => Err(NotMade::Used(named.url.clone())),
    }
}

fn whole(failure: Failure) -> Fault {
    match failure {
        Failure::Broke(fault) => fault,
        Failure::Refused(refusal) => Fault::Other(refusal.to_string()),
    }
}

type Begun = ((Id<Tenant>, Id<id::Principal>), crate::audit::Recorded);

/// The first tenant, which operates this Docket, and its first admin.
fn begin(tx: &mut Tx<'_>, setup: &Setup) -> Result<Begun, Failure> {
    let (tenant, admin) = (tx.new_id(), tx.new_id());
    tx.enter(tenant);
    let settings = Settings::new(setup.currency);
    tenant::create::write(tx, tenant, &setup.tenant, true, &settings)?;
    principal::put::write(tx, tenant, &first_admin(admin, &setup.admin))?;
    let mut entry = identity::entry(tx, tenant, "cli", "init", Outcome::Configured);
    entry.subjects = vec![tenant.to_string(), admin.to_string()];
    entry.payload.insert("granted".to_owned(), vec![Role::Admin.name()].into());
    Ok(((tenant, admin), tx.record(&entry)?))
}

/// Somebody who can set a new tenant up, and nothing else.
pub(crate) fn first_admin(id: Id<id::Principal>, name: &Line<120>) -> Principal {
    Principal {
        id,
        kind: Kind::User,
        name: name.to_string(),
        roles: Roles::of(&[Role::Admin]),
        issuer: None,
        subject: None,
        key: None,
        revoked_at: None,
    }
}

/// A name that no other deployment has, so that its tokens count nowhere else.
fn configuration(database: Option<&Postgres>) -> String {
    let name = BASE64.encode(rand::random::<[u8; 12]>());
    let (url, more) = database.map(written).unwrap_or_default();
    format!(
        "# Docket reads this file when it starts. `docket config check` prints what it
# makes of it, and every other value there is.

# What Docket calls itself in the tokens it issues, and whom they are for.
issuer = \"urn:docket:{name}\"
audience = \"urn:docket:{name}:api\"

# What the audit log is called. It must never change: checkpoints carry it.
origin = \"docket/{name}\"

# Beyond loopback, set url (https://…) to where callers reach it, and [tls] cert and
# key, or name your proxy in [proxy] trusted.
listen = \"127.0.0.1:7878\"
{url}{more}"
    )
}

/// The lines that name a PostgreSQL, and the section that says more about it.
fn written(database: &Postgres) -> (String, String) {
    let line = |key: &str, value: String| format!("{key} = {}\n", toml::Value::String(value));
    let url = line("database", database.url.clone());
    let more = [
        ("password", database.password.as_ref().map(ToString::to_string)),
        ("ca", database.ca.as_ref().map(|path| path.display().to_string())),
        ("owner", database.owner.clone()),
        ("owner_password", database.owner_password.as_ref().map(ToString::to_string)),
    ];
    let more: String =
        more.into_iter().filter_map(|(key, value)| Some(line(key, value?))).collect();
    (
        format!("\n# Where the data is, as the role that serves.\n{url}"),
        format!(
            "\n# `docket migrate` uses `owner`; a machine that only serves need not.\n[postgres]\n{more}"
        ),
    )
}

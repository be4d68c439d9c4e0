//! How to reach a PostgreSQL, and as whom.

use crate::failure::Fault;
use kernel::refusal::Chain;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};
use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long to wait for a server that does not answer at all.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long to wait until a server that was reached has let us in.
pub(super) const REACHED_WITHIN: Duration = Duration::from_secs(6);

/// What every connection asks of its server. A statement is planned once, for any
/// arguments: those are the plans that are tested. A command that waits this long
/// for another is run again; one that runs this long is stuck. Whoever stands
/// still in the middle of one, with what others wait for, loses it soon. Every
/// statement finds by an index what it names, whatever that is (a test reads all
/// plans), so one plan does for all; to plan a claim costs more than the claim.
const SETTINGS: &str = "-c default_transaction_isolation=read\\ committed -c jit=off \
    -c plan_cache_mode=force_generic_plan \
    -c lock_timeout=5000 -c statement_timeout=60000 \
    -c idle_in_transaction_session_timeout=10000";

/// How to reach a PostgreSQL, and as whom.
#[derive(Clone, Debug)]
pub struct Options {
    config: Config,
    ca: Option<PathBuf>,
    /// Connections that this process keeps.
    pub connections: usize,
}

/// A URL that is not used.
#[derive(Debug, thiserror::Error)]
pub enum BadUrl {
    #[error("it is no URL of a PostgreSQL")]
    Malformed(#[source] tokio_postgres::Error),
    #[error("it names no user; that is the role that serves and owns nothing")]
    NoUser,
    #[error("it names no database")]
    NoDatabase,
    #[error("it carries a password; name one as `[postgres] password = \"file:…\"` instead")]
    Password,
    #[error("beyond this machine there is TLS: name the authority as `[postgres] ca`")]
    NoTls,
}

impl Options {
    /// Reads `postgres://user@host:port/database`. A host may be a folder with
    /// a socket, as in `postgres://user@%2Frun%2Fpostgresql/docket`.
    ///
    /// # Errors
    /// If something is missing, or beyond this machine there is no TLS.
    pub fn read(
        url: &str,
        password: Option<&SecretString>,
        ca: Option<PathBuf>,
        connections: usize,
    ) -> Result<Self, BadUrl> {
        let mut config: Config = url.parse().map_err(BadUrl::Malformed)?;
        if config.get_password().is_some() {
            return Err(BadUrl::Password);
        }
        config.get_user().ok_or(BadUrl::NoUser)?;
        config.get_dbname().ok_or(BadUrl::NoDatabase)?;
        let is_near = config.get_hosts().iter().all(is_here)
            && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
        if ca.is_none() && !is_near {
            return Err(BadUrl::NoTls);
        }
        config.ssl_mode(if ca.is_some() { SslMode::Require } else { SslMode::Disable });
        config.connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(CONNECT_TIMEOUT * 3);
        // Nobody sends while an answer is awaited, so a server that is gone has
        // to be missed.
        config.keepalives_idle(CONNECT_TIMEOUT * 3).keepalives_interval(CONNECT_TIMEOUT);
        config.keepalives_retries(3).application_name(name()).options(SETTINGS);
        if let Some(password) = password {
            config.password(password.expose_secret());
        }
        Ok(Self { config, ca, connections })
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// The role that connects.
    pub fn role(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    pub(super) fn tls(&self) -> Result<Option<MakeRustlsConnect>, Fault> {
        let Some(path) = &self.ca else { return Ok(None) };
        let bad = |error: &dyn std::error::Error| {
            let text = Chain(error);
            Fault::Key(format!("the authority `{}` of the database: {text}", path.display()))
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(&error))? {
            let certificate = certificate.map_err(|error| bad(&error))?;
            roots.add(certificate).map_err(|error| bad(&error))?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let config = builder.with_safe_default_protocol_versions().map_err(|error| bad(&error))?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Ok(Some(MakeRustlsConnect::new(config)))
    }
}

/// What a connection is called where somebody looks for who holds a lock: as the
/// worker of a job is, but for the machine, whose address is beside it.
fn name() -> String {
    format!("docket/{}", std::process::id())
}

/// Whether nothing can listen in on the way to this host.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
    }
}

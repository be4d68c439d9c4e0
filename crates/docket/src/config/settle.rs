//! From what was written to what counts, and where each value came from.

use super::{
    BadConfig, Config, Database, Evidence, From, Limits, Log, Postgres, Shown, file, outbox,
};
use reqwest::Url;
use std::{
    fmt::Display,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

/// Enough for texts that wait for a slow carrier, and few beside what is served.
pub(crate) const SLOTS: u16 = 8;

/// Notes each value as it is settled.
pub(super) struct Settler<E> {
    env: E,
    shown: Vec<Shown>,
}

impl<E: Fn(&str) -> Option<String>> Settler<E> {
    fn show(&mut self, key: &str, value: impl Display, from: From) {
        self.shown.push(Shown { key: key.to_owned(), value: value.to_string(), from });
    }

    /// From the file, else the default.
    pub(super) fn file<T: Display>(&mut self, key: &str, file: Option<T>, default: T) -> T {
        let from = if file.is_some() { From::File } else { From::Default };
        let value = file.unwrap_or(default);
        self.show(key, &value, from);
        value
    }

    /// From the environment, else from the file, else the default.
    fn env<T>(
        &mut self,
        key: &str,
        name: &'static str,
        file: Option<T>,
        default: T,
    ) -> Result<T, BadConfig>
    where
        T: Display + FromStr<Err: Display>,
    {
        let Some(text) = (self.env)(name) else { return Ok(self.file(key, file, default)) };
        let value = text.parse::<T>().map_err(|error| BadConfig::wrong(name, error.to_string()))?;
        self.show(key, &value, From::Environment(name));
        Ok(value)
    }

    /// Shown if it is there.
    pub(super) fn given(&mut self, key: &str, value: Option<&impl Display>) {
        if let Some(value) = value {
            self.show(key, value, From::File);
        }
    }
}

pub(super) fn settle(
    file: file::File,
    home: &Path,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Config, BadConfig> {
    let mut settler = Settler { env, shown: Vec::new() };
    let s = &mut settler;
    let data = data(s, file.data.as_deref(), home)?;
    let database = database(s, file.database, file.postgres, &data, home)?;
    let listen = s.env("listen", "DOCKET_LISTEN", file.listen, ([127, 0, 0, 1], 7878).into())?;
    let issuer = named(s, "issuer", file.issuer)?;
    let audience = named(s, "audience", file.audience)?;
    let origin = named(s, "origin", file.origin)?;
    let url = url(s, file.url)?;
    let tls = file.tls.map(|tls| file::Tls { cert: home.join(tls.cert), key: home.join(tls.key) });
    s.given("tls.cert", tls.as_ref().map(|tls| tls.cert.display()).as_ref());
    s.given("tls.key", tls.as_ref().map(|tls| tls.key.display()).as_ref());
    for net in &file.proxy.trusted {
        s.show("proxy.trusted", net, From::File);
    }
    for oidc in &file.oidc {
        check_oidc(oidc, &issuer)?;
        s.show("oidc.issuer", &oidc.issuer, From::File);
        s.show("oidc.audience", &oidc.audience, From::File);
        s.show("oidc.jwks", &oidc.jwks, From::File);
    }
    let evidence = evidence(s, file.evidence, &data)?;
    let outbox = outbox::settle(s, file.outbox, &data, &issuer)?;
    let limits = limits(s, &file.limits)?;
    s.given("metrics.credential", file.metrics.credential.as_ref());
    let log = Log {
        format: s.env("log.format", "DOCKET_LOG_FORMAT", file.log.format, file::LogFormat::Text)?,
        level: s.env("log.level", "DOCKET_LOG_LEVEL", file.log.level, file::LogLevel::Info)?,
    };
    let slots = s.env("jobs.slots", "DOCKET_JOBS_SLOTS", file.jobs.slots, SLOTS)?;
    for witness in &file.witness {
        s.show("witness", format!("{} {}", witness.name, witness.url), From::File);
    }
    Ok(Config {
        data,
        database,
        listen,
        issuer,
        audience,
        origin,
        url,
        tls,
        proxies: file.proxy.trusted,
        oidc: file.oidc,
        evidence,
        outbox,
        limits,
        metrics: file.metrics.credential,
        log,
        slots: slots.into(),
        witnesses: file.witness,
        shown: settler.shown,
    })
}

fn data<E: Fn(&str) -> Option<String>>(
    s: &mut Settler<E>,
    file: Option<&Path>,
    home: &Path,
) -> Result<PathBuf, BadConfig> {
    let file = file.map(|path| home.join(path).display().to_string());
    let home = if home.as_os_str().is_empty() { Path::new(".") } else { home };
    Ok(s.env("data", "DOCKET_DATA", file, home.display().to_string())?.into())
}

/// A file in the data folder, unless a PostgreSQL is named.
fn database<E: Fn(&str) -> Option<String>>(
    s: &mut Settler<E>,
    url: Option<String>,
    more: Option<file::Postgres>,
    data: &Path,
    home: &Path,
) -> Result<Database, BadConfig> {
    const ENV: &str = "DOCKET_DATABASE";
    let (url, from) = match (s.env)(ENV) {
        Some(url) => (Some(url), From::Environment(ENV)),
        None => (url, From::File),
    };
    let Some(url) = url else {
        if more.is_some() {
            // Not the default: whoever wrote that section means another database.
            let text = "`[postgres]` says more about a PostgreSQL, and nothing says which one";
            return Err(BadConfig::wrong("database", text));
        }
        let file = Database::File(data.join("docket.db"));
        s.show("database", &file, From::Default);
        return Ok(file);
    };
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        let text = "use `postgres://ROLE@HOST/DATABASE`, or leave it out for a file in `data`";
        return Err(BadConfig::wrong("database", text));
    }
    s.show("database", &url, from);
    let more = more.unwrap_or_default();
    let postgres = Postgres {
        connections: s.file("postgres.connections", more.connections, Postgres::CONNECTIONS),
        ca: more.ca.map(|path| home.join(path)),
        password: more.password,
        owner: more.owner,
        owner_password: more.owner_password,
        url,
    };
    postgres.check()?;
    s.given("postgres.password", postgres.password.as_ref());
    s.given("postgres.ca", postgres.ca.as_ref().map(|path| path.display()).as_ref());
    s.given("postgres.owner", postgres.owner.as_ref());
    s.given("postgres.owner_password", postgres.owner_password.as_ref());
    Ok(Database::Postgres(postgres))
}

/// Names decide whose tokens count, so they have no default and are not blank.
fn named<E: Fn(&str) -> Option<String>>(
    s: &mut Settler<E>,
    key: &str,
    value: String,
) -> Result<String, BadConfig> {
    if value.trim().is_empty() {
        return Err(BadConfig::wrong(key, "name it; there is no default"));
    }
    s.show(key, &value, From::File);
    Ok(value)
}

/// Where the server is reached: nothing but scheme, host and port.
fn url<E: Fn(&str) -> Option<String>>(
    s: &mut Settler<E>,
    file: Option<String>,
) -> Result<Option<Url>, BadConfig> {
    const ENV: &str = "DOCKET_URL";
    let (text, from) = match (s.env)(ENV) {
        Some(text) => (Some(text), From::Environment(ENV)),
        None => (file, From::File),
    };
    let Some(text) = text else { return Ok(None) };
    let bad = || BadConfig::wrong("url", "use `https://HOST` or `https://HOST:PORT`, and no path");
    let url = Url::parse(&text).map_err(|_| bad())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let named = !url.username().is_empty() || url.password().is_some();
    // A token that is sent in the clear is anybody's.
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !bare || named || !safe {
        return Err(bad());
    }
    s.show("url", &url, from);
    Ok(Some(url))
}

fn check_oidc(oidc: &file::Oidc, ours: &str) -> Result<(), BadConfig> {
    let wrong = |key: &str, text: &str| {
        Err(BadConfig::wrong(format!("oidc.{key} of {}", oidc.issuer), text))
    };
    if oidc.issuer == ours {
        return wrong("issuer", "is the name of our own issuer");
    }
    if oidc.audience.trim().is_empty() {
        return wrong("audience", "name it; a token meant for anybody is refused");
    }
    if oidc.algorithms.is_empty() {
        return wrong("algorithms", "name at least one");
    }
    if oidc.tenant.is_some() == oidc.tenant_claim.is_some() {
        return wrong("tenant", "name the `tenant` it speaks for, or the `tenant_claim`, not both");
    }
    let Ok(url) = reqwest::Url::parse(&oidc.jwks) else { return wrong("jwks", "is not a URL") };
    // Whoever can answer in place of the issuer can make keys.
    if url.scheme() != "https" && !is_loopback(&url) {
        return wrong("jwks", "has to be fetched over https");
    }
    Ok(())
}

/// Whether a URL stays on this machine.
pub(crate) fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn evidence<E: Fn(&str) -> Option<String>>(
    s: &mut Settler<E>,
    file: file::Evidence,
    data: &Path,
) -> Result<Evidence, BadConfig> {
    let text = s.file("evidence.store", file.store, "folder:evidence".to_owned());
    s.given("evidence.endpoint", file.endpoint.as_ref());
    s.given("evidence.region", file.region.as_ref());
    s.given("evidence.access_key", file.access_key.as_ref());
    s.given("evidence.secret_key", file.secret_key.as_ref());
    if let Some(path) = text.strip_prefix("folder:").filter(|path| !path.is_empty()) {
        return Ok(Evidence::Folder(data.join(path)));
    }
    let name = text.strip_prefix("s3://").filter(|name| !name.is_empty() && !name.contains('/'));
    let Some(name) = name else {
        return Err(BadConfig::wrong("evidence.store", "use `folder:PATH` or `s3://BUCKET`"));
    };
    let keys = match (file.access_key, file.secret_key) {
        (Some(access), Some(secret)) => Some((access, secret)),
        (None, None) => None,
        _ => {
            let text = "name `access_key` and `secret_key`, or neither";
            return Err(BadConfig::wrong("evidence", text));
        }
    };
    let (endpoint, region) = (file.endpoint, file.region);
    Ok(Evidence::Bucket { name: name.to_owned(), endpoint, region, keys })
}

fn limits<E: Fn(&str) -> Option<String>>(
    s: &mut Settler<E>,
    file: &file::Limits,
) -> Result<Limits, BadConfig> {
    let limits = Limits {
        body_bytes: s.file("limits.body_bytes", file.body_bytes, 1 << 20) as usize,
        evidence_bytes: s.file("limits.evidence_bytes", file.evidence_bytes, 25 << 20).into(),
        header_timeout: seconds(s.file("limits.header_seconds", file.header_seconds, 10)),
        idle_timeout: seconds(s.file("limits.idle_seconds", file.idle_seconds, 60)),
        connections: s.file("limits.connections", file.connections, 1_024) as usize,
        concurrency: s.file("limits.concurrency", file.concurrency, 256) as usize,
        requests_per_second: s.file("limits.requests_per_second", file.requests_per_second, 20_000),
    };
    let zero = limits.header_timeout.is_zero() || limits.idle_timeout.is_zero();
    if zero || limits.body_bytes.min(limits.connections).min(limits.concurrency) == 0 {
        return Err(BadConfig::wrong("limits", "nothing fits through a limit of zero"));
    }
    Ok(limits)
}

fn seconds(seconds: u16) -> Duration {
    Duration::from_secs(seconds.into())
}

//! Serving: the surface, and what runs beside it for as long as it does; and
//! working, which is that without the surface.

use crate::{
    app::App,
    config::{Config, LogFormat, LogLevel, Tls},
    failure::{Failure, Fault},
    job::{self, work::Crew},
    surface::http::{self, Edge, Limits, Setup, limit::Pace},
};
use kernel::refusal::Chain;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::sync::Arc;
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;
use tracing::Level;

/// Serves on `listener` until `stop`, finishes what is in flight, and leaves no
/// committed entry outside the log.
///
/// # Errors
/// If the table of routes has a gap, a file of the configuration cannot be
/// used, or the log cannot be continued.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> Result<(), Fault> {
    let tls = app.config.tls.as_ref().map(tls).transpose()?;
    let setup = Setup {
        limits: limits(&app.config),
        metrics_token: metrics_token(&app.config)?,
        sequencer: Some(app.sequencer.clone()),
        tls: tls.is_some(),
        proxies: app.config.proxies.clone(),
        url: app.config.url.clone(),
        kinds: app.crew().kinds().map(|kind| kind.name).collect(),
    };
    let edge = Edge::new(app.door.clone(), app.gate.clone(), setup)
        .map_err(|gap| Fault::Other(format!("the table of routes has a gap: {gap}")))?;
    // Dropped at the end, and with it whatever is still running.
    let mut beside = JoinSet::new();
    beside.spawn(app.gate.clone().tend());
    let log = app.start_log();
    let quit = stop.child_token();
    let working = work_beside(&app, quit.clone());
    let served = http::serve(edge, listener, tls, stop).await;
    quit.cancel();
    // What jobs leave in the log is to be in it, too.
    if let Some(Err(lost)) = futures_util::future::OptionFuture::from(working).await {
        tracing::error!(error = %lost, "the jobs broke");
    }
    finish_log(&app, &log).await?;
    served
}

/// Does jobs until `stop`, as many of them at once as there are `slots`, and
/// leaves no committed entry outside the log.
///
/// # Errors
/// If the log cannot be continued, or the work broke on our side.
pub async fn work(
    app: App,
    crew: Crew,
    slots: usize,
    stop: CancellationToken,
) -> Result<(), Fault> {
    let log = app.start_log();
    let working = job::work::work(app.db.clone(), crew, app.working(slots), stop);
    let worked = tokio::spawn(working).await;
    finish_log(&app, &log).await?;
    worked.map_err(|lost| Fault::Other(format!("the jobs broke: {lost}")))
}

async fn finish_log(app: &App, log: &[JoinHandle<()>]) -> Result<(), Fault> {
    log.iter().for_each(JoinHandle::abort);
    let finished = app.sequencer.finish().await.map(drop);
    finished.map_err(|failure| match failure {
        Failure::Broke(fault) => fault,
        Failure::Refused(refusal) => Fault::Other(refusal.to_string()),
    })
}

/// What a process runs on that serves or works.
///
/// # Errors
/// If the system has no threads for it.
pub fn runtime() -> Result<Runtime, Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Fault::Other(format!("no runtime: {error}")))
}

/// Works beside what is served, if this server is to.
fn work_beside(app: &App, quit: CancellationToken) -> Option<JoinHandle<()>> {
    let slots = Some(app.config.slots).filter(|slots| *slots > 0)?;
    let working = job::work::work(app.db.clone(), app.crew(), app.working(slots), quit);
    Some(tokio::spawn(working))
}

/// Cancelled when somebody asks the process to end.
///
/// # Errors
/// If the system does not tell us of signals.
pub fn asked_to_stop() -> Result<CancellationToken, Fault> {
    let deaf = |cause| Fault::Other(format!("signals cannot be heard: {cause}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}

/// Logs to standard error as the configuration says.
pub fn log(config: &Config) {
    let level = match config.log.level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    };
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(level);
    // Somebody who logs already goes on doing so.
    let _ = match config.log.format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).try_init(),
    };
}

fn limits(config: &Config) -> Limits {
    let asked = config.limits;
    let pace = |per_second| Pace { per_second, burst: per_second.saturating_mul(2) };
    Limits {
        body_bytes: asked.body_bytes,
        header_timeout: asked.header_timeout,
        idle_timeout: asked.idle_timeout,
        connections: asked.connections,
        requests: asked.concurrency,
        pace: Some(asked.requests_per_second).filter(|rate| *rate > 0).map(pace),
        ..Limits::default()
    }
}

fn metrics_token(config: &Config) -> Result<Option<secrecy::SecretString>, Fault> {
    let resolved = config.metrics.as_ref().map(crate::config::SecretRef::resolve).transpose();
    resolved.map_err(|error| Fault::Other(Chain(&error).to_string()))
}

/// Certificate and key, and both protocols.
pub(crate) fn tls(files: &Tls) -> Result<Arc<ServerConfig>, Fault> {
    let bad = |what: &str, error: &dyn std::error::Error| {
        Fault::Key(format!("the {what} of TLS: {}", Chain(error)))
    };
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad("certificate", &error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| bad("key", &error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| bad("certificate", &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

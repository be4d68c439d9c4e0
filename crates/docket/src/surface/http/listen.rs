//! Taking connections: so many, each with its time limits, until told to stop.

use super::edge::Edge;
use crate::failure::Fault;
use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// The largest request line with its headers.
const HEADER_BYTES: usize = 32 << 10;
const HEADERS_MAX: usize = 64;

/// Serves until `stop`, then lets what is in flight finish.
///
/// # Errors
/// If the listener breaks.
pub async fn serve(
    edge: Arc<Edge>,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    stop: CancellationToken,
) -> Result<(), Fault> {
    let limits = &edge.setup.limits;
    let room = Arc::new(Semaphore::new(limits.connections));
    let (graceful, tls) = (GracefulShutdown::new(), tls.map(TlsAcceptor::from));
    let router = edge.router();
    while let Some(permit) = next_room(&room, &stop).await {
        let Some(stream) = accept(&listener, &stop).await else { break };
        let connection =
            Connection { edge: Arc::clone(&edge), router: router.clone(), _permit: permit };
        tokio::spawn(connection.serve(stream, tls.clone(), graceful.watcher()));
    }
    drop(listener);
    edge.stop();
    let finished = tokio::time::timeout(limits.grace, graceful.shutdown()).await;
    if finished.is_err() {
        tracing::warn!("some requests did not finish in time and were dropped");
    }
    Ok(())
}

/// Waits until one more connection fits.
async fn next_room(
    room: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<OwnedSemaphorePermit> {
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        permit = Arc::clone(room).acquire_owned() => permit.ok(),
    }
}

async fn accept(listener: &TcpListener, stop: &CancellationToken) -> Option<TcpStream> {
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => return Some(stream),
            // Out of file descriptors, or a client that was gone before it was
            // there. Neither is a reason to stop; the first needs a moment.
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

struct Connection {
    edge: Arc<Edge>,
    router: Router,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>, watcher: Watcher) {
        // Answers are small; waiting to fill a packet only makes them late.
        let _ = stream.set_nodelay(true);
        self.edge.metrics.connections.inc();
        let ended = match tls {
            None => self.speak(stream, Speaks::Http1, watcher).await,
            Some(tls) => self.speak_encrypted(stream, tls, watcher).await,
        };
        self.edge.metrics.connections.dec();
        if let Err(error) = ended {
            tracing::debug!(error, "a connection ended early");
        }
    }

    async fn speak_encrypted(
        &self,
        stream: TcpStream,
        tls: TlsAcceptor,
        watcher: Watcher,
    ) -> Result<(), String> {
        let patience = self.edge.setup.limits.header_timeout;
        let hands = tokio::time::timeout(patience, tls.accept(stream)).await;
        let stream = hands.map_err(|_| "no handshake in time")?.map_err(|e| e.to_string())?;
        let speaks = match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => Speaks::Http2,
            _ => Speaks::Http1,
        };
        self.speak(stream, speaks, watcher).await
    }

    async fn speak<S>(&self, stream: S, speaks: Speaks, watcher: Watcher) -> Result<(), String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let patience = self.edge.setup.limits.header_timeout;
        let builder = builder(speaks, patience);
        let service = TowerToHyperService::new(self.router.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let watched = watcher.watch(connection.into_owned());
        watched.await.map_err(|error| error.to_string())
    }
}

/// The protocol is settled before the first request: by TLS, or because there
/// is none. Guessing it from the first bytes would wait for them without limit.
#[derive(Clone, Copy)]
enum Speaks {
    Http1,
    Http2,
}

fn builder(speaks: Speaks, patience: Duration) -> auto::Builder<TokioExecutor> {
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut builder = match speaks {
        Speaks::Http1 => builder.http1_only(),
        Speaks::Http2 => builder.http2_only(),
    };
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(128)
        .max_header_list_size(HEADER_BYTES as u32)
        .keep_alive_interval(patience)
        .keep_alive_timeout(patience);
    builder
}

//! Taking connections: so many, each with its time limits, until told to stop.

use super::{
    edge::{Edge, Here, Peer},
    pulse::{Felt, Pulse},
};
use crate::failure::Fault;
use axum::{Router, extract::Request, response::Response};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

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
        let Some((stream, peer)) = accept(&listener, &stop).await else { break };
        if !edge.setup.takes(peer.ip()) {
            tracing::warn!("a connection that did not come through a trusted proxy was closed");
            continue;
        }
        let connection = Connection::new(&edge, router.clone(), &stream, peer, permit);
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

async fn accept(
    listener: &TcpListener,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(accepted) => return Some(accepted),
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
    peer: SocketAddr,
    here: Option<SocketAddr>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    fn new(
        edge: &Arc<Edge>,
        router: Router,
        stream: &TcpStream,
        peer: SocketAddr,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let here = stream.local_addr().ok();
        Self { edge: Arc::clone(edge), router, peer, here, _permit: permit }
    }

    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>, watcher: Watcher) {
        // Answers are small; waiting to fill a packet only makes them late.
        let _ = stream.set_nodelay(true);
        self.edge.metrics.connections.inc();
        let ended = match tls {
            None => self.speak_http1(stream, watcher).await,
            Some(tls) => self.speak_encrypted(stream, tls, watcher).await,
        };
        self.edge.metrics.connections.dec();
        if let Err(error) = ended {
            tracing::debug!(error, "a connection ended early");
        }
    }

    /// What is spoken is settled before the first request. Guessing it from
    /// the first bytes would wait for them without limit.
    async fn speak_encrypted(
        &self,
        stream: TcpStream,
        tls: TlsAcceptor,
        watcher: Watcher,
    ) -> Result<(), String> {
        let patience = self.edge.setup.limits.header_timeout;
        let hands = tokio::time::timeout(patience, tls.accept(stream)).await;
        let stream = hands.map_err(|_| "no handshake in time")?.map_err(|e| e.to_string())?;
        match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => self.speak_http2(stream, watcher).await,
            _ => self.speak_http1(stream, watcher).await,
        }
    }

    async fn speak_http1<S>(&self, stream: S, watcher: Watcher) -> Result<(), String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = &self.edge.setup.limits;
        let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
        // Counts from the end of the request before; the pulse counts from the
        // first byte of this one.
        let idle = limits.idle_timeout.max(limits.header_timeout);
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(idle)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEADER_BYTES);
        let pulse = Pulse::new();
        let service = TowerToHyperService::new(self.service(Arc::clone(&pulse)));
        let stream = Felt { stream, pulse: Arc::clone(&pulse) };
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            ended = watcher.watch(connection.into_owned()) => ended.map_err(|e| e.to_string()),
            () = pulse.overdue(limits.header_timeout, limits.idle_timeout) => {
                Err("the other end kept us waiting".to_owned())
            }
        }
    }

    async fn speak_http2<S>(&self, stream: S, watcher: Watcher) -> Result<(), String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let idle = self.edge.setup.limits.idle_timeout;
        let mut builder = auto::Builder::new(TokioExecutor::new()).http2_only();
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(128)
            .max_header_list_size(HEADER_BYTES as u32)
            .keep_alive_interval(idle)
            .keep_alive_timeout(idle);
        let service = TowerToHyperService::new(self.service(Pulse::new()));
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        watcher.watch(connection.into_owned()).await.map_err(|error| error.to_string())
    }

    fn service(
        &self,
        pulse: Arc<Pulse>,
    ) -> impl tower::Service<
        Request<Incoming>,
        Response = Response,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send
    + 'static {
        let (router, peer) = (self.router.clone(), Peer(self.peer.ip()));
        let here = self.here.map(Here);
        tower::service_fn(move |mut request: Request<Incoming>| {
            let answering = pulse.answering();
            request.extensions_mut().insert(peer);
            if let Some(here) = here {
                request.extensions_mut().insert(here);
            }
            let answer = router.clone().oneshot(request.map(axum::body::Body::new));
            async move {
                let response = answer.await;
                drop(answering);
                response
            }
        })
    }
}

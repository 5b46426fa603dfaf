//! Listening, answering, and ending.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use throng_campaign::Command;
use throng_plugin_api::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::api::{self, Peer};
use crate::config::ServerConfig;
use crate::engine::Engine;
use crate::error::ServerError;
use crate::tls::TlsFiles;

/// Connections at a time; who comes then waits.
const CONNECTIONS: usize = 1024;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take to come.
const HEAD: Duration = Duration::from_secs(30);
/// How long an answer that is under way may take to get out when the engine ends.
const GRACE: Duration = Duration::from_secs(2);
/// The wait before accepting again when the operating system has no descriptor left.
const RETRY: Duration = Duration::from_millis(50);

/// How an engine is to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stop {
    /// Campaigns make no new starts; their running minions end.
    Softly,
    /// Campaigns are aborted.
    AtOnce,
}

/// An engine that listens, and answers once it is served.
pub struct Server {
    engine: Arc<Engine>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    address: SocketAddr,
}

impl Server {
    /// Opens what the engine has stored, and listens. Connections that come before [`Server::serve`] wait.
    ///
    /// # Errors
    /// The folder or the address cannot be had.
    pub async fn bind(config: ServerConfig) -> Result<Self, ServerError> {
        let bind = config.bind;
        let tls = config.tls.as_ref().map(TlsFiles::acceptor).transpose()?;
        let engine = Engine::open(config).await?;
        let listener = TcpListener::bind(bind).await.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = listener.map_err(|source| ServerError::Bind { address: bind, source })?;
        Ok(Self { engine, listener, tls, address })
    }

    /// Where it listens; the port is the real one.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it is called: `http://127.0.0.1:7007`.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Answers until it is told to stop and all campaigns have ended; told a second time, it aborts them.
    pub async fn serve(self, mut stops: mpsc::Receiver<Stop>) {
        let (end, ending) = watch::channel(());
        let answering = tokio::spawn(answer(self.listener, self.tls, api::router(Arc::clone(&self.engine)), ending, self.engine.clock));
        let schedules = tokio::spawn(Arc::clone(&self.engine).keep_schedules());
        let tidying = tokio::spawn(Arc::clone(&self.engine).keep_tidy());
        let order = match stops.recv().await {
            Some(Stop::AtOnce) => Command::Abort,
            Some(Stop::Softly) | None => Command::StopSoftly,
        };
        schedules.abort();
        tidying.abort();
        self.engine.campaigns.end(order);
        tokio::select! {
            () = self.engine.campaigns.all_ended() => {}
            Some(_) = stops.recv() => {
                self.engine.campaigns.end(Command::Abort);
                self.engine.campaigns.all_ended().await;
            }
        }
        drop(end);
        let _ = answering.await;
    }
}

async fn answer(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, mut ending: watch::Receiver<()>, clock: Clock) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            // Only to let go of what has ended.
            Some(_) = connections.join_next() => continue,
            _ = ending.changed() => break,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let (router, ending, tls) = (router.clone(), ending.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve_connection(stream, peer, router, ending).await,
                        Some(tls) => {
                            if let Some(Ok(stream)) = clock.timeout(HANDSHAKE, tls.accept(stream)).await {
                                serve_connection(stream, peer, router, ending).await;
                            }
                        }
                    }
                    drop(place);
                });
            }
            Err(_) => clock.sleep_until(clock.now() + RETRY).await,
        }
    }
    drop(listener);
    clock.timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> std::io::Result<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, from) = listener.accept().await?;
    // Where this fails, answers are only slower.
    let _ = stream.set_nodelay(true);
    Ok((stream, Peer(from.ip()), place))
}

async fn serve_connection(stream: impl AsyncRead + AsyncWrite + Unpin, peer: Peer, router: Router, mut ending: watch::Receiver<()>) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // A connection's failure is the client's to notice.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

//! Listening, dealing out connections to threads, and ending.

use std::future::Future;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream as StdStream};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use throng_plugin_api::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::answers::Answers;
use crate::{TargetError, TargetOptions};

/// Accepted connections that a thread has not taken yet; when they are more, none is accepted until it has.
const BACKLOG: usize = 256;

/// How long an answer that is under way may take to get out when the target ends.
const GRACE: Duration = Duration::from_millis(500);

/// The wait before accepting again when the operating system has no descriptor left.
const RETRY: Duration = Duration::from_millis(50);

/// A server that listens, and answers once it is served.
#[derive(Debug)]
pub struct Target {
    listener: TcpListener,
    address: SocketAddr,
    answers: Arc<Answers>,
    threads: u16,
}

impl Target {
    /// Listens. Connections that come before [`Target::serve`] wait.
    ///
    /// # Errors
    /// The address cannot be had, or the options contradict each other.
    pub async fn bind(options: TargetOptions) -> Result<Self, TargetError> {
        options.check()?;
        let bound = TcpListener::bind((options.host.as_str(), options.port)).await;
        let listening = bound.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) =
            listening.map_err(|source| TargetError::Bind { host: options.host.clone(), port: options.port, source })?;
        Ok(Self { listener, address, answers: Arc::new(Answers::new(&options, Clock::system())), threads: options.threads.max(1) })
    }

    /// Where it listens; the port is the real one.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` is ready, on this runtime and on the other threads that the options ask for.
    /// Then connections are closed; answers that are under way get half a second.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), TargetError> {
        let mut others = Vec::new();
        let (here, incoming) = mpsc::channel(BACKLOG);
        let mut lanes = vec![here];
        for _ in 1..self.threads {
            let (lane, incoming) = mpsc::channel(BACKLOG);
            others.push(spawn_thread(incoming, Arc::clone(&self.answers))?);
            lanes.push(lane);
        }
        let listener = &self.listener;
        let answers = &self.answers;
        let dealing = async move {
            tokio::select! {
                () = deal(listener, lanes, answers) => {}
                () = shutdown => {}
            }
            // Here the lanes are dropped, which ends what listens to them.
        };
        tokio::join!(serve_incoming(incoming, Arc::clone(answers)), dealing);
        for thread in others {
            let _ = thread.await;
        }
        Ok(())
    }
}

/// Gives each connection to the next thread in turn.
async fn deal(listener: &TcpListener, lanes: Vec<mpsc::Sender<StdStream>>, answers: &Answers) {
    for lane in lanes.iter().cycle() {
        let stream = accept(listener, answers.clock()).await;
        answers.counts.connection();
        if lane.send(stream).await.is_err() {
            return;
        }
    }
}

async fn accept(listener: &TcpListener, clock: Clock) -> StdStream {
    loop {
        // Leaves this runtime, so that another can take it.
        match listener.accept().await.and_then(|(stream, _)| stream.into_std()) {
            Ok(stream) => return stream,
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
            Err(_) => clock.sleep_until(clock.now() + RETRY).await,
        }
    }
}

/// Resolves when the thread has ended.
fn spawn_thread(incoming: mpsc::Receiver<StdStream>, answers: Arc<Answers>) -> Result<tokio::sync::oneshot::Receiver<()>, TargetError> {
    let runtime = new_runtime()?;
    let (ending, ended) = tokio::sync::oneshot::channel();
    let body = move || {
        runtime.block_on(serve_incoming(incoming, answers));
        let _ = ending.send(());
    };
    let spawned = std::thread::Builder::new().name("throng-target".to_owned()).spawn(body);
    spawned.map(|_| ended).map_err(|source| TargetError::Start { what: "thread", source })
}

pub(crate) fn new_runtime() -> Result<Runtime, TargetError> {
    Builder::new_current_thread().enable_all().build().map_err(|source| TargetError::Start { what: "runtime", source })
}

/// Serves connections until no more can come, then ends those that are open.
async fn serve_incoming(mut incoming: mpsc::Receiver<StdStream>, answers: Arc<Answers>) {
    let (end, ending) = watch::channel(());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            stream = incoming.recv() => match stream.map(TcpStream::from_std) {
                Some(Ok(stream)) => {
                    // Where this fails, answers are only slower.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve_connection(stream, Arc::clone(&answers), ending.clone()));
                }
                // The client sees its connection reset.
                Some(Err(_)) => {}
                None => break,
            },
            // Only to let go of what has ended.
            Some(_) = connections.join_next() => {}
        }
    }
    drop(end);
    answers.clock().timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

/// Serves one connection until the client closes it or the sender of `ending` is gone.
pub(crate) async fn serve_connection(stream: impl AsyncRead + AsyncWrite + Unpin, answers: Arc<Answers>, mut ending: watch::Receiver<()>) {
    let service = service_fn(|request| answers.answer(request));
    let mut connection = pin!(http1::Builder::new().pipeline_flush(true).serve_connection(TokioIo::new(stream), service));
    // A connection's failure is the client's to notice.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

//! What the protocol's library runs on: the thread of the process on which connections to brokers live.

use std::future::{Future, pending};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_rs::Runtime;
use async_rs::traits::{Executor, Reactor, RuntimeKit};
use async_rs::util::{Task, TaskImpl};
use futures_io::{AsyncRead, AsyncWrite};
use futures_util::{Stream, TryFutureExt as _, stream};
use throng_broker::Socket;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;
use tokio::time::Sleep;

use crate::transport::Transport;

/// The runtime of all connections of this process: on a thread of its own, so that neither a busy worker nor the end of a campaign keeps
/// them from their heartbeats and goodbyes. It is started when first asked for.
///
/// # Errors
/// The operating system gives no thread, or nothing to wait with.
pub(crate) fn runtime() -> io::Result<Runtime<Kit>> {
    static STARTED: Mutex<Option<Handle>> = Mutex::new(None);
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*started {
        return Ok(Runtime::new(Kit { handle: handle.clone() }));
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new().name("throng-rabbitmq".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(Runtime::new(Kit { handle: started.insert(handle).clone() }))
}

/// The runtime that this is called in.
pub(crate) fn on_current() -> Runtime<Kit> {
    Runtime::new(Kit { handle: Handle::current() })
}

/// What the library wants of a runtime.
#[derive(Clone, Debug)]
pub(crate) struct Kit {
    handle: Handle,
}

impl RuntimeKit for Kit {}

impl Executor for Kit {
    type Task<T: Send + 'static> = Spawned<T>;

    fn block_on<T, F: Future<Output = T>>(&self, future: F) -> T {
        self.handle.block_on(future)
    }

    fn spawn<T: Send + 'static, F: Future<Output = T> + Send + 'static>(&self, future: F) -> Task<Spawned<T>> {
        Spawned(self.handle.spawn(future)).into()
    }

    fn spawn_blocking<T: Send + 'static, F: FnOnce() -> T + Send + 'static>(&self, work: F) -> Task<Spawned<T>> {
        Spawned(self.handle.spawn_blocking(work)).into()
    }
}

#[allow(clippy::disallowed_methods, reason = "heartbeats of a real broker, which no test's clock moves")]
impl Reactor for Kit {
    type TcpStream = Transport;
    type Sleep = Sleep;

    fn register<H: Read + Write + Send + 'static>(&self, _: H) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        Err::<Transport, _>(io::Error::from(io::ErrorKind::Unsupported))
    }

    fn sleep(&self, time: Duration) -> Sleep {
        let _inside = self.handle.enter();
        tokio::time::sleep(time)
    }

    fn interval(&self, period: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        let kit = self.clone();
        stream::unfold(kit, move |kit| async move {
            kit.sleep(period).await;
            Some((Instant::now(), kit))
        })
    }

    fn tcp_connect_addr(&self, address: SocketAddr) -> impl Future<Output = io::Result<Transport>> + Send + 'static {
        TcpStream::connect(address).map_ok(|socket| Transport(Socket::Plain(socket)))
    }
}

/// A task of the library's.
#[derive(Debug)]
pub(crate) struct Spawned<T>(JoinHandle<T>);

impl<T: Send + 'static> TaskImpl for Spawned<T> {}

impl<T: Send + 'static> Future for Spawned<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match Pin::new(&mut self.get_mut().0).poll(context) {
            Poll::Ready(Ok(output)) => Poll::Ready(output),
            Poll::Ready(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The process ends: nobody will wait for it any more.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

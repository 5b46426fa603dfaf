//! The target as a program: announces itself and ends when it is told to.

use std::future::Future;
use std::io::Write;

use crate::server::new_runtime;
use crate::{Target, TargetError, TargetOptions};

const OFFERS: &str = "\
GET  /                           the plain answer; so does every path that is not below
     /status/503/delay/20ms      another answer; also /bytes/1000, or /?status=503&delay=20ms&bytes=1000
POST /login                      {\"user\": \"ada\"} -> {\"token\"}
POST /cart                       an item as json, with `authorization: Bearer TOKEN` -> 201 {\"cart\"}
POST /orders                     with the token -> 201 {\"order\", \"status\"}
GET  /orders/{order}             {\"order\", \"status\"}: accepted or shipped
GET  /shipments?after=SEQUENCE   the feed: [{\"sequence\", \"order\", \"at\"}], up to 1000 at a time; at = unix time in ms
GET  /stats  /health             what was counted; whether it lives
";

/// Serves until interrupted (ctrl-c) or terminated. The first line on standard output is
/// `throng target listening on http://127.0.0.1:8080`, with the real port; what it offers follows.
///
/// # Errors
/// The target cannot be served.
pub fn run(options: TargetOptions) -> Result<(), TargetError> {
    new_runtime()?.block_on(async {
        let told_to_end = told_to_end()?;
        let target = Target::bind(options).await?;
        announce(&target);
        target.serve(told_to_end).await
    })
}

/// Nobody reading is no reason not to serve.
fn announce(target: &Target) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "throng target listening on http://{}", target.address());
    let _ = out.flush();
    let _ = write!(out, "{OFFERS}").and_then(|()| out.flush());
}

/// The signals are caught from here on, not only when the future is first polled.
#[cfg(unix)]
fn told_to_end() -> Result<impl Future<Output = ()>, TargetError> {
    use tokio::signal::unix::{SignalKind, signal};
    let no_handler = |source| TargetError::Start { what: "signal handler", source };
    let mut interrupted = signal(SignalKind::interrupt()).map_err(no_handler)?;
    let mut terminated = signal(SignalKind::terminate()).map_err(no_handler)?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn told_to_end() -> Result<impl Future<Output = ()>, TargetError> {
    Ok(async {
        // Without a handler only the operating system can end the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

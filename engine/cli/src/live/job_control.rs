//! Being stopped and continued by a shell: the terminal is given back meanwhile.

use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};

use super::terminal::{resume, suspend};

/// Stops this process when it is asked to (`SIGTSTP`), and lets the view take the terminal again when it goes on.
pub(crate) async fn watch() {
    let (Ok(mut stop), Ok(mut go_on)) =
        (signal(SignalKind::from_raw(Signal::TSTP.as_raw())), signal(SignalKind::from_raw(Signal::CONT.as_raw())))
    else {
        return;
    };
    loop {
        tokio::select! {
            stopped = stop.recv() => {
                if stopped.is_none() {
                    return;
                }
                suspend();
                // Who may be told to stop may stop itself.
                let _ = kill_process(getpid(), Signal::STOP);
                resume();
            }
            continued = go_on.recv() => {
                if continued.is_none() {
                    return;
                }
                resume();
            }
        }
    }
}

//! File descriptors: a connection takes one, and many systems allow a process few of them unless it asks for more.

/// Raises this process's limit to the most that it may have without being asked, as load generators do. Where that is refused, the old
/// limit holds, and a campaign that comes near it says so.
#[cfg(unix)]
pub(crate) fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => tracing::debug!(?current, ?maximum, "raised the limit of file descriptors"),
        Err(error) => tracing::debug!(?current, ?maximum, %error, "cannot raise the limit of file descriptors"),
    }
}

#[cfg(not(unix))]
pub(crate) fn raise_limit() {}

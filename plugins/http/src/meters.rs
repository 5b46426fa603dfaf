//! What a step records about its exchanges.

use http::StatusCode;
use throng_plugin_api::{MeterId, Meters, Visit};
use throng_protocols::http::Timings;

use crate::connect::Opening;
use crate::source::Source;

/// The meters of one step on one worker.
#[derive(Debug)]
pub(crate) struct HttpMeters {
    resolve: MeterId,
    connect: MeterId,
    tls: MeterId,
    first_byte: MeterId,
    pool_wait: MeterId,
    opened: MeterId,
    reused: MeterId,
    bytes_sent: MeterId,
    bytes_received: MeterId,
    statuses: [MeterId; 5],
    /// Only where there is a proxy.
    tunnel: Option<MeterId>,
    /// Only where redirects are followed.
    redirects: Option<MeterId>,
}

impl HttpMeters {
    /// What steps over this source record.
    pub(crate) fn register(meters: &mut dyn Meters, source: &Source) -> Self {
        Self {
            tunnel: source.connector.proxy.as_ref().map(|_| meters.timer("http-tunnel")),
            redirects: (source.extras.redirects > 0).then(|| meters.counter("http-redirects")),
            resolve: meters.timer("http-resolve"),
            connect: meters.timer("http-connect"),
            tls: meters.timer("http-tls"),
            first_byte: meters.timer("http-first-byte"),
            pool_wait: meters.timer("http-pool-wait"),
            opened: meters.counter("http-connections-opened"),
            reused: meters.counter("http-connections-reused"),
            bytes_sent: meters.counter("http-bytes-sent"),
            bytes_received: meters.counter("http-bytes-received"),
            statuses: ["status-1xx", "status-2xx", "status-3xx", "status-4xx", "status-5xx"].map(|name| meters.counter(name)),
        }
    }

    /// A connection had to be waited for.
    pub(crate) fn waited(&self, visit: &Visit<'_>, nanoseconds: u64) {
        visit.observe(self.pool_wait, nanoseconds);
    }

    /// A connection was opened.
    pub(crate) fn opened(&self, visit: &Visit<'_>, opening: &Opening) {
        visit.count(self.opened, 1);
        if let (Some(timer), Some(nanoseconds)) = (self.tunnel, opening.tunnel) {
            visit.observe(timer, nanoseconds);
        }
        for (timer, duration) in [(self.resolve, opening.resolve), (self.connect, opening.connect), (self.tls, opening.tls)] {
            if let Some(nanoseconds) = duration {
                visit.observe(timer, nanoseconds);
            }
        }
    }

    /// A response has sent on to another place, and that is asked now.
    pub(crate) fn redirected(&self, visit: &Visit<'_>) {
        if let Some(counter) = self.redirects {
            visit.count(counter, 1);
        }
    }

    /// A request has gone over a connection, or has failed to.
    pub(crate) fn traffic(&self, visit: &Visit<'_>, (sent, received): (u64, u64)) {
        visit.count(self.bytes_sent, sent);
        visit.count(self.bytes_received, received);
    }

    /// A response is complete.
    pub(crate) fn answered(&self, visit: &Visit<'_>, status: StatusCode, timings: &Timings) {
        if timings.reused {
            visit.count(self.reused, 1);
        }
        if let Some(nanoseconds) = timings.first_byte {
            visit.observe(self.first_byte, nanoseconds);
        }
        if let Some(&counter) = self.statuses.get(usize::from(status.as_u16() / 100).wrapping_sub(1)) {
            visit.count(counter, 1);
        }
    }
}

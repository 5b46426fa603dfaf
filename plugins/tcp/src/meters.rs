//! What a step records about its messages.

use throng_plugin_api::{MeterId, Meters, Visit};

/// The meters of one `tcp` or `tcp-with` step on one worker.
#[derive(Debug)]
pub(crate) struct TcpMeters {
    resolve: MeterId,
    connect: MeterId,
    tls: MeterId,
    first_byte: MeterId,
    opened: MeterId,
    reused: MeterId,
    sent: MeterId,
    received: MeterId,
}

/// How long the phases of opening took, in nanoseconds; none for those that did not happen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Opening {
    pub(crate) resolve: Option<u64>,
    pub(crate) connect: Option<u64>,
    pub(crate) tls: Option<u64>,
}

impl TcpMeters {
    pub(crate) fn register(meters: &mut dyn Meters) -> Self {
        Self {
            resolve: meters.timer("tcp-resolve"),
            connect: meters.timer("tcp-connect"),
            tls: meters.timer("tcp-tls"),
            first_byte: meters.timer("tcp-first-byte"),
            opened: meters.counter("tcp-connections-opened"),
            reused: meters.counter("tcp-connections-reused"),
            sent: meters.counter("tcp-bytes-sent"),
            received: meters.counter("tcp-bytes-received"),
        }
    }

    /// A connection was opened.
    pub(crate) fn opened(&self, visit: &Visit<'_>, opening: Opening) {
        visit.count(self.opened, 1);
        for (timer, duration) in [(self.resolve, opening.resolve), (self.connect, opening.connect), (self.tls, opening.tls)] {
            if let Some(nanoseconds) = duration {
                visit.observe(timer, nanoseconds);
            }
        }
    }

    /// A connection was there already.
    pub(crate) fn reused(&self, visit: &Visit<'_>) {
        visit.count(self.reused, 1);
    }

    /// Bytes were sent.
    pub(crate) fn sent(&self, visit: &Visit<'_>, bytes: usize) {
        visit.count(self.sent, bytes as u64);
    }

    /// Bytes have come.
    pub(crate) fn received(&self, visit: &Visit<'_>, bytes: usize) {
        visit.count(self.received, bytes as u64);
    }

    /// The first byte of an answer has come, so many nanoseconds behind the start.
    pub(crate) fn first_byte(&self, visit: &Visit<'_>, nanoseconds: u64) {
        visit.observe(self.first_byte, nanoseconds);
    }
}

/// The meters of one `udp` step on one worker.
#[derive(Debug)]
pub(crate) struct UdpMeters {
    pub(crate) sent: MeterId,
    pub(crate) received: MeterId,
    pub(crate) bytes_sent: MeterId,
    pub(crate) bytes_received: MeterId,
    pub(crate) no_reply: MeterId,
}

impl UdpMeters {
    pub(crate) fn register(meters: &mut dyn Meters) -> Self {
        Self {
            sent: meters.counter("udp-datagrams-sent"),
            received: meters.counter("udp-datagrams-received"),
            bytes_sent: meters.counter("udp-bytes-sent"),
            bytes_received: meters.counter("udp-bytes-received"),
            no_reply: meters.counter("udp-no-reply"),
        }
    }
}

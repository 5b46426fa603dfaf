//! The plugins for TCP and UDP: bytes, framed or not.
//!
//! Step kinds `tcp`, which opens a connection and sends over it, `tcp-with`, which goes on over it, `tcp-close`, which closes it before the
//! minion is done; and `udp`, which sends datagrams. [`TcpPlugin`] and [`UdpPlugin`] are all that an engine needs.

mod checks;
mod connections;
mod failure;
mod framing;
mod message;
mod meters;
mod options;
mod tcp_plugin;
mod tcp_step;
mod udp_plugin;
mod udp_step;

pub use tcp_plugin::TcpPlugin;
pub use udp_plugin::UdpPlugin;

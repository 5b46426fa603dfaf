//! What plugins open connections with: names, TCP, TLS as documents ask for it.
//!
//! A plugin says what a connection is for and times its phases; how a name becomes addresses, which of them answers, what the machine did not
//! have, and whom TLS trusts is here, once for all protocols.

mod connect;
mod options;
mod tls;

pub use connect::{SocketError, connect_any, resolve};
pub use options::TlsOptions;
pub use tls::{Identity, Tls, TlsError, Trust};

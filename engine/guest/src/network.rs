//! What a plugin may reach: the hosts that the document declares, over TCP or HTTP, and nothing else.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use http::uri::Scheme;
use throng_model::Targets;
use throng_protocols::Failure;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::sockets::SocketAddrUse;

use crate::log::Log;
use crate::stdio;

/// The network as one store sees it.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    targets: Arc<Targets>,
    /// What was refused last in this call.
    refused: Arc<Mutex<Option<Refusal>>>,
}

/// Why a plugin does not reach somebody.
#[derive(Clone, Debug)]
enum Refusal {
    /// It is none of the targets; as a target is written.
    NoTarget(String),
    /// Its certificate is not trusted.
    Untrusted { host: String, why: String },
}

impl Network {
    /// Towards these targets.
    pub(crate) fn towards(targets: Arc<Targets>) -> Self {
        Self { targets, refused: Arc::default() }
    }

    /// The context of a guest that may connect to its targets, and print.
    pub(crate) fn context(&self, log: &Arc<Mutex<Log>>) -> WasiCtx {
        let mut builder = stdio::printing(log);
        // Names are looked up where a target has one; what an address belongs to is decided when it is connected to.
        let has_names = self.targets.hosts().any(|(_, host, _)| host.parse::<IpAddr>().is_err());
        builder.allow_tcp(true).allow_udp(false).allow_ip_name_lookup(has_names);
        let network = self.clone();
        builder.socket_addr_check(move |address, usage| {
            let network = network.clone();
            Box::pin(async move { network.allows(address, usage).await }) as Pin<Box<dyn Future<Output = bool> + Send + Sync>>
        });
        builder.build()
    }

    async fn allows(&self, address: SocketAddr, usage: SocketAddrUse) -> bool {
        match usage {
            // The operating system binds what is connected to a port of its choice.
            SocketAddrUse::TcpBind => address.ip().is_unspecified() && address.port() == 0,
            SocketAddrUse::TcpConnect => {
                let allowed = self.is_target(address).await;
                if !allowed {
                    *self.refused() = Some(Refusal::NoTarget(format!("tcp://{address}")));
                }
                allowed
            }
            _ => false,
        }
    }

    /// Whether a request may be sent to a host.
    pub(crate) fn allows_request(&self, scheme: &Scheme, host: &str, port: u16) -> bool {
        let allowed = self.targets.allows(host, port);
        if !allowed {
            let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
            *self.refused() = Some(Refusal::NoTarget(format!("{scheme}://{host}:{port}")));
        }
        allowed
    }

    /// The certificate that a host has shown is not trusted.
    pub(crate) fn distrust(&self, host: &str, why: String) {
        *self.refused() = Some(Refusal::Untrusted { host: host.to_owned(), why });
    }

    async fn is_target(&self, address: SocketAddr) -> bool {
        for (_, host, port) in self.targets.hosts().filter(|(_, _, port)| *port == address.port()) {
            let is_it = match host.parse::<IpAddr>() {
                Ok(ip) => ip.to_canonical() == address.ip().to_canonical(),
                Err(_) => match tokio::net::lookup_host((host.to_owned(), port)).await {
                    Ok(mut found) => found.any(|found| found.ip().to_canonical() == address.ip().to_canonical()),
                    Err(_) => false,
                },
            };
            if is_it {
                return true;
            }
        }
        false
    }

    /// A call begins.
    pub(crate) fn begin(&self) {
        *self.refused() = None;
    }

    /// What the call fails with if it was refused somebody: more than the plugin can say of it.
    pub(crate) fn refusal(&self) -> Option<Failure> {
        let (code, message) = match self.refused().take()? {
            Refusal::NoTarget(target) => {
                let address = target.split_once("://").map_or(target.as_str(), |(_, address)| address);
                let told = format!("the plugin wanted to reach {address}, which is none of the document's targets");
                ("target-not-declared", format!("{told}; if it may, declare it under `targets`: `{target}`"))
            }
            Refusal::Untrusted { host, why } => {
                let hint = "the environment variable `SSL_CERT_FILE` names certificates to trust in place of this machine's";
                ("tls", format!("the certificate of `{host}` is not trusted: {why}; {hint}"))
            }
        };
        Some(Failure::error(code, message).final_())
    }

    fn refused(&self) -> std::sync::MutexGuard<'_, Option<Refusal>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(targets: &[&str], address: &str, usage: SocketAddrUse) -> (bool, Option<String>) {
        let network = Network::towards(Arc::new(Targets::parse(targets).expect("targets")));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let allowed = runtime.block_on(network.allows(address.parse().expect("an address"), usage));
        (allowed, network.refusal().map(|failure| failure.message))
    }

    #[test]
    fn targets_alone_can_be_connected_to() {
        let targets = ["tcp://127.0.0.1:6379", "tcp://[::1]:6379", "tcp://localhost:7000"];
        for address in ["127.0.0.1:6379", "[::1]:6379", "[::ffff:127.0.0.1]:6379", "127.0.0.1:7000"] {
            assert_eq!(allows(&targets, address, SocketAddrUse::TcpConnect), (true, None), "{address}");
        }
        let (allowed, refusal) = allows(&targets, "127.0.0.1:6380", SocketAddrUse::TcpConnect);
        assert!(!allowed && refusal.is_some_and(|refusal| refusal.contains("`tcp://127.0.0.1:6380`")));
    }

    #[test]
    fn requests_go_to_targets_alone() {
        let targets = Targets::parse(&["http://shop.example:8080", "http://[::1]:8080"]).expect("targets");
        let network = Network::towards(Arc::new(targets));
        assert!(network.allows_request(&Scheme::HTTP, "shop.example", 8080) && network.allows_request(&Scheme::HTTP, "::1", 8080));
        assert!(network.refusal().is_none());
        assert!(!network.allows_request(&Scheme::HTTPS, "shop.example", 443));
        let refusal = network.refusal().expect("a refusal").message;
        assert!(refusal.contains("reach shop.example:443,") && refusal.ends_with("`https://shop.example:443`"), "{refusal}");
    }

    #[test]
    fn nothing_listens() {
        let targets = ["tcp://127.0.0.1:6379"];
        assert!(allows(&targets, "0.0.0.0:0", SocketAddrUse::TcpBind).0);
        for (address, usage) in [
            ("127.0.0.1:6379", SocketAddrUse::TcpBind),
            ("0.0.0.0:0", SocketAddrUse::TcpListen),
            ("127.0.0.1:6379", SocketAddrUse::TcpAccept),
            ("127.0.0.1:6379", SocketAddrUse::UdpSend),
            ("0.0.0.0:0", SocketAddrUse::UdpBind),
        ] {
            assert!(!allows(&targets, address, usage).0, "{usage:?}");
        }
    }
}

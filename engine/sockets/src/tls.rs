//! TLS as a document asks for it: whom to trust, under which name, and who asks.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName, UnixTime, pem};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use throng_model::ConfigFault;
use throng_plugin_api::{Files, option_fault as fault};

use crate::TlsOptions;

/// TLS as a document asks for it. Roots are read when first needed, once for all workers.
#[derive(Debug, Default)]
pub struct Tls {
    /// Which certificates are accepted.
    pub trust: Trust,
    /// The name to ask for and to check; none: the host's.
    pub server_name: Option<ServerName<'static>>,
    /// What is shown to servers that want to know who asks.
    pub identity: Option<Identity>,
    /// What is spoken over it, the best first, for both sides to agree on; nothing is said of it where there is none.
    pub protocols: Vec<Vec<u8>>,
    files: OnceLock<Files>,
    config: OnceLock<Arc<ClientConfig>>,
}

/// What is shown to servers that want to know who asks: PEM files.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate, and those that lead to its root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Which certificates are accepted.
#[derive(Debug, Default)]
pub enum Trust {
    /// What the operating system trusts.
    #[default]
    Native,
    /// What a PEM file holds.
    Roots(PathBuf),
    /// Any.
    Anything,
}

/// Why nobody can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The trusted certificates cannot be read.
    #[error("the certificates in `{}` cannot be read: {source}; `tls.roots` wants a PEM file of root certificates", path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// There are none in the file.
    #[error("`{}` holds no certificate that can be trusted; `tls.roots` wants a PEM file of root certificates", .0.display())]
    NoRoots(PathBuf),
    /// There are none on this machine.
    #[error("the operating system has no root certificates; name a PEM file in `tls.roots`")]
    NoNativeRoots,
    /// One's own certificate cannot be read.
    #[error("the certificate in `{}` cannot be read: {source}; `tls.certificate` wants a PEM file", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// One's own key cannot be read.
    #[error("the private key in `{}` cannot be read: {source}; `tls.key` wants a PEM file", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// Certificate and key do not fit.
    #[error("the certificate in `{}` and the key in `{}` cannot be used: {source}", certificate.display(), key.display())]
    Identity {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The library refuses.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

impl Tls {
    /// Reads the option `tls`; what a step says itself wins over the scenario's defaults. `protocols` are those of the field of the same name.
    ///
    /// # Errors
    /// What is wrong with it, at its place below `/tls`.
    pub fn read(own: TlsOptions, defaults: TlsOptions, protocols: Vec<Vec<u8>>) -> Result<Self, Vec<ConfigFault>> {
        let trust = match (own.insecure.or(defaults.insecure), own.roots.or(defaults.roots)) {
            (Some(true), Some(_)) => {
                let message = "with `insecure` any certificate is accepted, so `roots` would say nothing";
                return Err(vec![fault("/tls", message, Some("leave one of them out".to_owned()))]);
            }
            (Some(true), None) => Trust::Anything,
            (_, Some(roots)) => Trust::Roots(PathBuf::from(roots)),
            (_, None) => Trust::Native,
        };
        let name = own.server_name.or(defaults.server_name).map(|name| {
            let message = format!("`{name}` is neither a host name nor an IP address");
            ServerName::try_from(name).map_err(|_| vec![fault("/tls/server-name", message, None)])
        });
        let identity = match (own.certificate.or(defaults.certificate), own.key.or(defaults.key)) {
            (None, None) => None,
            (None, Some(_)) => {
                let hint = "add `\"certificate\": \"client.pem\"`, or leave `key` out".to_owned();
                return Err(vec![fault("/tls/key", "there is a `key` without its `certificate`", Some(hint))]);
            }
            (Some(certificate), key) => {
                Some(Identity { key: PathBuf::from(key.unwrap_or_else(|| certificate.clone())), certificate: PathBuf::from(certificate) })
            }
        };
        Ok(Self { trust, server_name: name.transpose()?, identity, protocols, ..Self::default() })
    }

    /// The name to ask for and to check, given the URL's host.
    ///
    /// # Errors
    /// The host cannot be the name of a certificate.
    pub fn name_for(&self, host: &str) -> Result<ServerName<'static>, InvalidDnsNameError> {
        match &self.server_name {
            Some(name) => Ok(name.clone()),
            None => ServerName::try_from(host.to_owned()),
        }
    }

    /// Says which files it may read. Before that it reads none.
    pub fn bind(&self, files: &Files) {
        self.files.get_or_init(|| files.clone());
    }

    /// What rustls wants to know; reads files when first called.
    ///
    /// # Errors
    /// A file cannot be read, or used.
    pub fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let config = self.make_config()?;
        Ok(Arc::clone(self.config.get_or_init(|| config)))
    }

    fn make_config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
        let builder = match &self.trust {
            Trust::Native => builder.with_root_certificates(native_roots()?),
            Trust::Roots(path) => builder.with_root_certificates(self.roots_of(path)?),
            Trust::Anything => builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAnything { provider })),
        };
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(Identity { certificate, key }) => {
                let chain =
                    self.path(certificate).and_then(CertificateDer::pem_file_iter).and_then(|found| found.collect::<Result<Vec<_>, _>>());
                let chain = chain.map_err(|source| TlsError::Certificate { path: certificate.clone(), source })?;
                let secret = self.path(key).and_then(PrivateKeyDer::from_pem_file);
                let secret = secret.map_err(|source| TlsError::Key { path: key.clone(), source })?;
                builder.with_client_auth_cert(chain, secret).map_err(|source| TlsError::Identity {
                    certificate: certificate.clone(),
                    key: key.clone(),
                    source,
                })?
            }
        };
        config.alpn_protocols.clone_from(&self.protocols);
        // Each minion is a new user: it would have no session to resume. And the store of sessions would be shared between workers.
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }

    fn roots_of(&self, file: &Path) -> Result<RootCertStore, TlsError> {
        let read = || CertificateDer::pem_file_iter(self.path(file)?)?.collect::<Result<Vec<_>, _>>();
        let certificates = read().map_err(|source| TlsError::Roots { path: file.to_owned(), source })?;
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(certificates);
        if added == 0 { Err(TlsError::NoRoots(file.to_owned())) } else { Ok(roots) }
    }

    fn path(&self, file: &Path) -> Result<PathBuf, pem::Error> {
        self.files.get().unwrap_or(&Files::none()).path(file).map_err(pem::Error::Io)
    }
}

fn native_roots() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    // Single unreadable ones are common; what counts is whether any is left.
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 { Err(TlsError::NoNativeRoots) } else { Ok(roots) }
}

/// For `insecure`: any certificate will do, though its owner must hold its key.
#[derive(Debug)]
struct AcceptAnything {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AcceptAnything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

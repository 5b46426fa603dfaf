//! How `https` connections are made: whom to trust, and under which name.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, PrivateKeyDer, ServerName, UnixTime, pem};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// TLS as a document asks for it. Roots are read when first needed, once for all workers.
#[derive(Debug, Default)]
pub(crate) struct Tls {
    pub(crate) trust: Trust,
    pub(crate) server_name: Option<ServerName<'static>>,
    pub(crate) identity: Option<Identity>,
    pub(crate) version: Version,
    pub(crate) config: OnceLock<Arc<ClientConfig>>,
}

/// What is shown to servers that want to know who asks: PEM files.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// The version of HTTP that is spoken, on which both sides agree in the handshake.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Version {
    #[default]
    One,
    Two,
}

impl Version {
    /// Its name in a handshake.
    pub(crate) fn protocol(self) -> &'static [u8] {
        match self {
            Self::One => b"http/1.1",
            Self::Two => b"h2",
        }
    }
}

/// Which certificates are accepted.
#[derive(Debug, Default)]
pub(crate) enum Trust {
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
pub(crate) enum TrustError {
    #[error("the certificates in `{}` cannot be read: {source}", path.display())]
    Roots { path: PathBuf, source: pem::Error },
    #[error("`{}` holds no certificate that can be trusted; `tls.roots` wants a PEM file of root certificates", .0.display())]
    NoRoots(PathBuf),
    #[error("the operating system has no root certificates; name a PEM file in `tls.roots`")]
    NoNativeRoots,
    #[error("the certificate in `{}` cannot be read: {source}; `tls.certificate` wants a PEM file", path.display())]
    Certificate { path: PathBuf, source: pem::Error },
    #[error("the private key in `{}` cannot be read: {source}; `tls.key` wants a PEM file", path.display())]
    Key { path: PathBuf, source: pem::Error },
    #[error("the certificate in `{}` and the key in `{}` cannot be used: {source}", certificate.display(), key.display())]
    Identity { certificate: PathBuf, key: PathBuf, source: rustls::Error },
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

impl Tls {
    /// The name to ask for and to check, given the URL's host.
    pub(crate) fn name_for(&self, host: &str) -> Result<ServerName<'static>, InvalidDnsNameError> {
        match &self.server_name {
            Some(name) => Ok(name.clone()),
            None => ServerName::try_from(host.to_owned()),
        }
    }

    /// What rustls wants to know; reads files when first called.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>, TrustError> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let config = self.make_config()?;
        Ok(Arc::clone(self.config.get_or_init(|| config)))
    }

    fn make_config(&self) -> Result<Arc<ClientConfig>, TrustError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
        let builder = match &self.trust {
            Trust::Native => builder.with_root_certificates(native_roots()?),
            Trust::Roots(path) => builder.with_root_certificates(roots_of(path)?),
            Trust::Anything => builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAnything { provider })),
        };
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(Identity { certificate, key }) => {
                let chain = CertificateDer::pem_file_iter(certificate).and_then(|found| found.collect::<Result<Vec<_>, _>>());
                let chain = chain.map_err(|source| TrustError::Certificate { path: certificate.clone(), source })?;
                let secret = PrivateKeyDer::from_pem_file(key).map_err(|source| TrustError::Key { path: key.clone(), source })?;
                builder.with_client_auth_cert(chain, secret).map_err(|source| TrustError::Identity {
                    certificate: certificate.clone(),
                    key: key.clone(),
                    source,
                })?
            }
        };
        config.alpn_protocols = vec![self.version.protocol().to_vec()];
        // Each minion is a new user: it would have no session to resume. And the store of sessions would be shared between workers.
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}

fn native_roots() -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    // Single unreadable ones are common; what counts is whether any is left.
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 { Err(TrustError::NoNativeRoots) } else { Ok(roots) }
}

fn roots_of(path: &PathBuf) -> Result<RootCertStore, TrustError> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    let certificates = read().map_err(|source| TrustError::Roots { path: path.clone(), source })?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(TrustError::NoRoots(path.clone())) } else { Ok(roots) }
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

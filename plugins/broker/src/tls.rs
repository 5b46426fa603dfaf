//! How connections over TLS are made: whom to trust, under which name, and what to show.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use throng_model::ConfigFault;
use throng_plugin_api::option_fault;

use crate::options::TlsOptions;

/// TLS as a document asks for it. Files are read when first needed, once for all workers.
#[derive(Debug)]
pub struct Tls {
    trust: Trust,
    server_name: Option<String>,
    identity: Option<Identity>,
    config: OnceLock<Arc<ClientConfig>>,
}

/// Which certificates are accepted.
#[derive(Debug)]
enum Trust {
    /// What the operating system trusts.
    Native,
    /// What a PEM file holds.
    Roots(PathBuf),
    /// Any.
    Anything,
}

/// What is shown to servers that want to know who asks: PEM files.
#[derive(Debug)]
struct Identity {
    certificate: PathBuf,
    key: PathBuf,
}

/// Why TLS cannot be had as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file of roots is not there, or is none.
    #[error("the certificates in `{}` cannot be read: {source}; `tls.roots` wants a PEM file of root certificates", path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The file of roots has none.
    #[error("`{}` holds no certificate that can be trusted; `tls.roots` wants a PEM file of root certificates", .0.display())]
    NoRoots(PathBuf),
    /// The operating system has none.
    #[error("the operating system has no root certificates; name a PEM file in `tls.roots`")]
    NoNativeRoots,
    /// What shall be shown cannot be read.
    #[error("the certificate in `{}` cannot be read: {source}; `tls.certificate` wants a PEM file", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// Its key cannot be read.
    #[error("the private key in `{}` cannot be read: {source}; `tls.key` wants a PEM file", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The library refuses.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

impl Tls {
    /// As the step says it, and the scenario's defaults where it does not.
    ///
    /// # Errors
    /// Options that contradict each other, or a name that is none.
    pub fn read(own: TlsOptions, defaults: TlsOptions) -> Result<Self, Vec<ConfigFault>> {
        let trust = match (own.insecure.or(defaults.insecure), own.roots.or(defaults.roots)) {
            (Some(true), Some(_)) => {
                let message = "with `insecure` any certificate is accepted, so `roots` would say nothing";
                return Err(vec![option_fault("/tls", message, Some("leave one of them out".to_owned()))]);
            }
            (Some(true), None) => Trust::Anything,
            (_, Some(roots)) => Trust::Roots(roots.into()),
            (_, None) => Trust::Native,
        };
        let identity = match (own.certificate.or(defaults.certificate), own.key.or(defaults.key)) {
            (Some(certificate), key) => {
                Some(Identity { key: key.unwrap_or_else(|| certificate.clone()).into(), certificate: certificate.into() })
            }
            (None, Some(_)) => {
                let hint = "name the certificate's file in `tls.certificate`".to_owned();
                return Err(vec![option_fault("/tls/key", "there is a key without its certificate", Some(hint))]);
            }
            (None, None) => None,
        };
        let server_name = own.server_name.or(defaults.server_name);
        if let Some(name) = &server_name
            && ServerName::try_from(name.as_str()).is_err()
        {
            return Err(vec![option_fault("/tls/server-name", format!("`{name}` is neither a host name nor an IP address"), None)]);
        }
        Ok(Self { trust, server_name, identity, config: OnceLock::new() })
    }

    /// The name to ask for and to check, given the URL's host.
    pub fn name_for<'a>(&'a self, host: &'a str) -> &'a str {
        self.server_name.as_deref().unwrap_or(host)
    }

    /// What rustls wants to know; reads files when first called.
    ///
    /// # Errors
    /// A file cannot be read, or nobody can be trusted.
    pub fn config(&self) -> Result<Arc<ClientConfig>, TrustError> {
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
                let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
                let chain = chain.map_err(|source| TrustError::Certificate { path: certificate.clone(), source })?;
                let secret = PrivateKeyDer::from_pem_file(key).map_err(|source| TrustError::Key { path: key.clone(), source })?;
                builder.with_client_auth_cert(chain, secret)?
            }
        };
        // Each connection is measured as a new one, and the store of sessions would be shared between workers.
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
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = certificates.map_err(|source| TrustError::Roots { path: path.clone(), source })?;
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

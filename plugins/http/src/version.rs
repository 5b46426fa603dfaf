//! The version of HTTP that is spoken.

/// The version of HTTP, on which both sides agree in a TLS handshake.
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

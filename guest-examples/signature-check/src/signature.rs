//! What is checked: an HMAC-SHA256 in hexadecimal. No word of the engine in here.

use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// The options of a step.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Options {
    key: String,
    key_form: KeyForm,
    /// Where the payload is.
    pub payload: String,
    /// Where the signature is.
    pub signature: String,
    prefix: String,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeyForm {
    #[default]
    Text,
    Hex,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            key: String::new(),
            key_form: KeyForm::Text,
            payload: "/payload".into(),
            signature: "/signature".into(),
            prefix: String::new(),
        }
    }
}

/// A checked use of the kind.
#[derive(Debug)]
pub struct Check {
    /// As they were given.
    pub options: Options,
    key: Vec<u8>,
}

impl Check {
    /// Checks options; what is wrong comes with the name of the option.
    pub fn new(options: Options) -> Result<Self, (&'static str, String)> {
        let key = match options.key_form {
            KeyForm::Text => options.key.clone().into_bytes(),
            KeyForm::Hex => from_hex(&options.key).ok_or(("key", "it is not hexadecimal, as `key-form` says".to_owned()))?,
        };
        if key.is_empty() {
            return Err(("key", "it is empty".to_owned()));
        }
        for (name, pointer) in [("payload", &options.payload), ("signature", &options.signature)] {
            if !pointer.is_empty() && !pointer.starts_with('/') {
                return Err((name, format!("`{pointer}` is no JSON pointer: it begins with `/`")));
            }
        }
        Ok(Self { options, key })
    }

    /// Whether the signature is that of the payload.
    pub fn holds(&self, payload: &[u8], signature: &str) -> bool {
        let Some(signature) = signature.strip_prefix(&self.options.prefix).and_then(from_hex) else { return false };
        // A key may have any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return false };
        mac.update(payload);
        mac.verify_slice(&signature).is_ok()
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: &str) -> Result<Check, (&'static str, String)> {
        Check::new(serde_json::from_str(options).unwrap())
    }

    /// RFC 4231, test case 2.
    #[test]
    fn a_signature_holds() {
        let signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let plain = check(r#"{"key": "Jefe"}"#).unwrap();
        assert!(plain.holds(b"what do ya want for nothing?", signature));
        assert!(plain.holds(b"what do ya want for nothing?", &signature.to_uppercase()));
        assert!(!plain.holds(b"what do ya want for something?", signature));
        assert!(!plain.holds(b"what do ya want for nothing?", &signature[2..]));
        assert!(!plain.holds(b"what do ya want for nothing?", "no hexadecimal"));
        let prefixed = check(r#"{"key": "4a656665", "key-form": "hex", "prefix": "sha256="}"#).unwrap();
        assert!(prefixed.holds(b"what do ya want for nothing?", &format!("sha256={signature}")));
        assert!(!prefixed.holds(b"what do ya want for nothing?", signature));
    }

    #[test]
    fn options_are_checked() {
        let refused = |options: &str| check(options).unwrap_err().0;
        assert_eq!(refused(r#"{"key": ""}"#), "key");
        assert_eq!(refused(r#"{"key": "4a6", "key-form": "hex"}"#), "key");
        assert_eq!(refused(r#"{"key": "k", "payload": "payload"}"#), "payload");
    }
}

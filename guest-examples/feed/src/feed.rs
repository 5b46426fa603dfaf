//! What a feed is asked, and what is new in its answer; it knows nothing of the engine.

use serde::Deserialize;
use serde_json::Value as Json;

/// The options of a source.
#[derive(Clone, Debug, Deserialize)]
pub struct Options {
    url: String,
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default = "key")]
    key: String,
    #[serde(default = "first")]
    first: String,
}

fn key() -> String {
    "/id".into()
}

fn first() -> String {
    "0".into()
}

/// A server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Url {
    /// Over TLS.
    pub is_secure: bool,
    /// Host and port.
    pub authority: String,
    path: String,
}

/// A feed, with how far it was read.
#[derive(Clone, Debug)]
pub struct Feed {
    options: Options,
    url: Url,
    seen: String,
}

impl Feed {
    /// Reads the URL; the error is what is wrong with it.
    pub fn new(options: Options) -> Result<Self, String> {
        let url = Url::parse(&options.url)?;
        Ok(Self { seen: options.first.clone(), url, options })
    }

    /// Nothing was seen yet.
    pub fn begin(&mut self) {
        self.seen.clone_from(&self.options.first);
    }

    /// Whom to ask.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What to ask for.
    pub fn path(&self) -> String {
        let path = &self.url.path;
        match &self.options.cursor {
            None => path.clone(),
            Some(cursor) => format!("{path}{}{cursor}={}", if path.contains('?') { '&' } else { '?' }, self.seen),
        }
    }

    /// The items of an answer, each as JSON; the last one is how far it was read.
    pub fn read(&mut self, body: &[u8]) -> Result<Vec<String>, String> {
        let list: Vec<Json> = serde_json::from_slice(body).map_err(|error| format!("the answer is no JSON list: {error}"))?;
        if let Some(key) = list.last().and_then(|item| item.pointer(&self.options.key)) {
            self.seen = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        }
        Ok(list.iter().map(Json::to_string).collect())
    }
}

impl Url {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no URL: write it like `http://127.0.0.1:8080/list`");
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let is_secure = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err(wrong()),
        };
        let (authority, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        if authority.is_empty() {
            return Err(wrong());
        }
        Ok(Self { is_secure, authority: authority.into(), path: path.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(options: &str) -> Feed {
        Feed::new(serde_json::from_str(options).expect("options")).expect("a feed")
    }

    #[test]
    fn what_was_seen_is_not_asked_for_again() {
        let mut feed = feed(r#"{"url": "http://a/list?x=1", "cursor": "after", "key": "/number"}"#);
        assert_eq!(feed.path(), "/list?x=1&after=0");
        assert_eq!(feed.read(br#"[{"number": 3}, {"number": 4}]"#), Ok(vec![r#"{"number":3}"#.into(), r#"{"number":4}"#.into()]));
        assert_eq!(feed.path(), "/list?x=1&after=4");
        assert_eq!(feed.read(b"[]"), Ok(Vec::new()));
        assert_eq!(feed.path(), "/list?x=1&after=4");
        feed.begin();
        assert_eq!(feed.path(), "/list?x=1&after=0");
        assert!(feed.read(b"{}").is_err());
    }

    #[test]
    fn urls_have_a_host() {
        assert_eq!(feed(r#"{"url": "https://a:8443"}"#).url().authority, "a:8443");
        assert_eq!(feed(r#"{"url": "https://a:8443"}"#).path(), "/");
        for wrong in ["a/b", "ftp://a/b", "http:///b"] {
            assert!(Url::parse(wrong).is_err(), "{wrong}");
        }
    }
}

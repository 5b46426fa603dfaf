//! Where points go: a database of version 1, or a bucket of version 2 and later.

use std::fmt;

use throng_broker::{Address, Schemes};
use url::form_urlencoded::Serializer;

use crate::lines::Precision;

pub(crate) const SCHEMES: Schemes = Schemes { plain: ("http", 80), secure: ("https", 443) };

/// A server, and what of it is written to.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) address: Address,
    pub(crate) store: Store,
}

/// What is written to.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// Of version 1.
    Database { name: String, retention_policy: Option<String> },
    /// Of version 2 and later.
    Bucket { organization: String, name: String },
}

impl Place {
    /// The path that points with times of this precision are written to, with its query.
    pub(crate) fn write_path(&self, precision: Precision) -> String {
        match &self.store {
            Store::Database { name, retention_policy } => {
                let unit = match precision {
                    Precision::Nanoseconds => "n",
                    Precision::Microseconds => "u",
                    Precision::Milliseconds => "ms",
                    Precision::Seconds => "s",
                };
                let policy = retention_policy.as_deref().map(|policy| ("rp", policy));
                self.path("write", [("db", name.as_str()), ("precision", unit)].into_iter().chain(policy))
            }
            Store::Bucket { organization, name } => {
                let unit = Precision::ALL.into_iter().find(|(_, known)| *known == precision).map_or("ns", |(unit, _)| unit);
                self.path("api/v2/write", [("org", organization.as_str()), ("bucket", name.as_str()), ("precision", unit)])
            }
        }
    }

    /// The path that a statement of version 1 is sent to.
    pub(crate) fn query_path(&self, statement: &str) -> String {
        self.path("query", [("q", statement)])
    }

    fn path<'a>(&self, path: &str, query: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let before = self.address.path.as_deref().unwrap_or_default().trim_matches('/');
        let slash = if before.is_empty() { "" } else { "/" };
        format!("/{before}{slash}{path}?{}", Serializer::new(String::new()).extend_pairs(query).finish())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.store {
            Store::Database { name, .. } => write!(formatter, "{}/{name}", self.address),
            Store::Bucket { organization, name } => write!(formatter, "{}/{organization}/{name}", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_both_versions() {
        let address = |url: &str| Address::parse(url, &SCHEMES).expect("a URL");
        let database = Store::Database { name: "load & test".into(), retention_policy: Some("week".into()) };
        let first = Place { address: address("http://a"), store: database };
        assert_eq!(first.write_path(Precision::Microseconds), "/write?db=load+%26+test&precision=u&rp=week");
        assert_eq!(first.query_path("create database \"x\""), "/query?q=create+database+%22x%22");
        assert_eq!(first.to_string(), "http://a:80/load & test");
        let bucket = Store::Bucket { organization: "shop".into(), name: "load/all".into() };
        let second = Place { address: address("https://a:443/influx/"), store: bucket };
        assert_eq!(second.write_path(Precision::Nanoseconds), "/influx/api/v2/write?org=shop&bucket=load%2Fall&precision=ns");
    }
}

//! Where a database is.

use std::fmt;

/// Where a database is.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Place {
    /// At a server.
    Server(Server),
    /// In a file of SQLite, as it is written.
    File(String),
}

/// A database of a server.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Server {
    pub(crate) dialect: Dialect,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: Option<String>,
}

/// Which language and protocol a database speaks.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Dialect {
    Postgres,
    /// MariaDB too.
    MySql,
    Sqlite,
}

impl Place {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(url: &str) -> Result<Self, &'static str> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err("it has no path; write it like `sqlite:shop.db`"),
                ":memory:" => Err("each connection would have a database of its own; name a file"),
                path => Ok(Self::File(path.to_owned())),
            };
        }
        let (scheme, rest) = url.split_once("://").ok_or("it has no scheme; write it like `postgresql://127.0.0.1:5432/shop`")?;
        let dialect = match scheme {
            "postgresql" | "postgres" => Dialect::Postgres,
            "mysql" | "mariadb" => Dialect::MySql,
            _ => return Err("the scheme is none of `postgresql`, `mysql`, `mariadb` and `sqlite`"),
        };
        let (authority, database) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
        if authority.contains('@') {
            return Err("user and password do not belong into a URL; there are the options `user` and `password`");
        }
        if rest.contains(['?', '#']) {
            return Err("it has parameters; there are options for what can be said");
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| "the port is not a number from 0 to 65535")?),
            _ => (authority, dialect.default_port()),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err("it has no host");
        }
        let database = database.filter(|name| !name.is_empty()).map(str::to_owned);
        Ok(Self::Server(Server { dialect, host: host.to_ascii_lowercase(), port, database }))
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Server(server) => server.dialect,
            Self::File(_) => Dialect::Sqlite,
        }
    }
}

impl Dialect {
    fn default_port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::MySql | Self::Sqlite => 3306,
        }
    }

    fn scheme(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql",
            Self::MySql => "mysql",
            Self::Sqlite => "sqlite",
        }
    }

    /// Who asks when nothing is said.
    pub(crate) fn default_user(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql | Self::Sqlite => "root",
        }
    }

    /// The placeholder of this position, from 1.
    pub(crate) fn placeholder(self, position: usize) -> String {
        match self {
            Self::Postgres => format!("${position}"),
            Self::MySql | Self::Sqlite => "?".to_owned(),
        }
    }

    /// How many placeholders a statement can have.
    pub(crate) fn most_placeholders(self) -> usize {
        match self {
            Self::Postgres | Self::MySql => 65_535,
            Self::Sqlite => 32_766,
        }
    }

    /// A name as it stands in a statement: each of its parts, `schema.table`, in quotes.
    pub(crate) fn quoted(self, name: &str) -> String {
        let mark = if self == Self::MySql { '`' } else { '"' };
        let part = |part: &str| format!("{mark}{}{mark}", part.replace(mark, &format!("{mark}{mark}")));
        name.split('.').map(part).collect::<Vec<_>>().join(".")
    }
}

impl fmt::Display for Server {
    /// As a document declares it: `postgresql://127.0.0.1:5432`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.dialect.scheme();
        match self.host.contains(':') {
            true => write!(formatter, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(formatter, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(server) => server.fmt(formatter),
            Self::File(path) => write!(formatter, "sqlite:{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let read = |url: &str| match Place::parse(url) {
            Ok(place @ Place::Server(Server { database: Some(_), .. })) => Ok(format!("{place} with a database")),
            Ok(place) => Ok(place.to_string()),
            Err(reason) => Err(reason),
        };
        assert_eq!(read("postgres://DB.example/shop").as_deref(), Ok("postgresql://db.example:5432 with a database"));
        assert_eq!(read("mariadb://[::1]").as_deref(), Ok("mysql://[::1]:3306"));
        assert_eq!(read("mysql://a:1/").as_deref(), Ok("mysql://a:1"));
        assert_eq!(read("sqlite:a/b.db").as_deref(), Ok("sqlite:a/b.db"));
        assert_eq!(read("sqlite:///a.db").as_deref(), Ok("sqlite:/a.db"));
        for wrong in ["a", "oracle://a", "mysql://u:p@a", "mysql://a?x=1", "mysql://a:b", "mysql:///x", "sqlite:", "sqlite::memory:"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(Dialect::Postgres.quoted("shop.or\"ders"), r#""shop"."or""ders""#);
        assert_eq!(Dialect::MySql.quoted("a`b"), "`a``b`");
    }
}

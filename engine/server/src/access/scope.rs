//! What a token allows; each scope allows what those before it do.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_model::name_hint;

/// What a token allows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// To see components, campaigns and reports.
    Read,
    /// To start and stop campaigns.
    Run,
    /// To upload components.
    Upload,
    /// To delete them.
    Admin,
}

/// A name that no scope has.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no scope `{name}`{hint}")]
pub struct UnknownScope {
    /// As given.
    pub name: String,
    /// What was perhaps meant, from a semicolon on.
    pub hint: String,
}

impl Scope {
    /// From the least to the greatest.
    pub const ALL: [Self; 4] = [Self::Read, Self::Run, Self::Upload, Self::Admin];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Run => "run",
            Self::Upload => "upload",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(name: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.name() == name).ok_or_else(|| {
            let hint = name_hint(name, Self::ALL.map(Self::name)).map(|hint| format!("; {hint}")).unwrap_or_default();
            UnknownScope { name: name.to_owned(), hint }
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

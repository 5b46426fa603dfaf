//! The languages that there are templates for.

use std::fmt;

/// A language that scenarios are written in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Language {
    /// With the SDK, built by cargo.
    Rust,
    /// Bundled by esbuild, built by componentize-js.
    TypeScript,
    /// The same without types.
    JavaScript,
    /// Built by componentize-py.
    Python,
    /// Built by zig's C compiler.
    C,
    /// Built by the Go compiler, for WASI's first preview.
    Go,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Rust, Self::TypeScript, Self::JavaScript, Self::Python, Self::C, Self::Go];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::TypeScript => "ts",
            Self::JavaScript => "js",
            Self::Python => "python",
            Self::C => "c",
            Self::Go => "go",
        }
    }

    /// The file that shows that a folder is a project in it.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::TypeScript => "main.ts",
            Self::JavaScript => "main.js",
            Self::Python => "main.py",
            Self::C => "main.c",
            Self::Go => "main.go",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rust => "Rust",
            Self::TypeScript => "TypeScript",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::C => "C",
            Self::Go => "Go",
        })
    }
}

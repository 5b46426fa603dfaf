//! The arguments of `throng serve`, and of the compiler that it starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use throng_server::{Scope, UnknownScope};

use super::LimitArguments;
use super::campaign::tag;
use super::values::{age, duration, factor, size};

/// Keep an engine running that takes components in and runs campaigns over REST
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng serve
  throng serve --data /var/lib/throng --campaigns 2 --allow-target '*.lab.example' --allow-target shop.example:443

Then, in another terminal:
  throng push checkout.wasm
  throng campaigns start checkout.wasm --watch")]
pub(crate) struct ServeArguments {
    /// Where it listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7007")]
    pub(crate) bind: SocketAddr,

    /// Where everything is kept; made when it is not there
    #[arg(long, value_name = "FOLDER", default_value = "throng-data")]
    pub(crate) data: PathBuf,

    /// Campaigns that run at a time; others wait
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) campaigns: u16,

    /// Campaigns that wait, at most
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) queue: u32,

    /// How late a campaign may be started whose time came while the engine was away; later, that time is missed
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "15m")]
    pub(crate) start_late: Duration,

    /// Threads that run minions, of each campaign [default: one less than there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) workers: Option<u32>,

    /// What this engine is tagged with, such as `region=eu`: campaigns whose steps have that tag with another value are refused; again
    /// for more
    #[arg(long = "engine-tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) engine_tags: Vec<(String, String)>,

    /// Whom campaigns may talk to besides this machine: `HOST`, `HOST:PORT`, `*.DOMAIN`, `*`; again for more
    #[arg(long = "allow-target", value_name = "PATTERN")]
    pub(crate) allow_targets: Vec<String>,

    /// Clients need a token also where only this machine can reach the engine; elsewhere they always do
    #[arg(long)]
    pub(crate) require_token: bool,

    /// The engine's certificate, PEM, with those between it and what clients trust: HTTPS in place of HTTP
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Requests that a client may make a second; twice as many at once
    #[arg(long, value_name = "N", default_value_t = 100.0, value_parser = factor)]
    pub(crate) requests_per_second: f64,

    /// Uploads that a client may make a minute
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = factor)]
    pub(crate) uploads_per_minute: f64,

    /// Where file sources may read; nowhere when not given
    #[arg(long, value_name = "FOLDER")]
    pub(crate) files: Option<PathBuf>,

    /// Memory that compiling a component may take
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "2GiB")]
    pub(crate) compile_memory: u64,

    /// Processor time that compiling a component may take
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10m")]
    pub(crate) compile_time: Duration,

    /// Minions of a campaign, at most [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_minions: Option<u64>,

    /// Scenarios of a campaign, at most [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_scenarios: Option<u32>,

    /// The longest hard timeout that a campaign may have [default: any]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) max_duration: Option<Duration>,

    /// Components that are kept, at most [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_components: Option<u32>,

    /// How long campaigns that are over are kept, with their reports, such as `90d` [default: for good]
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) keep: Option<Duration>,

    /// How many campaigns that are over are kept: the latest [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) keep_campaigns: Option<u32>,

    /// How long components are kept that no campaign which is kept has used, such as `30d` [default: for good]
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) keep_components: Option<Duration>,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// Make, list and remove the tokens by which an engine knows its clients
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng tokens add ci --scope upload --expires 2160h
  throng tokens list
  throng tokens remove ci

A token allows what its scope says, and what the scopes before it do: read, run, upload, admin.")]
pub(crate) struct TokensArguments {
    #[command(subcommand)]
    pub(crate) command: TokensCommand,

    /// Where the engine keeps everything; it may run or not
    #[arg(long, global = true, value_name = "FOLDER", default_value = "throng-data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokensCommand {
    /// Make a token and print it: it is not shown again
    Add {
        /// Whose it is
        #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
        name: String,

        /// What it allows: read, run, upload, admin
        #[arg(long, value_parser = scope)]
        scope: Scope,

        /// How long it is good for, such as `720h`; for good when not given
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        expires: Option<Duration>,
    },
    /// List the tokens
    List,
    /// Make a token worthless, at once
    Remove {
        /// Whose it is
        name: String,
    },
}

fn scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|error: UnknownScope| error.to_string())
}

/// Compile a component into the cache, as a child of `throng serve`
#[derive(Debug, Args)]
pub(crate) struct CompileArguments {
    /// The component
    pub(crate) file: PathBuf,

    /// Where compiled components are kept
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cache: PathBuf,

    /// Memory that it may take, in bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) memory: u64,

    /// Processor time that it may take, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) seconds: u64,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

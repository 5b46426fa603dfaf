//! The arguments of `throng bench`.

use std::time::Duration;

use clap::Args;

use super::DisplayArguments;
use super::values::{duration, factor};

/// Measure an HTTP server with a plain GET, without any scenario
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng bench http://127.0.0.1:8080/ -c 50 -z 10s
  throng bench http://127.0.0.1:8080/ -q 1000 -z 10s --json")]
pub(crate) struct BenchArguments {
    /// What to request
    #[arg(value_name = "URL")]
    pub(crate) url: String,

    /// Connections
    #[arg(short, long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) connections: u32,

    /// Requests in all
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "duration")]
    pub(crate) requests: Option<u64>,

    /// How long, such as `10s`
    #[arg(short = 'z', long, value_name = "DURATION", value_parser = duration)]
    pub(crate) duration: Option<Duration>,

    /// Requests per second, started on schedule whatever the answers take; as fast as the connections can when not given
    #[arg(short = 'q', long, value_name = "PER_SECOND", value_parser = factor)]
    pub(crate) rate: Option<f64>,

    /// For one request
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    pub(crate) timeout: Duration,

    /// One JSON object on standard output instead of the summary
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) display: DisplayArguments,
}

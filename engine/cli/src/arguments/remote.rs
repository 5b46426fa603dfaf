//! The arguments of the commands that talk to an engine: `throng push` and `throng campaigns`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::setting;
use super::{LockArguments, ReportFile};

/// Which engine, and as whom.
#[derive(Clone, Debug, Args)]
pub(crate) struct RemoteArguments {
    /// The engine
    #[arg(long, value_name = "URL", env = "THRONG_SERVER", default_value = "http://127.0.0.1:7007")]
    pub(crate) server: String,

    /// What it knows you by
    #[arg(long, value_name = "TOKEN", env = "THRONG_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,

    /// A certificate to trust, PEM, in place of those of this machine
    #[arg(long, value_name = "FILE", env = "THRONG_CA")]
    pub(crate) ca: Option<PathBuf>,
}

/// Upload components, of scenarios or of step plugins, and scenario documents to an engine
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng push checkout.wasm
  throng push signature_check.wasm
  throng push checkout.wasm --version 1.4.0 --tag team=shop --server https://throng.example")]
pub(crate) struct PushArguments {
    /// Components (.wasm), of scenarios or of step plugins, and scenario documents (.json)
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// A name, in place of the first scenario's; a step plugin has its own
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// A version, which stays what it is: `NAME@VERSION` is this file from now on
    #[arg(long)]
    pub(crate) version: Option<String>,

    /// Carried by the component: `team=shop`
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) tags: Vec<(String, String)>,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// When an engine starts a campaign by itself
#[derive(Clone, Debug, Args)]
pub(crate) struct ScheduleArguments {
    /// Start it then: `2026-12-01T08:00`, of the time zone, or with an offset: `2026-12-01T08:00+01:00`
    #[arg(long, value_name = "TIME", conflicts_with = "cron")]
    pub(crate) at: Option<String>,

    /// Start it again and again, each time as a campaign of its own: minute, hour, day of the month, month, day of the week; `L` and `L-1`
    /// are the last days of a month
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) cron: Option<String>,

    /// Whose clocks show these times, such as `Europe/Vienna` [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
}

/// Start, schedule, watch, list and stop the campaigns of an engine
#[derive(Debug, Args)]
pub(crate) struct CampaignsArguments {
    #[command(subcommand)]
    pub(crate) command: CampaignsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CampaignsCommand {
    Start(StartArguments),
    Watch(WatchArguments),
    List(ListArguments),
    Change(ChangeArguments),
    Hold(HoldArguments),
    Resume(ResumeArguments),
    Speed(SpeedArguments),
    Abort(AbortArguments),
    Report(ReportArguments),
    Remove(RemoveArguments),
}

/// Remove campaigns that are over, with their reports
#[derive(Debug, Args)]
pub(crate) struct RemoveArguments {
    /// The campaigns' keys
    #[arg(required = true, value_name = "KEY")]
    pub(crate) keys: Vec<String>,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// Start a campaign; its files are uploaded first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng campaigns start campaign.toml
  throng campaigns start checkout.wasm -c shop=http://127.0.0.1:8080 --watch
  throng campaigns start checkout@1.4.0 --tag build=1234
  throng campaigns start checkout --at 2026-12-01T08:00 --time-zone Europe/Vienna
  throng campaigns start checkout --key nightly --cron '0 2 * * MON-FRI'
  throng campaigns start checkout --cron '0 2 L-1 * *' --time-zone Europe/Vienna")]
pub(crate) struct StartArguments {
    /// One campaign document (.toml, .json); or components, scenario documents, and names of what was uploaded
    #[arg(required = true, value_name = "FILE|NAME")]
    pub(crate) files: Vec<String>,

    /// A setting that the scenarios declare
    #[arg(short = 'c', long = "setting", value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,

    /// A step plugin that is meant before others: a file or a URL, which is uploaded first, or a name that the engine knows; again for more
    #[arg(long = "plugin", value_name = "FILE|URL|NAME")]
    pub(crate) plugins: Vec<String>,

    #[command(flatten)]
    pub(crate) lock: LockArguments,

    /// Carried by the report: `build=1234`
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) tags: Vec<(String, String)>,

    /// The campaign's key; made from scenario and time when not given
    #[arg(long)]
    pub(crate) key: Option<String>,

    #[command(flatten)]
    pub(crate) schedule: ScheduleArguments,

    /// Check only
    #[arg(long, conflicts_with = "watch")]
    pub(crate) dry_run: bool,

    /// Follow it to its end; the exit code is its verdict's
    #[arg(long, conflicts_with = "cron")]
    pub(crate) watch: bool,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// Follow a campaign to its end; the exit code is its verdict's
#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// The campaign's key
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// List campaigns, the latest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng campaigns list --filter state:running
  throng campaigns list --filter 'verdict:failed,checkout' --sort -minions --json")]
pub(crate) struct ListArguments {
    /// Words, and fields with patterns, all of which must fit: `checkout,state:ended`
    #[arg(long, default_value = "")]
    pub(crate) filter: String,

    /// Fields, with a `-` before those that go down: `state,-created`
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    pub(crate) sort: String,

    /// Which page
    #[arg(long, default_value_t = 1)]
    pub(crate) page: u32,

    /// Campaigns of a page
    #[arg(long, default_value_t = 20)]
    pub(crate) size: u32,

    /// The answer of the engine instead of a table
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// Change a campaign that waits for its time
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng campaigns change nightly --cron '30 3 * * *'
  throng campaigns change nightly -c shop=http://127.0.0.1:8080 --tag team=shop")]
pub(crate) struct ChangeArguments {
    /// The campaign's key
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) schedule: ScheduleArguments,

    /// Another value of a setting
    #[arg(short = 'c', long = "setting", value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,

    /// Another tag, or another value of one
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) tags: Vec<(String, String)>,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// Hold a campaign that goes on: nothing new starts, minions that are under way go on, and the plan waits until it is resumed
#[derive(Debug, Args)]
pub(crate) struct HoldArguments {
    /// The campaign's key
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// Let a campaign that is held go on with its plan where it stood
#[derive(Debug, Args)]
pub(crate) struct ResumeArguments {
    /// The campaign's key
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// Let the rest of a campaign's plan go by faster or slower
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng campaigns speed checkout-20261122-0141-nmq 2
  throng campaigns speed checkout-20261122-0141-nmq 1")]
pub(crate) struct SpeedArguments {
    /// The campaign's key
    pub(crate) key: String,

    /// From 0.001 to 999: 2 is twice as fast as planned, 1 as planned
    pub(crate) factor: f64,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// Stop a campaign: no new starts, running minions end; one that waits, and a schedule, is cancelled
#[derive(Debug, Args)]
pub(crate) struct AbortArguments {
    /// The campaign's key
    pub(crate) key: String,

    /// Cancel what runs
    #[arg(long)]
    pub(crate) hard: bool,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

/// Print the report of a campaign that is over, or write it to files
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng campaigns report checkout-20261122-0141-nmq
  throng campaigns report checkout-20261122-0141-nmq --report junit=report.xml,html=report.html")]
pub(crate) struct ReportArguments {
    /// The campaign's key
    pub(crate) key: String,

    /// Write it to files instead, such as `junit=FILE,html=FILE`; formats: junit, html, json, md, text
    #[arg(long, value_name = "FORMAT=FILE", value_parser = ReportFile::parse, value_delimiter = ',')]
    pub(crate) report: Vec<ReportFile>,

    #[command(flatten)]
    pub(crate) remote: RemoteArguments,
}

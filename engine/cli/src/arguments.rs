//! What can be said on the command line: types only, no logic.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use throng_campaign::overrides::{self, Named};
use throng_campaign::report::{ReportFormat, UnknownFormat};
use throng_guest::Limits;
use throng_model::{InFlightPolicy, MaxInFlight, Profile, name_hint};

/// A load- and system-test engine: proves what happened behind the 200.
///
/// Minions walk scenarios, which are WebAssembly components or plain JSON documents, and the run ends in a verdict.
#[derive(Debug, Parser)]
#[command(name = "throng", version, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 successful or warning, 1 failed, 2 bad usage or document, 3 aborted, 4 void, 5 the engine itself failed."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// No colour; the environment variable NO_COLOR does the same
    #[arg(long, global = true, display_order = 900)]
    pub(crate) no_color: bool,

    /// More of the log on standard error: -v decisions and guests' lines from `debug`, -vv everything
    #[arg(short, long, global = true, display_order = 901, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is made once")]
pub(crate) enum Command {
    Run(RunArguments),
    Bench(BenchArguments),
    Plan(PlanArguments),
    Inspect(InspectArguments),
    Validate(ValidateArguments),
    Schema(SchemaArguments),
    Compare(CompareArguments),
    /// Start the built-in HTTP server to try scenarios on, with its small shop
    #[command(after_help = "Examples:\n  throng target\n  throng target --port 0 --delay 20ms --delay-jitter 5ms --error-share 1%")]
    Target(throng_target::TargetOptions),
    Completions(CompletionsArguments),
}

/// Run the scenarios of components and documents, and judge them
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  throng run checkout.wasm
  throng run checkout.wasm -m 500 --profile 'regular(1s, 50)' -c shop=http://127.0.0.1:8080
  throng run smoke.json checkout.wasm --scenario 'check*' --timeout 5m
  throng run campaign.toml --minions-factor 0.1 --tag build=1234")]
pub(crate) struct RunArguments {
    /// Components (.wasm) and scenario documents (.json); or one campaign document (.toml, .json), against which the options here win
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) overrides: Overrides,

    #[command(flatten)]
    pub(crate) settings: SettingArguments,

    /// No new starts after this time, such as `5m`; running minions end
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,

    /// Everything is cancelled after this time; not shorter than `--timeout` [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) hard_timeout: Option<Duration>,

    /// Samples of this time from the start are kept apart [default: 0s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) warm_up: Option<Duration>,

    /// From everything ready to the first start [default: 1s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) start_offset: Option<Duration>,

    /// The campaign's name; made from scenario and time when not given
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) key: Option<String>,

    /// The label of where this engine runs; scenarios with zones must name it
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) zone: Option<String>,

    /// What must hold, such as `p99(response, step:order) < 250ms`; again for more
    #[arg(long = "rule", value_name = "RULE")]
    pub(crate) rules: Vec<String>,

    /// Carried by the report: `build=1234`
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<(String, String)>,

    /// Give every call of a guest a fresh instance: slow, but shows scenarios that lean on global variables
    #[arg(long)]
    pub(crate) fresh_instances: bool,

    /// Memory that the histograms may take at most, checked before any load [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) histogram_memory: Option<u64>,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    /// Write the report to files, such as `junit=FILE,html=FILE`; formats: junit, html, json, md, text
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report_file, value_delimiter = ',')]
    pub(crate) report: Vec<ReportFile>,

    #[command(flatten)]
    pub(crate) display: DisplayArguments,
}

/// What is changed against the document.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Overrides {
    /// Minions of every scenario, or of one: `500`, `checkout=500`
    #[arg(short, long, value_name = "N|NAME=N", value_parser = minions)]
    pub(crate) minions: Vec<Named<u64>>,

    /// Scale the minions, stages and rates of every scenario
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(crate) minions_factor: Option<f64>,

    /// When minions start, in place of the document's profile: `regular(1s, 50)`, `checkout=rate(100, 1m)`
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    pub(crate) profile: Vec<Named<Profile>>,

    /// Minions under way at a time, at most, of every scenario or of one; POLICY is `queue` (the default), `drop` or `stop`: `500`,
    /// `checkout=500:drop`
    #[arg(long, value_name = "N[:POLICY]|NAME=N[:POLICY]", value_parser = max_in_flight)]
    pub(crate) max_in_flight: Vec<Named<MaxInFlight>>,

    /// The campaign's speed factor, above 0 and up to 999 [default: 1]
    #[arg(long, value_name = "FACTOR", value_parser = speed)]
    pub(crate) speed: Option<f64>,

    /// Only scenarios whose name matches; `*` and `?` are wildcards
    #[arg(long, value_name = "PATTERN")]
    pub(crate) scenario: Vec<String>,

    /// Of all random draws; drawn from the clock when not given, and printed
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

impl Overrides {
    /// The changes, at the campaign's speed.
    pub(crate) fn at_speed(&self, speed: f64) -> overrides::Overrides {
        overrides::Overrides {
            minions: self.minions.clone(),
            minions_factor: self.minions_factor,
            profile: self.profile.clone(),
            max_in_flight: self.max_in_flight.clone(),
            speed,
            scenario: self.scenario.clone(),
        }
    }
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SettingArguments {
    /// A setting that the document declares
    #[arg(short = 'c', long = "setting", value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LimitArguments {
    /// What a component may use, such as `call-time=1s`, `memory=128MiB`, `log=1MiB`; others: component, describe-time, document,
    /// handles, effects-per-call, meters
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    limits: Vec<(String, String)>,
}

impl LimitArguments {
    /// The limits in force: the last value of a name holds.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in &self.limits {
            // Each has been checked by itself when it was read.
            let _ = limits.set(name, value);
        }
        limits
    }
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DisplayArguments {
    /// The live view: `auto` is on where standard error is a terminal, else a plain line every 5 s
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) live: Live,

    /// The summary at the end
    #[arg(long, value_name = "WHEN", default_value = "on")]
    pub(crate) summary: Switch,

    /// Threads that run minions; one less than there are cores when not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) workers: Option<u32>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Live {
    Auto,
    On,
    Off,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

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

/// Print the starting lines that a run would follow, without running
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  throng plan checkout.wasm --speed 2 --json\n  throng plan campaign.toml")]
pub(crate) struct PlanArguments {
    /// A component, a scenario document, or a campaign document
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) overrides: Overrides,

    #[command(flatten)]
    pub(crate) settings: SettingArguments,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    /// `[{"count": n, "offset_ms": n}, …]`; with several scenarios an object of such lists by name
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show a file's scenarios: steps, edges, settings, targets, imports
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  throng inspect checkout.wasm --format mermaid")]
pub(crate) struct InspectArguments {
    /// A component or document
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    /// As what
    #[arg(long, default_value = "text")]
    pub(crate) format: InspectFormat,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// A flow chart
    Mermaid,
}

/// Check a file without running it; all faults are listed at once
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  throng validate smoke.json checkout.wasm campaign.toml")]
pub(crate) struct ValidateArguments {
    /// Components, scenario documents and campaign documents
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}

/// Print a JSON schema
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  throng schema scenario > scenario.schema.json")]
pub(crate) struct SchemaArguments {
    /// Of what
    pub(crate) document: SchemaKind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// The scenario document
    Scenario,
    /// The campaign document
    Campaign,
    /// The JSON report
    Report,
}

/// Compare two JSON reports: what has become better or worse, and how sure that is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng compare before.json after.json
  throng compare before.json after.json --fail-above 5% --md comparison.md

The exit code is 1 when a figure is significantly worse by more than is tolerated.")]
pub(crate) struct CompareArguments {
    /// What to compare with, from `--report json=FILE`
    #[arg(value_name = "A.json")]
    pub(crate) before: PathBuf,

    /// What to compare
    #[arg(value_name = "B.json")]
    pub(crate) after: PathBuf,

    /// How much worse a figure may be
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "10%")]
    pub(crate) fail_above: f64,

    /// Write the comparison to a file, as Markdown
    #[arg(long, value_name = "FILE")]
    pub(crate) md: Option<PathBuf>,
}

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  throng completions bash > /etc/bash_completion.d/throng")]
pub(crate) struct CompletionsArguments {
    /// Which shell
    pub(crate) shell: clap_complete::Shell,
}

/// A report file and its format.
#[derive(Clone, Debug)]
pub(crate) struct ReportFile {
    pub(crate) format: ReportFormat,
    pub(crate) path: PathBuf,
}

fn size(text: &str) -> Result<u64, String> {
    throng_plugin_api::parse_size(&text.into())
}

fn duration(text: &str) -> Result<Duration, String> {
    throng_model::parse_duration(text).map_err(|error| error.to_string())
}

fn factor(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if number.is_finite() && number > 0.0 { Ok(number) } else { Err("must be above 0".to_owned()) }
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').ok_or("write it as a percentage, such as `10%`")?;
    let percentage: f64 = number.trim().parse().map_err(|_| format!("`{number}` is not a number"))?;
    if percentage.is_finite() && percentage >= 0.0 { Ok(percentage / 100.0) } else { Err("must not be below 0 %".to_owned()) }
}

fn speed(text: &str) -> Result<f64, String> {
    factor(text).and_then(|speed| if speed <= 999.0 { Ok(speed) } else { Err("must be 999 at most".to_owned()) })
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn limit(text: &str) -> Result<(String, String), String> {
    let (name, value) = setting(text).map_err(|_| "write it as NAME=VALUE".to_owned())?;
    Limits::default().set(&name, &value).map_err(|error| error.to_string())?;
    Ok((name, value))
}

fn tag(text: &str) -> Result<(String, String), String> {
    setting(text).ok().filter(|(key, _)| !key.is_empty()).ok_or_else(|| "write it as KEY=VALUE".to_owned())
}

/// `VALUE` for all scenarios, `NAME=VALUE` for one.
fn named(text: &str) -> (Option<String>, &str) {
    match text.split_once('=') {
        Some((name, value)) => (Some(name.to_owned()), value),
        None => (None, text),
    }
}

fn minions(text: &str) -> Result<Named<u64>, String> {
    let (scenario, number) = named(text);
    let value: u64 = whole(number)?;
    if value == 0 || value > u64::from(u32::MAX) {
        return Err(format!("must be from 1 to {}", u32::MAX));
    }
    Ok(Named { scenario, value })
}

fn max_in_flight(text: &str) -> Result<Named<MaxInFlight>, String> {
    let (scenario, cap) = named(text);
    let (limit, policy) = cap.split_once(':').map_or((cap, None), |(limit, policy)| (limit, Some(policy)));
    let limit = whole(limit)?;
    if limit == 0 {
        return Err("a limit of 0 lets nobody start; write at least 1".to_owned());
    }
    let policy = match policy {
        None | Some("queue") => InFlightPolicy::Queue,
        Some("drop") => InFlightPolicy::Drop,
        Some("stop") => InFlightPolicy::Stop,
        Some(other) => {
            let hint = name_hint(other, ["queue", "drop", "stop"]).unwrap_or_default();
            return Err(format!("there is no policy `{other}`; {hint}"));
        }
    };
    Ok(Named { scenario, value: MaxInFlight { limit, policy } })
}

fn whole(number: &str) -> Result<u64, String> {
    number.replace('_', "").parse().map_err(|_| format!("`{number}` is not a whole number"))
}

fn profile(text: &str) -> Result<Named<Profile>, String> {
    let named = text.split_once('=').filter(|(name, _)| !name.contains('('));
    let (scenario, written) = match named {
        Some((name, written)) => (Some(name.to_owned()), written),
        None => (None, text),
    };
    let value = written.parse().map_err(|error: throng_model::ProfileError| error.to_string())?;
    Ok(Named { scenario, value })
}

fn report_file(text: &str) -> Result<ReportFile, String> {
    match text.split_once('=') {
        Some((format, path)) if !path.is_empty() => {
            let format = format.parse().map_err(|error: UnknownFormat| error.to_string())?;
            Ok(ReportFile { format, path: path.into() })
        }
        _ => Err("write it as `FORMAT=FILE`, such as `json=FILE`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn minions_are_for_all_or_for_one() {
        assert!(minions("0").is_err() && minions("x=").is_err() && minions("9999999999").is_err());
        let one = minions("checkout=1_000").expect("valid");
        assert_eq!((one.scenario.as_deref(), one.value), (Some("checkout"), 1000));
    }

    #[test]
    fn a_cap_has_a_limit_and_a_policy() {
        let check = |text: &str, scenario: Option<&str>, limit, policy| {
            let cap = max_in_flight(text).expect(text);
            assert_eq!((cap.scenario.as_deref(), cap.value), (scenario, MaxInFlight { limit, policy }), "{text}");
        };
        check("500", None, 500, InFlightPolicy::Queue);
        check("1_000:stop", None, 1000, InFlightPolicy::Stop);
        check("checkout=5:drop", Some("checkout"), 5, InFlightPolicy::Drop);
        let refused = ["0", "five", "5:dorp", "checkout=", "5:"].map(|text| max_in_flight(text).expect_err(text));
        insta::assert_snapshot!(refused.join("\n"), @"
        a limit of 0 lets nobody start; write at least 1
        `five` is not a whole number
        there is no policy `dorp`; did you mean `drop`?
        `` is not a whole number
        there is no policy ``; possible: `queue`, `drop`, `stop`
        ");
    }

    #[test]
    fn tags_have_a_key_and_a_value() {
        assert_eq!(tag("build=1=2"), Ok(("build".into(), "1=2".into())));
        assert_eq!(tag("build="), Ok(("build".into(), String::new())));
        assert!(tag("build").is_err() && tag("=1").is_err());
    }
}

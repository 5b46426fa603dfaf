//! `cargo xtask bench`: how fast throng is, each figure beside a bar and, where there is one, beside a peer on the same machine.

mod calls;
mod cold;
mod cost;
mod flat;
mod lab;
mod memory;
mod peers;
mod places;
mod plugins;
mod requests;
mod row;
mod starts;
pub(crate) mod steps;
mod time;
mod workers;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::bench::lab::Lab;
use crate::bench::row::{Row, table};
use crate::guests::TEST_GUESTS;
use crate::phase::phase;
use crate::process::{read, run};
use crate::project::{built_program, cargo};
use crate::servers;
use crate::toolchain::{self, Source};

/// What is measured, and how often.
#[derive(Args, Debug)]
pub(crate) struct BenchArguments {
    /// What to measure; everything when nothing is named.
    #[arg(value_enum)]
    groups: Vec<Group>,
    /// Of each figure, in turn with what it is compared with; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// The profile to build with: `dist` is what is handed out, `release` links in a fraction of the time, `dev` is for trying out.
    #[arg(long, default_value = "dist", value_parser = ["dist", "release", "dev"])]
    profile: String,
    /// A few operations of `plugins` only, to see that it works: no bar is looked at.
    #[arg(long)]
    quick: bool,
}

/// Figures that are measured together.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Group {
    /// Requests per CPU-second beside oha and wrk.
    Requests,
    /// Calls of a guest.
    Calls,
    /// Steps without I/O.
    Chains,
    /// Memory of minions that wait.
    Minions,
    /// Memory of open connections.
    Connections,
    /// Recording all meters of a step.
    Meters,
    /// Joins per CPU-second.
    Joins,
    /// How late minions start.
    Starts,
    /// 5 000 starts a second for a minute.
    Minute,
    /// A target that freezes for a second.
    Freeze,
    /// Two workers against one.
    Workers,
    /// From the start of the process to the first request.
    Cold,
    /// Whether costs stay flat as the number of minions grows.
    Crowds,
    /// Whether costs stay flat for five minutes.
    Minutes,
    /// Plugins beside bare loops with their libraries, against real servers.
    Plugins,
}

impl Group {
    fn measure(self, lab: &Lab) -> Result<Vec<Row>> {
        match self {
            Self::Requests => requests::measure(lab),
            Self::Calls => calls::measure_calls(lab),
            Self::Chains => steps::measure_chains(lab),
            Self::Minions => memory::measure_minions(lab),
            Self::Connections => memory::measure_connections(lab),
            Self::Meters => calls::measure_meters(lab),
            Self::Joins => steps::measure_joins(lab),
            Self::Starts => starts::measure(lab),
            Self::Minute => time::starts(lab),
            Self::Freeze => time::freeze(lab),
            Self::Workers => workers::measure(lab),
            Self::Cold => cold::measure(lab),
            Self::Crowds => flat::measure_crowds(lab),
            Self::Minutes => flat::measure_minutes(lab),
            Self::Plugins => plugins::measure(lab),
        }
    }

    fn title(self) -> String {
        self.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }
}

/// Measures and writes it down; an error when a figure misses what is promised.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<()> {
    let groups = if arguments.groups.is_empty() { Group::value_variants() } else { &arguments.groups };
    if groups.iter().any(|group| *group != Group::Plugins) {
        phase("guest toolchain", || toolchain::set_up(&toolchain::ALL_TARGETS, Source::Auto))?;
        phase("test guests", || TEST_GUESTS.build())?;
    }
    phase("the programs, optimised", || {
        let mut build = cargo(["build", "--profile", &arguments.profile]);
        match arguments.profile.as_str() {
            // With a test among them, everything has the features that the tests have, and nothing is compiled a second time.
            "dev" => build.args(["--workspace", "--bin", "throng", "--bin", "throng-bench", "--test", "compliance"]),
            _ => build.args(["--package", "throng-cli", "--package", "throng-bench"]),
        };
        if groups.contains(&Group::Plugins) {
            build.args(["--features", "throng-bench/plugins", "--bin", "throng-bench-plugins", "--bin", "throng", "--bin", "throng-bench"]);
        }
        run(&mut build)
    })?;
    if groups.contains(&Group::Plugins) {
        phase("servers of the plugins", servers::set_up)?;
    }
    let built = if arguments.profile == "dev" { "debug" } else { &arguments.profile };
    let throng = built_program("throng", built)?;
    let target = throng.ancestors().nth(2).context("the program is not in a target folder")?;
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let (loops, plugin_loops) = (built_program("throng-bench", built)?, built_program("throng-bench-plugins", built)?);
    let lab = Lab { throng, loops, plugin_loops, folder, rounds: arguments.rounds.max(1), is_quick: arguments.quick };
    let mut rows = Vec::new();
    for group in groups {
        rows.extend(phase(&group.title(), || group.measure(&lab))?);
    }
    let table = table(&rows);
    let report = lab.folder.join("report.md");
    write(&report, &format!("{}\n{table}", heading(&lab, &arguments.profile)))?;
    println!("{table}\nwritten to {}", report.display());
    let missed: Vec<&str> = rows.iter().filter(|row| !row.is_kept()).map(|row| row.what.as_str()).collect();
    if missed.is_empty() || arguments.quick { Ok(()) } else { bail!("not kept: {}", missed.join("; ")) }
}

/// Machine and method.
fn heading(lab: &Lab, profile: &str) -> String {
    let say = |program: &str, arguments: &[&str]| read(std::process::Command::new(program).args(arguments)).unwrap_or_default();
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("").trim_start_matches([' ', '\t', ':']).to_owned();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!(
        "# Measured\n\n{cores} cores ({model}), {}, {}, commit {}, profile `{profile}`; medians of {} rounds, in turn with what they are compared with.\n",
        say("uname", &["-sr"]),
        say("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        say("git", &["rev-parse", "--short", "HEAD"]),
        lab.rounds,
    )
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("`{}` cannot be written", file.display()))
}

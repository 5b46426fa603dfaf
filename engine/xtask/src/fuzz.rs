//! `cargo xtask fuzz`: inputs that nobody has thought of, for what reads documents, campaigns and components.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::cargo_tool::install_where_missing;
use crate::guests::{EXAMPLES, TEST_GUESTS, build_all};
use crate::phase::{phase, readable};
use crate::process::run;
use crate::project::{cargo, root};
use crate::soak::duration;

/// What fuzzing can be told.
#[derive(Args)]
pub(crate) struct FuzzArguments {
    /// What to fuzz; everything when none is named
    #[arg(value_enum)]
    targets: Vec<FuzzTarget>,

    /// How long each, such as `60s` or `10m`
    #[arg(long = "for", value_name = "DURATION", default_value = "60s", value_parser = duration)]
    length: Duration,
}

/// What reads bytes from outside; a program of this name in `fuzz/targets`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FuzzTarget {
    /// Scenario documents
    Documents,
    /// Campaign documents
    Campaigns,
    /// Uploaded components
    Components,
}

impl FuzzTarget {
    fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Campaigns => "campaigns",
            Self::Components => "components",
        }
    }

    /// The greatest input, in bytes: above, the reader's own limit is all that is tried.
    fn longest(self) -> u32 {
        match self {
            Self::Documents | Self::Campaigns => 64 << 10,
            Self::Components => 1 << 20,
        }
    }
}

/// Fuzzes each target for a while; the first input that harms one is left in `fuzz/artifacts`, and is the error.
pub(crate) fn fuzz(arguments: &FuzzArguments) -> Result<()> {
    install_where_missing("fuzz")?;
    let chosen = if arguments.targets.is_empty() { FuzzTarget::value_variants() } else { &arguments.targets };
    for target in chosen {
        let (seeds, corpus) = (folder("seeds", *target)?, folder("corpus", *target)?);
        sow(*target, &seeds)?;
        phase(&format!("{} for {}", target.name(), readable(arguments.length)), || {
            // The engine has next to no unsafe code of its own: coverage without a sanitizer, which needs no nightly compiler either.
            let mut command = cargo(["fuzz", "run", "--sanitizer", "none", "--target-dir", "target/fuzz"]);
            if let FuzzTarget::Components = target {
                command.args(["--features", "components"]);
            }
            command.arg(target.name());
            command.arg(&corpus).arg(&seeds).arg("--");
            command.arg(format!("-max_total_time={}", arguments.length.as_secs())).arg(format!("-max_len={}", target.longest()));
            // The largest guest takes two seconds to compile with coverage, and ten times as long where others want the processors.
            run(command.args(["-rss_limit_mb=4096", "-timeout=90", "-report_slow_units=45", "-print_final_stats=1"]))
        })?;
    }
    Ok(())
}

fn folder(what: &str, target: FuzzTarget) -> Result<PathBuf> {
    let folder = root().join("target").join("fuzz").join(what).join(target.name());
    std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    Ok(folder)
}

/// Lays real inputs down to begin with: the documentation's examples, or the guests.
fn sow(target: FuzzTarget, seeds: &Path) -> Result<()> {
    let write = |name: String, bytes: &[u8]| {
        let file = seeds.join(name);
        std::fs::write(&file, bytes).with_context(|| format!("`{}` cannot be written", file.display()))
    };
    if let FuzzTarget::Components = target {
        build_all()?;
        for (number, file) in [TEST_GUESTS, EXAMPLES].into_iter().flat_map(|guests| guests.built()).enumerate() {
            write(format!("guest-{number}"), &std::fs::read(file)?)?;
        }
        return Ok(());
    }
    for page in std::fs::read_dir(root().join("docs"))? {
        let page = page?.path();
        let name = page.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if page.extension().is_some_and(|extension| extension == "md") {
            for (number, example) in examples(&std::fs::read_to_string(&page)?).into_iter().enumerate() {
                write(format!("{name}-{number}"), example.as_bytes())?;
            }
        }
    }
    Ok(())
}

/// What stands between fences of JSON and TOML.
fn examples(page: &str) -> Vec<&str> {
    let of = |language: &str| page.split(language).skip(1).filter_map(|rest| rest.split("```").next()).collect::<Vec<_>>();
    [of("```json\n"), of("```toml\n")].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_what_stands_between_fences() {
        let page = "a\n```json\n{}\n```\nb\n```sh\nls\n```\n```toml\nx = 1\n```\n";
        assert_eq!(examples(page), ["{}\n", "x = 1\n"]);
    }
}

//! The arguments of `throng compare`.

use std::path::PathBuf;

use clap::Args;

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

fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').ok_or("write it as a percentage, such as `10%`")?;
    let percentage: f64 = number.trim().parse().map_err(|_| format!("`{number}` is not a number"))?;
    if percentage.is_finite() && percentage >= 0.0 { Ok(percentage / 100.0) } else { Err("must not be below 0 %".to_owned()) }
}

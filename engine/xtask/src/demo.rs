//! `cargo xtask demo`: a thousand minions order in the built-in shop, and every order must be shipped.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::guests::EXAMPLES;
use crate::native;
use crate::phase::phase;
use crate::process::{repeatable, run};
use crate::project::{cargo, release_program};
use crate::target::Target;
use crate::toolchain::{self, COMPONENT_TARGET, Source};

/// Options of the shop, each with a value.
const KNOBS: [&str; 5] = ["--lose", "--double", "--delay", "--ship-delay", "--ship-delay-jitter"];

/// Builds what the demo needs, starts the target, runs the scenario, and answers with `throng`'s own exit code.
pub(crate) fn demo(arguments: &[String]) -> Result<ExitCode> {
    phase("guest toolchain", || toolchain::set_up(&[COMPONENT_TARGET], Source::Auto))?;
    phase("example guests", || EXAMPLES.build())?;
    phase("compilers of libraries", native::set_up)?;
    phase("the program `throng`, optimised", || run(&mut cargo(["build", "--release", "--package", "throng-cli"])))?;

    let throng = release_program("throng")?;
    let (knobs, arguments) = knobs(arguments)?;
    let target = Target::start(&throng, &knobs)?;
    let mut campaign = Command::new(&throng);
    campaign.arg("run").arg(EXAMPLES.component("shipped_orders"));
    campaign.arg("-c").arg(format!("shop={}", target.url));
    campaign.args(["--profile", "rate(50, 20s)"]).args(arguments);
    let line = repeatable(&campaign);
    eprintln!("==> a thousand minions, fifty a second, against {}\n    $ {line}\n", target.url);
    let status = campaign.status().with_context(|| format!("`throng` could not be started: {line}"))?;
    match status.code() {
        Some(code) => Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)),
        None => bail!("`throng run` was ended by a signal ({status})"),
    }
}

/// The shop's own options, such as `--lose 1%`, apart from those of `throng run`.
fn knobs(arguments: &[String]) -> Result<(Vec<&str>, Vec<&str>)> {
    let (mut knobs, mut others) = (Vec::new(), Vec::new());
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        let name = argument.split('=').next().unwrap_or_default();
        if !KNOBS.contains(&name) {
            others.push(argument);
            continue;
        }
        knobs.push(argument);
        if !argument.contains('=') {
            knobs.push(arguments.next().with_context(|| format!("`{argument}` needs a value, such as `{argument} 1%`"))?);
        }
    }
    Ok((knobs, others))
}

#[cfg(test)]
mod tests {
    #[test]
    fn knobs_of_the_shop_are_told_from_options_of_the_run() {
        let arguments = ["--lose", "1%", "-m", "5", "--double=2%"].map(str::to_owned);
        let (knobs, others) = super::knobs(&arguments).expect("complete");
        assert_eq!((knobs, others), (vec!["--lose", "1%", "--double=2%"], vec!["-m", "5"]));
        assert!(super::knobs(&["--lose".to_owned()]).is_err());
    }
}

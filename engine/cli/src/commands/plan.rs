//! `throng plan`: the starting lines that a profile makes, without starting anything.

use std::io::Write;

use anyhow::{Context, bail};
use throng_model::{Catalog, Profile, StartingLine};

/// What is planned, and how it is shown.
#[derive(Clone, Debug)]
pub(crate) struct PlanArguments {
    /// Which scenario of the document; may be left out where there is one.
    pub(crate) scenario: Option<String>,
    /// Instead of the scenario's.
    pub(crate) profile: Option<String>,
    /// Instead of the scenario's.
    pub(crate) minions: Option<u64>,
    /// Above 0, at most 999.
    pub(crate) speed: f64,
    /// For `poisson`.
    pub(crate) seed: u64,
    /// One JSON array instead of a table.
    pub(crate) json: bool,
}

impl Default for PlanArguments {
    fn default() -> Self {
        Self { scenario: None, profile: None, minions: None, speed: 1.0, seed: 0, json: false }
    }
}

/// Prints the plan of a document's scenario.
///
/// # Errors
/// The document is wrong, or has several scenarios and none is named, or the profile cannot be planned.
pub(crate) fn plan_scenario(document: &str, catalog: &dyn Catalog, arguments: &PlanArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let scenarios = super::read(document, catalog)?;
    let scenario = match super::choose(&scenarios, arguments.scenario.as_deref())?.as_slice() {
        [scenario] => *scenario,
        several => {
            let names: Vec<_> = several.iter().map(|scenario| format!("`{}`", scenario.name)).collect();
            bail!("the document has several scenarios: {}; name one by `--scenario`", names.join(", "));
        }
    };
    let given = arguments.profile.as_deref().map(str::parse::<Profile>).transpose()?;
    plan(given.as_ref().unwrap_or(&scenario.profile), scenario.minions, arguments, out)
}

/// Prints the plan of a profile alone.
///
/// # Errors
/// There is no profile, or it cannot be planned.
pub(crate) fn plan_profile(arguments: &PlanArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let profile = arguments.profile.as_deref().context("give a document, or `--profile` like `--profile 'regular(1s, 50)'`")?;
    plan(&profile.parse()?, 1, arguments, out)
}

fn plan(profile: &Profile, minions: u64, arguments: &PlanArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    if let (Some(_), Some(fixed)) = (arguments.minions, profile.fixed_minions(arguments.speed)) {
        bail!("the profile `{profile}` itself fixes the number of minions at {fixed}; use `--minions-factor` instead of `-m`");
    }
    let mut user = |_| Err("a plan runs no component, so it cannot ask the callback of a `user` profile".to_owned());
    let lines = profile.lines(arguments.minions.unwrap_or(minions), arguments.speed, arguments.seed, &mut user)?;
    if arguments.json {
        write!(out, "[")?;
        for (number, line) in lines.enumerate() {
            let line = line?;
            let separator = if number == 0 { "" } else { "," };
            write!(out, "{separator}{{\"count\":{},\"offset_ms\":{}}}", line.count, milliseconds(line))?;
        }
        writeln!(out, "]")?;
        return Ok(());
    }
    writeln!(out, "{:>8}  {:>16}  {:>10}  {:>10}", "line", "offset in ms", "count", "started")?;
    let mut started = 0;
    for (number, line) in lines.enumerate() {
        let line = line?;
        started += line.count;
        writeln!(out, "{:>8}  {:>16}  {:>10}  {started:>10}", number + 1, milliseconds(line), line.count)?;
    }
    Ok(())
}

/// Nanoseconds as exact decimal milliseconds.
fn milliseconds(line: StartingLine) -> String {
    let (whole, rest) = (line.offset / 1_000_000, line.offset % 1_000_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:06}").trim_end_matches('0').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DOCUMENT, NoPlugins};
    use super::*;

    fn printed(arguments: PlanArguments) -> Result<String, String> {
        let mut out = Vec::new();
        plan_scenario(DOCUMENT, &NoPlugins, &arguments, &mut out).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).expect("text"))
    }

    fn walk() -> PlanArguments {
        PlanArguments { scenario: Some("walk".to_owned()), ..PlanArguments::default() }
    }

    #[test]
    fn json_has_exact_fractions() {
        let json = r#"[{"count":2,"offset_ms":0},{"count":2,"offset_ms":1.5},{"count":1,"offset_ms":3}]"#;
        assert_eq!(printed(PlanArguments { json: true, ..walk() }), Ok(format!("{json}\n")));
        let json = r#"[{"count":2,"offset_ms":0},{"count":1,"offset_ms":0.75}]"#;
        assert_eq!(printed(PlanArguments { json: true, speed: 2.0, minions: Some(3), ..walk() }), Ok(format!("{json}\n")));
    }

    #[test]
    fn table_adds_up() {
        let table = "    line      offset in ms       count     started\n       1                 0           4           4\n       2             0.5           1           5\n";
        let profile = Some("regular(500us, 4)".to_owned());
        let lines = |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
        assert_eq!(lines(&printed(PlanArguments { profile, ..walk() }).expect("a plan")), lines(table));
    }

    #[test]
    fn refusals() {
        let refused = |arguments| printed(arguments).expect_err("refused");
        assert_eq!(refused(PlanArguments::default()), "the document has several scenarios: `walk`, `run`; name one by `--scenario`");
        assert_eq!(
            refused(PlanArguments { scenario: Some("wlak".to_owned()), ..PlanArguments::default() }),
            "there is no scenario `wlak`; did you mean `walk`?"
        );
        assert_eq!(
            refused(PlanArguments { scenario: Some("run".to_owned()), minions: Some(9), ..PlanArguments::default() }),
            "the profile `rate(2, 1s)` itself fixes the number of minions at 2; use `--minions-factor` instead of `-m`"
        );
        assert_eq!(refused(PlanArguments { speed: 0.0, ..walk() }), "the speed factor is 0; it must be above 0 and at most 999");
        let error = plan_profile(&PlanArguments::default(), &mut Vec::new()).expect_err("no profile");
        assert!(error.to_string().starts_with("give a document, or `--profile`"), "{error}");
    }
}

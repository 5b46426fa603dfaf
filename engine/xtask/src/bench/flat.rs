//! Bar 13: the cost of a request, whatever the number of minions, and however long it goes on.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use crate::bench::cost::{cost, median, processor_seconds};
use crate::bench::lab::Lab;
use crate::bench::peers::{self, wrk_requests};
use crate::bench::places::{Place, Whose};
use crate::bench::row::{Bar, Row, number};
use crate::process::{Owned, repeatable};
use crate::target::Target;

/// Minions, and the requests that they make in all in a shorter and a longer run. The difference counts, so that it is requests that are
/// compared: the start of the program and of the minions, and the opening of connections, are in both.
const CROWDS: [(u32, [u32; 2]); 3] = [(10, [100_000, 500_000]), (1_000, [100_000, 500_000]), (100_000, [1_000_000, 1_800_000])];

/// That they share at most.
const CONNECTIONS: u32 = 1_000;

/// Of each of the laboratory's rounds: differences swing more than what they are differences of.
const TURNS: usize = 3;

/// Minutes of the long run, the last of which is compared with a first one.
const MINUTES: u32 = 5;

/// Few minions against many, each beside wrk with as many connections: a socket among a thousand costs the system more than one among ten,
/// whoever reads it.
pub(crate) fn measure_crowds(lab: &Lab) -> Result<Vec<Row>> {
    let wrk = peers::wrk();
    let target = on_its_own_processor(lab)?;
    let _place = Place::of(Whose::Client);
    let mut costs = CROWDS.map(|_| (Vec::new(), Vec::new()));
    for _ in 0..lab.rounds * TURNS {
        for ((minions, [shorter, longer]), (costs, of_wrk)) in CROWDS.into_iter().zip(&mut costs) {
            let connections = minions.min(CONNECTIONS);
            let ran = |requests: u32| -> Result<(f64, f64)> {
                let file = lab.document("flat", scenario(&target, connections, &json!({ "total": requests })), &[&target.url])?;
                let run = lab.run(&file, &["--profile", "immediate", "--minions", &minions.to_string()])?;
                Ok((run.cost.cpu, run.successes("request")?))
            };
            let ((less, fewer), (more, all)) = (ran(shorter)?, ran(longer)?);
            costs.push((more - less) * 1e6 / (all - fewer));
            if let Some(wrk) = &wrk {
                of_wrk.push(cost_of_wrk(wrk, connections, &format!("{}/", target.url))?);
            }
        }
    }
    let costs = costs.map(|(costs, of_wrk)| (median(costs), if of_wrk.is_empty() { 1.0 } else { median(of_wrk) }));
    let beside = wrk.is_some();
    let whose = |minions: u32, of_wrk: f64| match beside {
        true => format!("{minions} minions (wrk {} µs)", number(of_wrk)),
        false => format!("{minions} minions"),
    };
    let told: Vec<_> = CROWDS.iter().zip(&costs).map(|((minions, _), (cost, of_wrk))| (whose(*minions, *of_wrk), *cost)).collect();
    let divided = costs.map(|(cost, of_wrk)| cost / of_wrk);
    let crowds = "10, 1 000 and 100 000 minions over at most 1 000 shared connections";
    let undivided = row("", &format!("dearest ÷ cheapest request of {crowds}, for information"), &told);
    let dearer = "how much dearer a request is where there are more minions";
    let shares = divided.map(|share| format!("{share:.2}")).join(", ");
    let (what, detail) = match beside {
        true => (format!("{dearer}, each ÷ wrk's over as many connections"), format!("{shares} of wrk's")),
        false => (format!("{dearer}; there is no wrk to divide by"), undivided.detail.clone()),
    };
    Ok(vec![Row { must: None, ..undivided }, Row { figure: growth(&divided), detail, ..row("13a", &what, &[]) }])
}

/// The target, on a processor where no client is.
fn on_its_own_processor(lab: &Lab) -> Result<Target> {
    let _place = Place::of(Whose::Server);
    Target::start(&lab.throng, &[])
}

/// Microseconds of processor time that a request costs wrk. It takes a time and no number, and its start is next to nothing.
fn cost_of_wrk(wrk: &Path, connections: u32, url: &str) -> Result<f64> {
    let ran = cost(Command::new(wrk).args(["-t", "1", "-c", &connections.to_string(), "-d", "3s", url]))?;
    Ok(ran.cpu * 1e6 / wrk_requests(&ran.output)?)
}

/// The fifth minute of one campaign against the first of another, in the same minute of the machine, which is not as fast in every one.
pub(crate) fn measure_minutes(lab: &Lab) -> Result<Vec<Row>> {
    let target = on_its_own_processor(lab)?;
    let _place = Place::of(Whose::Client);
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..lab.rounds {
        let (of_young, of_old) = watch_both(lab, &target)?;
        first.push(of_young);
        last.push(of_old);
    }
    let compared = [("minute 1".to_owned(), median(first)), (format!("minute {MINUTES}"), median(last))];
    Ok(vec![row("13b", "dearer ÷ cheaper request, of the first and the fifth minute of two campaigns, side by side", &compared)])
}

/// Microseconds of processor time that a request costs a campaign in its first minute, and one in its last; of fifty minions each.
#[expect(clippy::disallowed_methods, reason = "another process is watched, on real time")]
fn watch_both(lab: &Lab, target: &Target) -> Result<(f64, f64)> {
    let lasting = |name: &str, seconds: u32| {
        let iterate = json!({ "for": format!("{seconds}s") });
        lab.document(name, scenario(target, 50, &iterate), &[&target.url])
    };
    let crowd = ["--profile", "immediate", "--minions", "50"];
    let mut command = Command::new(&lab.throng);
    command.arg("run").arg(lasting("old", MINUTES * 60)?).args(["--live", "off", "--summary", "off", "--start-offset", "0s"]);
    command.args(["--workers", "1"]).args(crowd).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let line = repeatable(&command);
    let mut old = Owned(command.spawn().with_context(|| format!("it could not be started: {line}"))?);
    std::thread::sleep(Duration::from_secs(u64::from(MINUTES - 1) * 60));
    let look = || -> Result<(f64, u64)> { Ok((processor_seconds(old.0.id())?, target.counted("/requests")?)) };
    let (cpu_before, requests_before) = look()?;
    // A little less than a minute: behind the end of the old one there is nothing to look at.
    let young = lab.run(&lasting("young", 55)?, &crowd)?;
    let (cpu_after, requests_after) = look()?;
    old.0.wait()?;
    let of_young = young.successes("request")?;
    let of_old = requests_after.saturating_sub(requests_before) as f64 - of_young;
    Ok((young.cost.cpu * 1e6 / of_young, (cpu_after - cpu_before) * 1e6 / of_old))
}

/// One request after another, over a pool of so many connections.
fn scenario(target: &Target, connections: u32, iterate: &Json) -> Json {
    let http = json!({ "url": target.url, "request": { "path": "/" }, "connection": { "pool": { "size": connections } } });
    json!({ "steps": [{ "name": "request", "start": true, "iterate": iterate, "timeout": "60s", "http": http }] })
}

/// The dearest against the cheapest.
fn row(at: &'static str, what: &str, costs: &[(String, f64)]) -> Row {
    let detail: Vec<String> = costs.iter().map(|(whose, cost)| format!("{whose}: {} µs", number(*cost))).collect();
    let figures: Vec<f64> = costs.iter().map(|(_, cost)| *cost).collect();
    Row {
        number: at,
        what: what.to_owned(),
        figure: spread(&figures),
        unit: "",
        must: Some(Bar::AtMost(1.1)),
        goal: None,
        detail: detail.join(", "),
    }
}

/// The greatest by the least.
fn spread(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(0.0, f64::max) / figures.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The most by which a figure exceeds one before it; below 1 where each is less than all before.
fn growth(figures: &[f64]) -> f64 {
    let pairs = figures.iter().enumerate().flat_map(|(at, later)| figures.iter().take(at).map(move |earlier| later / earlier));
    pairs.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::growth;

    #[test]
    fn growth_is_from_any_to_a_later_one() {
        assert_eq!([growth(&[4.0, 2.0, 3.0]), growth(&[4.0, 2.0, 1.0])], [1.5, 0.5]);
    }
}

//! Bar 13: the cost of a request, whatever the number of minions, and however long it goes on.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

/// Minutes of the long run, the first and the last of which are compared.
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

/// The first minute against the fifth.
pub(crate) fn measure_minutes(lab: &Lab) -> Result<Vec<Row>> {
    let target = on_its_own_processor(lab)?;
    let _place = Place::of(Whose::Client);
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..lab.rounds {
        let samples = watch_a_long_run(lab, &target)?;
        let mut costs = samples.windows(2).filter_map(|minute| match minute {
            [(before, fewer), (after, more)] => Some((after - before) * 1e6 / more.saturating_sub(*fewer) as f64),
            _ => None,
        });
        first.extend(costs.next());
        last.extend(costs.next_back());
    }
    let compared = [("minute 1".to_owned(), median(first)), (format!("minute {MINUTES}"), median(last))];
    Ok(vec![row("13b", "dearer ÷ cheaper request, of the first and the fifth minute", &compared)])
}

/// Fifty minions for all minutes.
fn watch_a_long_run(lab: &Lab, target: &Target) -> Result<Vec<(f64, u64)>> {
    let before = target.counted("/requests")?;
    let lasting = json!({ "for": format!("{MINUTES}m") });
    let file = lab.document("lasting", scenario(target, 50, &lasting), &[&target.url])?;
    let mut command = Command::new(&lab.throng);
    command.arg("run").arg(file).args(["--live", "off", "--summary", "off", "--start-offset", "0s", "--workers", "1"]);
    command.args(["--profile", "immediate", "--minions", "50"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let line = repeatable(&command);
    let mut engine = Owned(command.spawn().with_context(|| format!("it could not be started: {line}"))?);
    let samples = watch(&engine.0, target, before)?;
    engine.0.wait()?;
    Ok(samples)
}

/// One request after another, over a pool of so many connections.
fn scenario(target: &Target, connections: u32, iterate: &Json) -> Json {
    let http = json!({ "url": target.url, "request": { "path": "/" }, "connection": { "pool": { "size": connections } } });
    json!({ "steps": [{ "name": "request", "start": true, "iterate": iterate, "timeout": "60s", "http": http }] })
}

/// Processor seconds used and requests answered, at the beginning and after each minute. The last look is a second early: behind the end
/// there is nothing to look at.
#[expect(clippy::disallowed_methods, reason = "another process is watched, on real time")]
fn watch(engine: &Child, target: &Target, before: u64) -> Result<Vec<(f64, u64)>> {
    let started = Instant::now();
    let mut samples = vec![(0.0, before)];
    for minute in 1..=MINUTES {
        let seconds = u64::from(minute * 60 - u32::from(minute == MINUTES));
        std::thread::sleep(Duration::from_secs(seconds).saturating_sub(started.elapsed()));
        samples.push((processor_seconds(engine.id())?, target.counted("/requests")?));
    }
    Ok(samples)
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

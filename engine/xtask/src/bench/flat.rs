//! Bar 13: the cost of a request, whatever the number of minions, and however long it goes on.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use crate::bench::cost::{median, processor_seconds};
use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row, number};
use crate::process::{Owned, repeatable};
use crate::target::Target;

/// Minions, and the requests that they make in all in a shorter and a longer run. The difference counts, so that it is requests that are
/// compared: the start of the program and of the minions, and the opening of connections, are in both.
const CROWDS: [(u32, [u32; 2]); 3] = [(10, [100_000, 500_000]), (1_000, [100_000, 500_000]), (100_000, [1_000_000, 1_800_000])];

/// Of each of the laboratory's rounds: differences swing more than what they are differences of.
const TURNS: usize = 3;

/// Minutes of the long run, the first and the last of which are compared.
const MINUTES: u32 = 5;

/// Few minions against many.
pub(crate) fn measure_crowds(lab: &Lab) -> Result<Vec<Row>> {
    let target = Target::start(&lab.throng, &[])?;
    let mut costs = CROWDS.map(|_| Vec::new());
    for _ in 0..lab.rounds * TURNS {
        for ((minions, runs), costs) in CROWDS.into_iter().zip(&mut costs) {
            let [shorter, longer] = runs;
            let ran = |requests: u32| -> Result<(f64, f64)> {
                let file = lab.document("flat", scenario(&target, minions.min(1_000), &json!({ "total": requests })), &[&target.url])?;
                let run = lab.run(&file, &["--profile", "immediate", "--minions", &minions.to_string()])?;
                Ok((run.cost.cpu, run.successes("request")?))
            };
            let ((less, fewer), (more, all)) = (ran(shorter)?, ran(longer)?);
            costs.push((more - less) * 1e6 / (all - fewer));
        }
    }
    let costs: Vec<_> = CROWDS.into_iter().zip(costs).map(|((minions, _), costs)| (format!("{minions} minions"), median(costs))).collect();
    Ok(vec![row("13a", "dearest ÷ cheapest request, of 10, 1 000 and 100 000 minions over at most 1 000 shared connections", &costs)])
}

/// The first minute against the fifth.
pub(crate) fn measure_minutes(lab: &Lab) -> Result<Vec<Row>> {
    let target = Target::start(&lab.throng, &[])?;
    let lasting = json!({ "for": format!("{MINUTES}m") });
    let file = lab.document("lasting", scenario(&target, 50, &lasting), &[&target.url])?;
    let mut command = Command::new(&lab.throng);
    command.arg("run").arg(file).args(["--live", "off", "--summary", "off", "--start-offset", "0s", "--workers", "1"]);
    command.args(["--profile", "immediate", "--minions", "50"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let line = repeatable(&command);
    let mut engine = Owned(command.spawn().with_context(|| format!("it could not be started: {line}"))?);
    let samples = watch(&engine.0, &target)?;
    engine.0.wait()?;
    let cost = |minute: &[(f64, u64)]| match minute {
        [(before, first), (after, last)] => (after - before) * 1e6 / last.saturating_sub(*first) as f64,
        _ => f64::NAN,
    };
    let costs: Vec<_> = samples.windows(2).enumerate().map(|(at, minute)| (format!("minute {}", at + 1), cost(minute))).collect();
    let compared: Vec<_> = costs.first().into_iter().chain(costs.last()).cloned().collect();
    Ok(vec![row("13b", "dearer ÷ cheaper request, of the first and the fifth minute", &compared)])
}

/// One request after another, over a pool of so many connections.
fn scenario(target: &Target, connections: u32, iterate: &Json) -> Json {
    let http = json!({ "url": target.url, "request": { "path": "/" }, "connection": { "pool": { "size": connections } } });
    json!({ "steps": [{ "name": "request", "start": true, "iterate": iterate, "timeout": "60s", "http": http }] })
}

/// Processor seconds used and requests answered, at the beginning and after each minute. The last look is a second early: behind the end
/// there is nothing to look at.
#[expect(clippy::disallowed_methods, reason = "another process is watched, on real time")]
fn watch(engine: &Child, target: &Target) -> Result<Vec<(f64, u64)>> {
    let started = Instant::now();
    let mut samples = vec![(0.0, 0)];
    for minute in 1..=MINUTES {
        let seconds = u64::from(minute * 60 - u32::from(minute == MINUTES));
        std::thread::sleep(Duration::from_secs(seconds).saturating_sub(started.elapsed()));
        samples.push((processor_seconds(engine.id())?, target.counted("/requests")?));
    }
    Ok(samples)
}

/// The dearest against the cheapest.
fn row(at: &'static str, what: &str, costs: &[(String, f64)]) -> Row {
    let least = costs.iter().map(|(_, cost)| *cost).fold(f64::INFINITY, f64::min);
    let most = costs.iter().map(|(_, cost)| *cost).fold(0.0, f64::max);
    let detail: Vec<String> = costs.iter().map(|(whose, cost)| format!("{whose}: {} µs", number(*cost))).collect();
    Row {
        number: at,
        what: what.to_owned(),
        figure: most / least,
        unit: "",
        must: Some(Bar::AtMost(1.1)),
        goal: None,
        detail: detail.join(", "),
    }
}

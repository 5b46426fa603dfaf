//! Bar 13: the cost of a request, whatever the number of minions, and however long it goes on.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};

use crate::bench::cost::{cost, median, processor_seconds};
use crate::bench::lab::Lab;
use crate::bench::peers::{self, wrk_requests};
use crate::bench::places::{Place, Whose};
use crate::bench::row::{Bar, Row, number};
use crate::process::{Owned, repeatable};
use crate::target::Target;

/// Minions.
const CROWDS: [u32; 3] = [10, 1_000, 100_000];

/// That they share at most.
const CONNECTIONS: u32 = 1_000;

/// Of each of the laboratory's rounds: a machine is not as fast in each second.
const TURNS: usize = 6;

/// Of a campaign that is looked at, and of wrk.
const LOOK: Duration = Duration::from_secs(3);

/// Minutes of the long run, the last of which is compared with a first one.
const MINUTES: u32 = 5;

/// Few minions against many, each beside wrk with as many connections in the same turn: a socket among a thousand costs the system more than
/// one among ten, whoever reads it.
pub(crate) fn measure_crowds(lab: &Lab) -> Result<Vec<Row>> {
    let wrk = peers::wrk();
    let target = on_its_own_processor(lab)?;
    let _place = Place::of(Whose::Client);
    let (mut costs, mut shares) = (CROWDS.map(|_| Vec::new()), CROWDS.map(|_| Vec::new()));
    let mut of_wrk = BTreeMap::<u32, Vec<f64>>::new();
    for _ in 0..lab.rounds * TURNS {
        let mut of_this_turn = BTreeMap::new();
        for ((minions, costs), shares) in CROWDS.into_iter().zip(&mut costs).zip(&mut shares) {
            let connections = minions.min(CONNECTIONS);
            if let (Some(wrk), Entry::Vacant(unknown)) = (&wrk, of_this_turn.entry(connections)) {
                unknown.insert(cost_of_wrk(wrk, connections, &format!("{}/", target.url))?);
            }
            let cost = cost_in_the_middle(lab, &target, minions, connections)?;
            costs.push(cost);
            shares.push(cost / of_this_turn.get(&connections).unwrap_or(&1.0));
        }
        of_this_turn.into_iter().for_each(|(connections, cost)| of_wrk.entry(connections).or_default().push(cost));
    }
    let told: Vec<_> = CROWDS.iter().zip(costs).map(|(minions, costs)| (format!("{minions} minions"), median(costs))).collect();
    let crowds = "10, 1 000 and 100 000 minions over at most 1 000 shared connections";
    let mut undivided = row("", &format!("dearest ÷ cheapest request of {crowds}, for information"), &told);
    for (connections, costs) in of_wrk {
        undivided.detail += &format!(", wrk with {connections} connections: {} µs", number(median(costs)));
    }
    let shares = shares.map(median);
    let dearer = "how much dearer a request is where there are more minions";
    let (what, detail) = match wrk {
        Some(_) => {
            let told = shares.map(|share| format!("{share:.2}")).join(", ");
            (format!("{dearer}, each ÷ wrk's over as many connections"), format!("{told} of wrk's"))
        }
        None => (format!("{dearer}; there is no wrk to divide by"), undivided.detail.clone()),
    };
    Ok(vec![Row { must: None, ..undivided }, Row { figure: growth(&shares), detail, ..row("13a", &what, &[]) }])
}

/// Microseconds of processor time that a request costs a campaign of so many minions, once each has made two.
#[expect(clippy::disallowed_methods, reason = "another process is watched, on real time")]
fn cost_in_the_middle(lab: &Lab, target: &Target, minions: u32, connections: u32) -> Result<f64> {
    let file = lab.document("flat", scenario(target, connections, &json!({ "for": "10m" })), &[&target.url])?;
    let before = target.counted("/requests")?;
    let mut engine = start(lab, &file, minions)?;
    while target.counted("/requests")? < before + u64::from(minions).max(CONNECTIONS.into()) * 2 {
        ensure!(engine.0.try_wait()?.is_none(), "the campaign ended before each minion had made two requests");
        std::thread::sleep(LOOK / 30);
    }
    let (cpu_before, requests_before) = look(&engine, target)?;
    std::thread::sleep(LOOK);
    let (cpu_after, requests_after) = look(&engine, target)?;
    Ok((cpu_after - cpu_before) * 1e6 / requests_after.saturating_sub(requests_before) as f64)
}

/// Processor seconds that a campaign has used so far, and requests that the target has answered.
fn look(engine: &Owned, target: &Target) -> Result<(f64, u64)> {
    Ok((processor_seconds(engine.0.id())?, target.counted("/requests")?))
}

/// Starts a campaign of so many minions at once.
fn start(lab: &Lab, file: &Path, minions: u32) -> Result<Owned> {
    let mut command = lab.command(file, &["--profile", "immediate", "--minions", &minions.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let line = repeatable(&command);
    Ok(Owned(command.spawn().with_context(|| format!("it could not be started: {line}"))?))
}

/// The target, on a processor where no client is.
fn on_its_own_processor(lab: &Lab) -> Result<Target> {
    let _place = Place::of(Whose::Server);
    Target::start(&lab.throng, &[])
}

/// Microseconds of processor time that a request costs wrk. It takes a time and no number, and its start is next to nothing.
fn cost_of_wrk(wrk: &Path, connections: u32, url: &str) -> Result<f64> {
    let ran = cost(Command::new(wrk).args(["-t", "1", "-c", &connections.to_string(), "-d", &format!("{}s", LOOK.as_secs()), url]))?;
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
    let mut old = start(lab, &lasting("old", MINUTES * 60)?, 50)?;
    std::thread::sleep(Duration::from_secs(u64::from(MINUTES - 1) * 60));
    let (cpu_before, requests_before) = look(&old, target)?;
    // A little less than a minute: behind the end of the old one there is nothing to look at.
    let young = lab.run(&lasting("young", 55)?, &["--profile", "immediate", "--minions", "50"])?;
    let (cpu_after, requests_after) = look(&old, target)?;
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

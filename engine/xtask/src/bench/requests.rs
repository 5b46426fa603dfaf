//! Bars 1 to 3: requests per second of the client's processor time, beside oha's and wrk's on the same server.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use crate::bench::cost::{cost, median};
use crate::bench::lab::Lab;
use crate::bench::peers;
use crate::bench::row::{Bar, Row, number};
use crate::guests::TEST_GUESTS;
use crate::target::Target;

/// Open at a time, each used as fast as it is answered.
const CONNECTIONS: &str = "50";
/// Of each client in each round.
const REQUESTS: f64 = 100_000.0;
/// How long campaigns and wrk, which take no number, go on.
const SECONDS: &str = "3s";

/// Requests per second of processor time, by client, one entry a round.
#[derive(Default)]
struct Rates {
    oha: Vec<f64>,
    wrk: Vec<f64>,
    bench: Vec<f64>,
    component: Vec<f64>,
    document: Vec<f64>,
}

pub(crate) fn measure(lab: &Lab) -> Result<Vec<Row>> {
    let oha = peers::oha(&lab.folder)?;
    let wrk = peers::wrk();
    let target = Target::start(&lab.throng, &[])?;
    let url = format!("{}/", target.url);
    let step =
        json!({"name": "request", "start": true, "iterate": {"for": SECONDS}, "http": {"url": target.url, "request": {"path": "/"}}});
    let check = json!({"name": "checked", "after": "request", "assert": {"rules": ["status == 200"]}});
    let document = lab.document("checked-requests", json!({"steps": [step, check]}), &[&target.url])?;
    let component = TEST_GUESTS.component("cost");
    let campaign = |file: &Path, more: &[&str]| -> Result<f64> {
        let run = lab.run(file, &[&["--minions", CONNECTIONS, "--profile", "immediate"], more].concat())?;
        Ok(run.successes("checked")? / run.cost.cpu)
    };
    let setting = format!("server={}", target.url);
    let mut rates = Rates::default();
    for _ in 0..lab.rounds {
        let requests = format!("{REQUESTS}");
        let mut command = Command::new(&oha);
        rates.oha.push(REQUESTS / cost(command.args(["--no-tui", "-n", &requests, "-c", CONNECTIONS, &url]))?.cpu);
        let mut command = Command::new(&lab.throng);
        command.args(["bench", &url, "-n", &requests, "-c", CONNECTIONS, "--workers", "1", "--live", "off", "--json"]);
        rates.bench.push(REQUESTS / cost(&mut command)?.cpu);
        rates.component.push(campaign(&component, &["--scenario", "requests", "-c", &setting])?);
        rates.document.push(campaign(&document, &[])?);
        if let Some(wrk) = &wrk {
            let ran = cost(Command::new(wrk).args(["-t", "1", "-c", CONNECTIONS, "-d", SECONDS, &url]))?;
            rates.wrk.push(peers::wrk_requests(&ran.output)? / ran.cpu);
        }
    }
    Ok(rows(rates))
}

fn rows(rates: Rates) -> Vec<Row> {
    let Rates { oha, wrk, bench, component, document } = rates;
    let has_wrk = !wrk.is_empty();
    let [oha, wrk, bench, component, document] = [oha, wrk, bench, component, document].map(median);
    let row = |at: &'static str, what: &str, one: f64, other: f64, must: Option<f64>, goal: Option<f64>| Row {
        number: at,
        what: what.to_owned(),
        figure: one / other,
        unit: "",
        must: must.map(Bar::AtLeast),
        goal: goal.map(Bar::AtLeast),
        detail: format!("{} ÷ {} requests per CPU-second", number(one), number(other)),
    };
    let mut rows = vec![
        row("1", "`throng bench` ÷ oha", bench, oha, Some(1.15), Some(1.6)),
        row("2", "one step, request built and response verified by a component, ÷ oha", component, oha, Some(0.85), Some(1.1)),
        row("3", "the same as a document with declarative checks ÷ `throng bench`", document, bench, Some(0.85), Some(0.95)),
    ];
    if has_wrk {
        rows.insert(1, row("", "wrk ÷ oha, for information", wrk, oha, None, None));
    }
    rows
}

//! Each plugin's throughput through a scenario beside that of a bare loop with its library, on the same server in the same minutes.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};

use crate::bench::cost::{cost, median};
use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row, number};

/// What a plugin's throughput is to be of the bare loop's, at least.
const SHARE: f64 = 0.5;
/// Of `--quick`, which shows that it works.
const QUICK: u64 = 50;

const BODY: &str = "twenty-three bytes long";

/// What is done through a scenario, and in a loop of the same name in `engine/bench`.
struct Case {
    /// The server, as `throng-bench-plugins serve` knows it.
    system: &'static str,
    /// The loop.
    name: &'static str,
    what: &'static str,
    operations: u64,
    in_flight: u64,
    /// The same as a scenario.
    scenario: fn(&Case, &str) -> Json,
    span: Span,
}

/// From when to when operations are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Span {
    /// From the start of the load.
    Load,
    /// From the first to the last: who consumes waits for the first for reasons of the server's.
    FirstToLast,
}

const CASES: [Case; 13] = [
    Case {
        system: "http",
        name: "http",
        what: "http: requests over 50 connections",
        // Nginx closes a connection behind a thousand of them.
        operations: 40_000,
        in_flight: 50,
        scenario: |case, url| repeated(case, &json!({"http": {"url": url}}), &json!({"http": {"request": {"path": "/page"}}})),
        span: Span::Load,
    },
    Case {
        system: "rabbitmq",
        name: "rabbitmq-produce",
        what: "rabbitmq-produce: messages, confirmed, 50 under way on one channel",
        operations: 40_000,
        in_flight: 50,
        scenario: |case, url| {
            let message = json!({"routing-key": "bench", "body": BODY});
            repeated(case, &json!({"rabbitmq": {"url": url, "warm-up": true}}), &json!({"rabbitmq-produce": {"message": message}}))
        },
        span: Span::Load,
    },
    Case {
        system: "rabbitmq",
        name: "rabbitmq-consume",
        what: "rabbitmq-consume: messages, acknowledged, 10 ahead",
        operations: 40_000,
        in_flight: 50,
        scenario: |case, url| taken(case, &json!({"rabbitmq": {"url": url}}), &json!({"rabbitmq-consume": {"queue": "bench"}})),
        span: Span::FirstToLast,
    },
    Case {
        system: "kafka",
        name: "kafka-produce",
        what: "kafka-produce: records, acknowledged, 500 under way",
        operations: 100_000,
        in_flight: 500,
        scenario: |case, url| repeated(case, &kafka(url), &json!({"kafka-produce": {"topic": "bench", "record": {"value": BODY}}})),
        span: Span::Load,
    },
    Case {
        system: "kafka",
        name: "kafka-consume",
        what: "kafka-consume: records, offsets stored",
        operations: 300_000,
        in_flight: 500,
        scenario: |case, url| {
            let group = format!("scenario-{}", std::process::id());
            let source =
                json!({"topics": "bench", "group": group, "from": "earliest", "value": "text", "properties": {"session.timeout.ms": 2000}});
            taken(case, &kafka(url), &json!({"kafka-consume": source}))
        },
        span: Span::FirstToLast,
    },
    Case {
        system: "mqtt",
        name: "mqtt-publish",
        what: "mqtt-publish: messages of quality 1, acknowledged, over 50 connections",
        operations: 40_000,
        in_flight: 50,
        scenario: |case, url| repeated(case, &mqtt(url), &json!({"mqtt-publish": {"message": {"topic": "bench", "body": BODY}}})),
        span: Span::Load,
    },
    Case {
        system: "mqtt",
        name: "mqtt-subscribe",
        what: "mqtt-publish and mqtt-subscribe: messages of quality 1 that come back, 50 under way over one connection each",
        operations: 40_000,
        in_flight: 50,
        scenario: |case, url| {
            let publish = json!({"topic": "bench", "body": BODY});
            let steps = json!([
                {"name": "sent", "start": true, "mqtt-publish": {"connection": "shared", "message": publish}},
                {"name": "taken", "after": "sent", "zip": {"right": "feed"}},
                {"name": "feed", "mqtt-subscribe": {"topics": ["bench"]}},
            ]);
            json!({"minions": case.operations, "profile": "immediate", "max-in-flight": {"limit": case.in_flight}, "defaults": mqtt(url), "steps": steps})
        },
        span: Span::Load,
    },
    Case {
        system: "redis",
        name: "redis-save",
        what: "redis-save: texts, 50 under way over one connection",
        operations: 200_000,
        in_flight: 50,
        scenario: |case, url| {
            let records = json!({"key": "bench:value", "value": BODY});
            repeated(case, &json!({"redis": {"url": url, "warm-up": true}}), &json!({"redis-save": {"records": records}}))
        },
        span: Span::Load,
    },
    Case {
        system: "redis",
        name: "redis-stream-consume",
        what: "redis-stream-consume: entries, acknowledged, 100 at a time",
        operations: 200_000,
        in_flight: 50,
        scenario: |case, url| {
            let source = json!({"stream": "bench", "group": "scenario", "offset": "earliest"});
            taken(case, &json!({"redis": {"url": url}}), &json!({"redis-stream-consume": source}))
        },
        span: Span::FirstToLast,
    },
    Case {
        system: "postgresql",
        name: "sql-save",
        what: "sql-save: rows of PostgreSQL, a transaction each, over 10 connections",
        operations: 30_000,
        in_flight: 10,
        scenario: |case, url| {
            let save = json!({"table": "bench", "columns": {"name": "order", "price": {"json": "/price"}}});
            repeated(case, &postgresql(url), &json!({"sql-save": save}))
        },
        span: Span::Load,
    },
    Case {
        system: "postgresql",
        name: "sql-search",
        what: "sql-search: rows of PostgreSQL by their key, over 10 connections",
        operations: 30_000,
        in_flight: 10,
        scenario: |case, url| {
            let search = json!({"query": "select id, name, price from bench where id = $1", "parameters": [7]});
            repeated(case, &postgresql(url), &json!({"sql-search": search}))
        },
        span: Span::Load,
    },
    Case {
        system: "sqlite",
        name: "sqlite-save",
        what: "sql-save: rows of SQLite, a transaction each, one after another",
        operations: 500,
        in_flight: 1,
        scenario: |case, url| {
            let save = json!({"table": "bench", "columns": {"name": "order", "price": {"json": "/price"}}});
            repeated(case, &json!({"sql": {"url": url}}), &json!({"sql-save": save}))
        },
        span: Span::Load,
    },
    Case {
        system: "tcp",
        name: "tcp",
        what: "tcp: lines and their answers over 50 connections",
        operations: 200_000,
        in_flight: 50,
        scenario: |case, url| {
            let defaults = json!({"tcp": {"url": url, "framing": {"delimiter": "\n"}}});
            repeated(case, &defaults, &json!({"tcp": {"request": {"text": BODY}}}))
        },
        span: Span::Load,
    },
];

/// Minions that do a step again and again, one for each operation that is under way.
fn repeated(case: &Case, defaults: &Json, step: &Json) -> Json {
    let iterations = case.operations / case.in_flight;
    let step = with(step, &json!({"name": "done", "after": "begin", "iterate": {"iterations": iterations}}));
    let steps = json!([{"name": "begin", "start": true, "returns": {"price": 12.5}}, step]);
    json!({"minions": case.in_flight, "profile": "immediate", "defaults": defaults, "steps": steps})
}

/// Minions that take record after record.
fn taken(case: &Case, defaults: &Json, source: &Json) -> Json {
    let iterations = case.operations / case.in_flight;
    let steps = json!([
        {"name": "begin", "start": true, "returns": 1},
        {"name": "done", "after": "begin", "zip": {"right": "feed"}, "timeout": "120s", "iterate": {"iterations": iterations}},
        with(source, &json!({"name": "feed"})),
    ]);
    json!({"minions": case.in_flight, "profile": "immediate", "defaults": defaults, "steps": steps})
}

/// A step with further keys.
fn with(step: &Json, more: &Json) -> Json {
    let entries = [step, more].into_iter().filter_map(Json::as_object).flatten();
    entries.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn kafka(url: &str) -> Json {
    json!({"kafka": {"brokers": url.trim_start_matches("kafka://")}})
}

fn mqtt(url: &str) -> Json {
    json!({"mqtt": {"url": url, "user": "shop", "password": "secret"}})
}

fn postgresql(url: &str) -> Json {
    json!({"sql": {"url": format!("{url}/postgres"), "user": "postgres", "pool": {"size": 10, "warm-up": true}}})
}

/// Operations per second, and per second of the client's processor time, one entry a round.
#[derive(Default)]
struct Rates {
    scenario: Vec<f64>,
    scenario_cpu: Vec<f64>,
    bare: Vec<f64>,
    bare_cpu: Vec<f64>,
}

/// All systems, one after another.
pub(crate) fn measure(lab: &Lab) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for cases in CASES.chunk_by(|one, other| one.system == other.system) {
        let system = cases.first().map(|case| case.system).context("a system without cases")?;
        let server = Server::start(&lab.plugin_loops, system)?;
        for case in cases {
            eprintln!("    {}", case.name);
            rows.push(case.measure(lab, &server.url).with_context(|| format!("`{}`", case.name))?);
        }
    }
    Ok(rows)
}

impl Case {
    fn measure(&self, lab: &Lab, url: &str) -> Result<Row> {
        let operations = if lab.is_quick { self.operations / QUICK } else { self.operations };
        // All of those under way have as many.
        let operations = (operations / self.in_flight).max(1) * self.in_flight;
        let case = Self { operations, ..*self };
        let targets: &[&str] = if url.starts_with("sqlite:") { &[] } else { &[url] };
        let file = lab.document(self.name, (self.scenario)(&case, url), targets)?;
        let mut rates = Rates::default();
        for _ in 0..lab.rounds {
            case.call(lab, "fill", url)?;
            let (seconds, cpu) = case.call(lab, "run", url)?;
            rates.bare.push(operations as f64 / seconds);
            rates.bare_cpu.push(operations as f64 / cpu);
            case.call(lab, "fill", url)?;
            let (seconds, cpu) = case.run(lab, &file)?;
            rates.scenario.push(operations as f64 / seconds);
            rates.scenario_cpu.push(operations as f64 / cpu);
        }
        Ok(row(self.what, rates))
    }

    /// The loop: its seconds, and those of the processor.
    fn call(&self, lab: &Lab, verb: &str, url: &str) -> Result<(f64, f64)> {
        let mut command = Command::new(&lab.plugin_loops);
        command.args([verb, self.name, url]).args([self.operations, self.in_flight].map(|count| count.to_string()));
        let ran = cost(&mut command)?;
        let seconds = ran.output.trim();
        ensure!(verb == "fill" || !seconds.is_empty(), "the loop `{}` has failed: {}", self.name, ran.errors.trim());
        Ok((seconds.parse().unwrap_or_default(), ran.cpu))
    }

    /// The scenario, likewise.
    fn run(&self, lab: &Lab, file: &Path) -> Result<(f64, f64)> {
        let run = lab.run(file, &[])?;
        let step = if self.name == "mqtt-subscribe" { "taken" } else { "done" };
        let done = run.successes(step)?;
        ensure!(done == self.operations as f64, "only {done} of {} operations of `{}` succeeded", self.operations, file.display());
        let last = run.number("/scenarios/0/journey/response/max")?;
        // Of the waits for a record that for the first is the longest.
        let first = if self.span == Span::FirstToLast { run.number("/scenarios/0/steps/1/times/response/max")? } else { 0.0 };
        Ok(((last - first) / 1e9, run.cost.cpu))
    }
}

fn row(what: &str, rates: Rates) -> Row {
    let Rates { scenario, scenario_cpu, bare, bare_cpu } = rates;
    let [scenario, scenario_cpu, bare, bare_cpu] = [scenario, scenario_cpu, bare, bare_cpu].map(median);
    Row {
        number: "",
        what: what.to_owned(),
        figure: scenario / bare,
        unit: "",
        must: Some(Bar::AtLeast(SHARE)),
        goal: None,
        detail: format!(
            "{} ÷ {} a second; {} ÷ {} per CPU-second of the client",
            number(scenario),
            number(bare),
            number(scenario_cpu),
            number(bare_cpu)
        ),
    }
}

/// A server as a child process, ended when this is dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(loops: &Path, system: &str) -> Result<Self> {
        let mut process = Command::new(loops)
            .args(["serve", system])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` could not be started", loops.display()))?;
        let output = process.stdout.take();
        // From here on the child is ended whatever happens.
        let mut server = Self { process, url: String::new() };
        BufReader::new(output.context("the server has no output to read its address from")?).read_line(&mut server.url)?;
        server.url = server.url.trim().to_owned();
        ensure!(!server.url.is_empty(), "the server `{system}` did not start; `cargo xtask setup-servers` gets what it is made of");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends itself, and what it has started, when nobody wants it any more.
        drop(self.process.stdin.take());
        let _reaped = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::{CASES, Rates, row};

    #[test]
    fn each_case_is_a_scenario_with_as_many_operations() {
        for case in CASES {
            assert_eq!(case.operations % case.in_flight, 0, "{}", case.name);
            let scenario = (case.scenario)(&case, "scheme://127.0.0.1:1");
            let minions = scenario["minions"].as_u64().expect("minions");
            let iterations = scenario.pointer("/steps/1/iterate/iterations").and_then(serde_json::Value::as_u64).unwrap_or(1);
            assert_eq!(minions * iterations, case.operations, "{}", case.name);
        }
    }

    #[test]
    fn half_of_the_bare_loop_is_kept() {
        let rates = |scenario: f64| Rates { scenario: vec![scenario], scenario_cpu: vec![1.0], bare: vec![100.0], bare_cpu: vec![2.0] };
        assert!(row("a", rates(50.0)).is_kept() && !row("a", rates(49.0)).is_kept());
    }
}

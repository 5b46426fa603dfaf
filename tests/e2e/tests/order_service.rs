//! The order service of the tutorial: four questions about what happens behind its 202, each answered by a scenario that passes while the
//! service is well, and fails for the right reason when it is not.
#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

use anyhow::{Context as _, Result, ensure};
use serde_json::Value as Json;
use throng_e2e::campaign::{GOOD_OR_VOID, Ran, run};
use throng_kit::{OrderService, PostgresServer, RabbitServer, project, tempdir};

/// The broker and the database behind the service.
struct Behind {
    broker: RabbitServer,
    database: PostgresServer,
}

impl Behind {
    fn start() -> Result<Self> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let broker = RabbitServer::start(&made.cert.pem(), &made.signing_key.serialize_pem())?;
        Ok(Self { broker, database: PostgresServer::start()? })
    }

    /// Runs a scenario of the tutorial against the service with these faults.
    fn run(&self, scenario: &str, faults: &[&str]) -> Result<Ran> {
        let postgres = format!("postgres://postgres@{}/postgres", self.database.address());
        let service = OrderService::start(&self.broker.url(), &postgres, faults)?;
        let file = project()?.join(format!("guest-examples/order-service/{scenario}.json"));
        let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let text = text.replace("http://127.0.0.1:8080", service.url()).replace("amqp://127.0.0.1:5672", &self.broker.url());
        let text = text.replace("127.0.0.1:5432", &self.database.address());
        let folder = tempdir()?;
        run(&[folder.file("scenario.json", text)?], &[])
    }
}

/// The rules that broke, as they are written.
fn broken(ran: &Ran) -> Vec<&str> {
    let rules = ran.report["rules"].as_array().into_iter().flatten();
    rules.filter(|rule| rule["holds"] == Json::Bool(false)).filter_map(|rule| rule["rule"].as_str()).collect()
}

/// The summary has all of these words.
fn check_told(ran: &Ran, words: &[&str]) -> Result<()> {
    let told = ran.finished.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    words.iter().try_for_each(|word| {
        ensure!(told.contains(word), "`{word}` expected in\n{}", ran.finished.stdout);
        Ok(())
    })
}

/// Starting the servers takes most of the time: there is one of each for all questions.
#[test]
fn four_questions_about_an_order_service() -> Result<()> {
    let behind = Behind::start()?;

    // Does every order arrive while the API says 202?
    let well = behind.run("arrives", &[])?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(well.outcomes("arrives", "written", "success")? == 200 && broken(&well).is_empty(), "{}", well.counts("arrives")?);
    let ill = behind.run("arrives", &["--lose", "5%", "--double", "5%"])?.ended_with_any(&[1])?;
    ensure!(broken(&ill) == ["missing(step:written) == 0", "duplicate(step:written) == 0"], "{:?}", broken(&ill));
    ensure!(ill.outcomes("arrives", "accepted", "success")? == 200, "{}", ill.counts("arrives")?);
    check_told(&ill, &["missing(step:written)", "lost, such as `order-", "doubled, such as `order-"])?;

    // Is the row right under a thousand writers?
    behind.run("stock", &[])?.ended_with_any(&GOOD_OR_VOID)?;
    let ill = behind.run("stock", &["--last-writer-wins"])?.ended_with_any(&[1])?;
    ensure!(ill.outcomes("stock", "right", "failure")? == 1, "{}", ill.counts("stock")?);
    check_told(&ill, &["errors(step:right)", "json:/0/amount == 9000"])?;

    // Which link of the chain eats the budget?
    let ill = behind.run("budget", &["--slow-link", "charge=700ms"])?.ended_with_any(&[1])?;
    ensure!(broken(&ill).contains(&"p95(service, step:charged) < 500ms"), "{:?}", broken(&ill));
    check_told(&ill, &["p95(service, step:charged)"])?;

    // Did the zero error rate hide a slow-down?
    let ill = behind.run("slow-down", &["--slow-consumer", "40ms"])?.ended_with_any(&[1])?;
    let expected = ["max(backlog, step:backlog) < 50", "p95(time-to-outcome, step:written) < 1s"];
    ensure!(broken(&ill) == expected, "{:?}", broken(&ill));
    ensure!(ill.outcomes("slow-down", "accepted", "success")? == 150, "{}", ill.counts("slow-down")?);
    Ok(())
}

//! RabbitMQ: messages published, consumed and counted by a real broker; one that is lost, refuses or is not there.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{GOOD_OR_VOID, Ran, run_document};
use throng_e2e::documents::document;
use throng_e2e::errors::check_refused;
use throng_kit::{Proxy, RabbitServer, Throng, free_port, tempdir};

const PAGE: &str = include_str!("../../../docs/rabbitmq.md");

/// Longer than any wait here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// A document whose steps talk to one broker.
fn of(url: &str, minions: u32, steps: &Json) -> Json {
    let settings = json!([{ "name": "zone", "type": "text", "default": "eu" }]);
    let profile = if minions > 50 { "regular(50ms, 1)" } else { "immediate" };
    document(
        &[url],
        &json!({ "minions": minions, "profile": profile, "settings": settings, "defaults": { "rabbitmq": { "url": url } } }),
        steps,
    )
}

/// Starting the broker takes most of the time: there is one for all of them.
#[test]
fn a_real_broker() -> Result<()> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let broker = RabbitServer::start(&made.cert.pem(), &made.signing_key.serialize_pem())?;
    the_example_of_the_documentation(&broker.url())?;
    bodies_and_records(&broker.url())?;
    a_queue_that_falls_behind(&broker.url())?;
    what_the_broker_refuses(&broker.url())?;
    over_tls(&broker.tls_url(), &made.cert.pem())?;
    a_connection_that_is_lost(broker.port())
}

/// The first document of the page, with a join of what was published and what has arrived.
fn the_example_of_the_documentation(url: &str) -> Result<()> {
    let text = PAGE.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).context("no example")?;
    // Late rights are waited for as long as lefts.
    let text = text.replace("amqp://127.0.0.1:5672", url).replace("\"timeout\": \"5s\"", "\"timeout\": \"2s\"");
    let ran = run_document(&serde_json::from_str(&text)?, &["--workers", "2"])?;
    let ran = ran.ended_with_any(&GOOD_OR_VOID)?;
    let counts = ran.counts("orders")?;
    for step in ["publish", "arrived", "feed"] {
        ensure!(ran.outcomes("orders", step, "success")? == 100, "`{step}` in {counts}");
    }
    ensure!(ran.outcomes("orders", "depth", "success")? > 0, "{counts}");
    Ok(())
}

/// Bodies in all forms, and what a record has of them; one that is no JSON is told with its place.
fn bodies_and_records(url: &str) -> Result<()> {
    let produce = |message: Json| json!({ "message": message });
    let consume = json!({ "queue": "forms", "declare": {}, "format": "json" });
    let steps = json!([
        { "name": "input", "start": true, "returns": { "id": 1 } },
        { "name": "as-it-is", "after": "input", "rabbitmq-produce": produce(json!({ "routing-key": "forms", "headers": { "n": 7, "who": "m-{minion}" } })) },
        { "name": "as-text", "after": "as-it-is", "rabbitmq-produce": produce(json!({ "routing-key": "forms", "body": "{\"id\": 1}", "properties": { "priority": 3 } })) },
        { "name": "as-bytes", "after": "as-text", "rabbitmq-produce": { "message": { "routing-key": "forms", "base64": "eyJpZCI6MX0=" }, "confirm": false } },
        { "name": "broken", "after": "as-bytes", "rabbitmq-produce": produce(json!({ "routing-key": "forms", "body": "{\"id\":" })) },
        { "name": "mine", "after": "broken", "inner-join": { "right": "good", "left-key": "1", "right-key": { "json": "/body/id" }, "timeout": "2s" } },
        { "name": "feed", "rabbitmq-consume": consume },
        { "name": "good", "after": "feed", "assert": { "rules": ["json:/queue == \"forms\"", "json:/properties/persistent == false"] } },
        { "name": "headed", "after": "feed", "assert": { "rules": ["json:/headers/n == 7", "json:/headers/who == \"m-0\""] } },
    ]);
    let ran = run_document(&of(url, 1, &steps), &[])?;
    let counts = ran.counts("visit")?;
    ensure!(ran.outcomes("visit", "feed", "success")? == 3 && ran.outcomes("visit", "good", "success")? == 3, "{counts}");
    ensure!(ran.outcomes("visit", "headed", "success")? == 1 && ran.outcomes("visit", "mine", "success")? == 1, "{counts}");
    let place = ran.told("visit", "feed", "bad-record")?;
    ensure!(place.contains("queue `forms`, delivery tag 4, routing key `forms`: the body is not JSON"), "{place}");
    Ok(())
}

/// Nobody takes from the queue: a gauge of its length breaks its rule.
fn a_queue_that_falls_behind(url: &str) -> Result<()> {
    let steps = json!([
        { "name": "publish", "start": true, "rabbitmq-produce": { "message": { "routing-key": "backlog-{setting:zone}", "body": "pen", "mandatory": true } } },
        { "name": "stay", "after": "publish", "delay": "1s" },
        { "name": "depth", "rabbitmq-depth": { "queue": "backlog-{setting:zone}", "every": "50ms" } },
        { "name": "behind", "after": "depth", "gauge": { "value": { "json": "/messages" }, "should": ["max < 30"] } },
    ]);
    let declared = json!([
        { "name": "wait", "start": true, "delay": "1ms" },
        { "name": "feed", "rabbitmq-consume": { "queue": "backlog-eu", "declare": {} } },
    ]);
    run_document(&of(url, 1, &declared), &[])?.ended_with_any(&[0])?;
    let ran = run_document(&of(url, 30, &steps), &[])?.ended_with_any(&[1])?;
    ensure!(ran.outcomes("visit", "publish", "success")? == 30, "{}", ran.counts("visit")?);
    ensure!(ran.reasons("visit")?.contains("max"), "{}", ran.reasons("visit")?);
    Ok(())
}

/// Each with the broker's own words, and what to do.
fn what_the_broker_refuses(url: &str) -> Result<()> {
    let produce = |options: Json| {
        let steps = json!([{ "name": "publish", "start": true, "rabbitmq-produce": options }]);
        run_document(&of(url, 3, &steps), &[])?.ended_with_any(&[1])
    };
    let check = |ran: Ran, code: &str, parts: &[&str]| {
        ensure!(ran.failures("visit", "publish", code)? == 3, "`{code}` in {}", ran.counts("visit")?);
        let told = ran.told("visit", "publish", code)?;
        for part in parts {
            ensure!(told.contains(part), "`{part}` is not in {told}");
        }
        Ok(())
    };
    let message = json!({ "routing-key": "nowhere", "body": "pen", "mandatory": true });
    let ran = produce(json!({ "message": message, "password": "wrong" }))?;
    check(ran, "access-refused", &["ACCESS_REFUSED", "`user` and `password`"])?;
    check(produce(json!({ "message": message }))?, "unroutable", &["NO_ROUTE", "`nowhere`"])?;
    let ran = produce(json!({ "message": { "exchange": "nobodys", "body": "pen" } }))?;
    check(ran, "not-found", &["NOT_FOUND - no exchange 'nobodys'"])?;
    let steps = json!([
        { "name": "wait", "start": true, "delay": "1ms" },
        { "name": "feed", "rabbitmq-consume": { "queue": "nobodys" } },
    ]);
    let folder = tempdir()?;
    let call = Throng::new().arg("run").arg(folder.file("scenario.json", of(url, 1, &steps).to_string())?).run()?;
    let said = format!("{}{}", call.stdout, call.stderr);
    ensure!(!call.status.success() && said.contains("no queue 'nobodys'"), "{said}");
    Ok(())
}

fn over_tls(url: &str, roots: &str) -> Result<()> {
    let folder = tempdir()?;
    let roots = folder.file("roots.pem", roots)?;
    let message = json!({ "routing-key": "forms", "body": "pen" });
    let steps = json!([
        { "name": "trusted", "start": true, "rabbitmq-produce": { "message": message, "tls": { "roots": roots } } },
        { "name": "blindly", "after": "trusted", "rabbitmq-produce": { "message": message, "tls": { "insecure": true } } },
        { "name": "strange", "after": "blindly", "rabbitmq-produce": { "message": message, "tls": { "roots": roots, "server-name": "127.0.0.1" } } },
    ]);
    let ran = run_document(&of(url, 2, &steps), &[])?.ended_with_any(&[1])?;
    let counts = ran.counts("visit")?;
    ensure!(ran.outcomes("visit", "trusted", "success")? == 2 && ran.outcomes("visit", "blindly", "success")? == 2, "{counts}");
    ensure!(ran.failures("visit", "strange", "tls")? == 2, "{counts}");
    Ok(())
}

/// The broker goes away in the middle of a campaign, and comes back: what was not confirmed is published again, and nothing is missing.
fn a_connection_that_is_lost(port: u16) -> Result<()> {
    let proxy = Proxy::to(port)?;
    let url = format!("amqp://127.0.0.1:{}", proxy.port());
    let steps = json!([
        { "name": "publish", "start": true, "retry": { "retries": 20, "delay": "100ms" },
          "rabbitmq-produce": { "message": { "routing-key": "lasting", "json": { "id": "{minion}" }, "mandatory": true } } },
        { "name": "arrived", "after": "publish", "inner-join": {
            "right": "feed", "left-key": "{minion}", "right-key": { "json": "/body/id" }, "timeout": "4s" } },
        { "name": "feed", "rabbitmq-consume": { "queue": "lasting", "declare": {}, "format": "json" } },
    ]);
    let written = of(&url, 60, &steps);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run_document(&written, &["--workers", "1"]));
        let (_, before) = proxy.traffic();
        proxy.wait_for_bytes(before + 3000, LIMIT)?;
        proxy.cut();
        let (connections, _) = proxy.traffic();
        proxy.mend();
        let ran = running.join().map_err(|_| anyhow::anyhow!("the run panicked"))??;
        let counts = ran.counts("visit")?;
        ensure!(ran.outcomes("visit", "publish", "success")? == 60 && ran.outcomes("visit", "arrived", "success")? == 60, "{counts}");
        ensure!(ran.failures("visit", "feed", "closed")? >= 1, "the source has lost nothing: {counts}");
        ensure!(proxy.traffic().0 >= connections + 2, "nothing was opened again");
        Ok(())
    })
}

#[test]
fn a_broker_that_is_not_there() -> Result<()> {
    let url = format!("amqp://127.0.0.1:{}", free_port()?);
    let message = json!({ "routing-key": "forms", "body": "pen" });
    let steps = json!([{ "name": "publish", "start": true, "retry": { "retries": 1, "delay": "1ms" }, "rabbitmq-produce": { "message": message } }]);
    let ran = run_document(&of(&url, 3, &steps), &[])?.ended_with_any(&[1])?;
    let publish = &ran.counts("visit")?["steps"]["publish"];
    ensure!(publish["failures"]["connect-refused"] == 3 && publish["attempts"] == 6, "{publish}");
    // A source, and connections that shall be there before, end the campaign before its load.
    for steps in [
        json!([{ "name": "wait", "start": true, "delay": "1ms" }, { "name": "feed", "rabbitmq-consume": { "queue": "forms" } }]),
        json!([{ "name": "publish", "start": true, "rabbitmq-produce": { "message": message, "warm-up": true } }]),
    ] {
        let folder = tempdir()?;
        let call = Throng::new().arg("run").arg(folder.file("scenario.json", of(&url, 1, &steps).to_string())?).run()?;
        ensure!(!call.status.success(), "{}", call.stdout);
        let said = format!("{}{}", call.stdout, call.stderr);
        ensure!(said.contains("refuses connections: nothing listens"), "{said}");
    }
    Ok(())
}

#[test]
fn wrong_options_are_refused_with_their_place() -> Result<()> {
    let call = |targets: &[&str], step: Json| {
        let folder = tempdir()?;
        let written = document(targets, &json!({}), &json!([step]));
        Throng::new().arg("validate").arg(folder.file("scenario.json", written.to_string())?).run()
    };
    let produce = |options: Json| json!({ "name": "publish", "start": true, "rabbitmq-produce": options });
    let url = "amqp://127.0.0.1:5672";
    let message = json!({ "routing-key": "a" });
    check_refused(
        call(&[], produce(json!({ "url": url, "message": message })))?,
        &["does not declare the target amqp://127.0.0.1:5672", "add `\"targets\""],
    )?;
    check_refused(call(&[url], produce(json!({ "url": url, "mesage": {} })))?, &["mesage", "did you mean `message`?"])?;
    check_refused(
        call(&[url], produce(json!({ "url": url, "message": { "body": "a", "json": 1 } })))?,
        &["one of `body`, `json` and `base64`"],
    )?;
    check_refused(
        call(&[url], produce(json!({ "url": url, "message": { "routing-key": "{minon}" } })))?,
        &["/message/routing-key", "did you mean `minion`?"],
    )?;
    check_refused(call(&[url], produce(json!({ "url": "http://127.0.0.1:5672", "message": message })))?, &["neither `amqp` nor `amqps`"])?;
    let feed = json!({ "name": "feed", "start": true, "rabbitmq-consume": { "url": url, "queue": "a-{minion}", "prefetch": 0, "format": "jsn", "bind": [{ "exchage": "a" }] } });
    check_refused(call(&[url], feed)?, &["`{minion}`", "/prefetch", "did you mean `json`?", "/bind/0/exchage", "did you mean `exchange`?"])
}

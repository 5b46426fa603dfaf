//! MQTT: messages published and subscribed to with a real broker; one that is killed, refuses or is not there.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{GOOD_OR_VOID, Ran, run_document};
use throng_e2e::documents::document;
use throng_e2e::errors::check_refused;
use throng_kit::{MosquittoServer, Throng, free_port, tempdir};

const PAGE: &str = include_str!("../../../docs/mqtt.md");

/// A document whose steps talk to one broker.
fn of(url: &str, version: &str, minions: u32, steps: &Json) -> Json {
    let defaults = json!({ "mqtt": { "url": url, "version": version, "user": "shop", "password": "secret" } });
    let profile = if minions > 50 { "regular(50ms, 1)" } else { "immediate" };
    document(&[url], &json!({ "minions": minions, "profile": profile, "defaults": defaults }), steps)
}

fn broker() -> Result<(MosquittoServer, String)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    Ok((MosquittoServer::start(&made.cert.pem(), &made.signing_key.serialize_pem())?, made.cert.pem()))
}

/// The first document of the page, with a join of what was published and what has arrived.
#[test]
fn the_example_of_the_documentation() -> Result<()> {
    let (broker, _) = broker()?;
    let text = PAGE.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).context("no example")?;
    // Late rights are waited for as long as lefts.
    let text = text.replace("mqtt://127.0.0.1:1883", &broker.url()).replace("\"timeout\": \"5s\"", "\"timeout\": \"2s\"");
    let ran = run_document(&serde_json::from_str(&text)?, &["--workers", "2"])?.ended_with_any(&GOOD_OR_VOID)?;
    for step in ["report", "arrived", "feed"] {
        ensure!(ran.outcomes("devices", step, "success")? == 100, "`{step}` in {}", ran.counts("devices")?);
    }
    Ok(())
}

/// All ways of delivery in both versions, shared and own connections; a body that is no JSON is told with its place.
#[test]
fn every_quality_in_both_versions() -> Result<()> {
    let (broker, _) = broker()?;
    for (version, connection) in [("3.1.1", "shared"), ("5", "per-minion")] {
        let publish = |after: &str, name: &str, message: Json| json!({ "name": name, "after": after, "mqtt-publish": { "connection": connection, "message": message } });
        let topic = format!("forms/{connection}");
        let steps = json!([
            { "name": "input", "start": true, "returns": { "id": "m-{minion}" } },
            publish("input", "zero", json!({ "topic": topic, "body": "{\"id\": \"zero\"}", "qos": 0 })),
            publish("zero", "one", json!({ "topic": topic, "base64": "eyJpZCI6Im9uZSJ9", "qos": 1 })),
            publish("one", "two", json!({ "topic": topic, "json": { "id": "m-{minion}" }, "qos": 2 })),
            publish("two", "broken", json!({ "topic": topic, "body": "{\"id\":", "qos": 1 })),
            { "name": "mine", "after": "two", "inner-join": { "right": "feed", "left-key": "m-{minion}", "right-key": { "json": "/body/id" }, "timeout": "2s" } },
            { "name": "feed", "mqtt-subscribe": { "topics": ["forms/+"], "qos": 2, "format": "json" } },
            { "name": "right", "after": "feed", "assert": { "rules": [format!("json:/topic == \"{topic}\""), "json:/retained == false"] } },
        ]);
        let ran = run_document(&of(&broker.url(), version, 10, &steps), &[])?;
        let counts = ran.counts("visit")?;
        for (step, count) in [("zero", 10), ("one", 10), ("two", 10), ("broken", 10), ("mine", 10), ("feed", 30), ("right", 30)] {
            ensure!(ran.outcomes("visit", step, "success")? == count, "`{step}` of {version} in {counts}");
        }
        ensure!(ran.failures("visit", "feed", "bad-record")? == 10, "{counts}");
        let place = ran.told("visit", "feed", "bad-record")?;
        ensure!(place.contains(&format!("topic `{topic}`, packet ")) && place.contains("the body is not JSON"), "{place}");
    }
    Ok(())
}

/// What was published before is kept by the broker for those who want it.
#[test]
fn retained_messages_are_taken_or_not() -> Result<()> {
    let (broker, _) = broker()?;
    let kept =
        json!([{ "name": "keep", "start": true, "mqtt-publish": { "message": { "topic": "kept", "body": "old", "retain": true } } }]);
    run_document(&of(&broker.url(), "5", 1, &kept), &[])?.ended_with_any(&[0])?;
    for (retained, count) in [(true, 2), (false, 1)] {
        let steps = json!([
            { "name": "publish", "start": true, "mqtt-publish": { "message": { "topic": "kept", "body": "new" } } },
            { "name": "stay", "after": "publish", "inner-join": { "right": "new", "left-key": "new", "right-key": { "json": "/body" }, "timeout": "1s" } },
            { "name": "feed", "mqtt-subscribe": { "topics": ["kept"], "retained": retained } },
            { "name": "new", "after": "feed", "pipe": {} },
        ]);
        let ran = run_document(&of(&broker.url(), "5", 1, &steps), &[])?.ended_with_any(&[0])?;
        ensure!(ran.outcomes("visit", "feed", "success")? == count, "{retained}: {}", ran.counts("visit")?);
    }
    Ok(())
}

/// Each with the broker's own words, and what to do.
#[test]
fn what_the_broker_refuses() -> Result<()> {
    let (broker, roots) = broker()?;
    let message = json!({ "topic": "a", "body": "pen" });
    let check = |ran: Ran, code: &str, words: &str| {
        ensure!(ran.failures("visit", "publish", code)? == 2, "`{code}` in {}", ran.counts("visit")?);
        let told = ran.told("visit", "publish", code)?;
        ensure!(told.contains(words), "`{words}` is not in {told}");
        Ok(())
    };
    let publish = |url: &str, version: &str, options: Json| {
        let steps = json!([{ "name": "publish", "start": true, "mqtt-publish": options }]);
        run_document(&of(url, version, 2, &steps), &[])
    };
    for version in ["3.1.1", "5"] {
        let ran = publish(&broker.url(), version, json!({ "message": message, "password": "wrong" }))?;
        check(ran, "access-refused", "NotAuthorized; the options `user` and `password`")?;
    }
    let folder = tempdir()?;
    let roots = folder.file("roots.pem", roots)?;
    let url = broker.tls_url();
    let ran = publish(&url, "5", json!({ "message": message, "tls": { "roots": roots } }))?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("visit", "publish", "success")? == 2, "{}", ran.counts("visit")?);
    let ran = publish(&url, "5", json!({ "message": message, "tls": { "roots": roots, "server-name": "127.0.0.1" } }))?;
    check(ran, "tls", "`tls.server-name`")?;
    let steps = json!([
        { "name": "wait", "start": true, "delay": "1ms" },
        { "name": "feed", "mqtt-subscribe": { "topics": ["a"], "user": "nobody" } },
    ]);
    let call = Throng::new().arg("run").arg(folder.file("scenario.json", of(&broker.url(), "5", 1, &steps).to_string())?).run()?;
    let said = format!("{}{}", call.stdout, call.stderr);
    ensure!(!call.status.success() && said.contains("NotAuthorized"), "{said}");
    Ok(())
}

/// The broker is killed in the middle of a campaign, and comes back: who publishes tries again, who subscribes is there again.
#[test]
fn a_broker_that_is_killed_and_comes_back() -> Result<()> {
    let (mut broker, _) = broker()?;
    let steps = json!([
        { "name": "publish", "start": true, "retry": { "retries": 50, "delay": "100ms" },
          "mqtt-publish": { "connection": "shared", "message": { "topic": "lasting", "body": "{minion}" } } },
        { "name": "feed", "mqtt-subscribe": { "topics": ["lasting"] } },
        { "name": "last", "after": "publish", "left-join": { "right": "feed", "left-key": "{minion}", "right-key": { "json": "/body" }, "timeout": "1s" } },
    ]);
    let written = of(&broker.url(), "5", 80, &steps);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run_document(&written, &["--workers", "1"]));
        broker.wait_for("Received PUBLISH")?;
        broker.kill();
        broker.start_again()?;
        broker.wait_for("Received PUBLISH")?;
        let ran = running.join().map_err(|_| anyhow::anyhow!("the run panicked"))??;
        let counts = ran.counts("visit")?;
        ensure!(ran.outcomes("visit", "publish", "success")? == 80, "{counts}");
        ensure!(ran.failures("visit", "feed", "closed")? >= 1, "the source has lost nothing: {counts}");
        ensure!(ran.outcomes("visit", "feed", "success")? > 0, "{counts}");
        Ok(())
    })
}

#[test]
fn a_broker_that_is_not_there() -> Result<()> {
    let url = format!("mqtt://127.0.0.1:{}", free_port()?);
    let message = json!({ "topic": "a", "body": "pen" });
    let steps =
        json!([{ "name": "publish", "start": true, "retry": { "retries": 1, "delay": "1ms" }, "mqtt-publish": { "message": message } }]);
    let ran = run_document(&of(&url, "5", 3, &steps), &[])?.ended_with_any(&[1])?;
    ensure!(ran.failures("visit", "publish", "connect-refused")? == 3, "{}", ran.counts("visit")?);
    let steps = json!([{ "name": "wait", "start": true, "delay": "1ms" }, { "name": "feed", "mqtt-subscribe": { "topics": ["a"] } }]);
    let folder = tempdir()?;
    let call = Throng::new().arg("run").arg(folder.file("scenario.json", of(&url, "5", 1, &steps).to_string())?);
    let call = call.limit(Duration::from_secs(60)).run()?;
    let said = format!("{}{}", call.stdout, call.stderr);
    ensure!(!call.status.success() && said.contains("refuses connections: nothing"), "{said}");
    Ok(())
}

#[test]
fn wrong_options_are_refused_with_their_place() -> Result<()> {
    let call = |targets: &[&str], step: Json| {
        let folder = tempdir()?;
        let written = document(targets, &json!({}), &json!([step]));
        Throng::new().arg("validate").arg(folder.file("scenario.json", written.to_string())?).run()
    };
    let publish = |options: Json| json!({ "name": "publish", "start": true, "mqtt-publish": options });
    let url = "mqtt://127.0.0.1:1883";
    check_refused(
        call(&[], publish(json!({ "url": url, "message": { "topic": "a" } })))?,
        &["does not declare the target mqtt://127.0.0.1:1883"],
    )?;
    check_refused(call(&[url], publish(json!({ "url": url, "message": { "topc": "a" } })))?, &["/message/topc", "did you mean `topic`?"])?;
    let message = json!({ "topic": "a/+", "qos": 3 });
    check_refused(
        call(&[url], publish(json!({ "url": url, "message": message })))?,
        &["/message/topic", "/message/qos", "write `0`, `1` or `2`"],
    )?;
    let old = json!({ "url": url, "version": "3.1.1", "message": { "topic": "a", "expiry": 5 } });
    check_refused(call(&[url], publish(old))?, &["version 3.1.1 carries a topic and a body only"])?;
    let feed = json!({ "name": "feed", "start": true, "mqtt-subscribe": { "url": url, "topics": ["a/#/b"], "version": "4" } });
    check_refused(call(&[url], feed)?, &["/topics/0", "/version", "write `3.1.1` or `5`"])
}

//! Kafka through documents: records there and back against a real broker, and brokers that are away, refuse, or are not granted.

use anyhow::{Context as _, Result, ensure};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rdkafka::mocking::MockCluster;
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{GOOD_OR_VOID, Ran, run, run_document};
use throng_e2e::documents::document;
use throng_kit::{Finished, KafkaServer, NginxTls, TargetProcess, Throng, TlsFront, example, free_port, guest, tempdir};

/// Waits that only a very busy machine comes to.
const PATIENT: &str = "60s";
/// How long a join waits for a record; its source goes on for as long after the last minion.
const JOIN: &str = "8s";

/// A document whose steps talk to one broker.
fn with_broker(address: &str, settings: Json, steps: &Json) -> Json {
    with_broker_and(&[], address, settings, steps)
}

/// The same, with further targets.
fn with_broker_and(targets: &[&str], address: &str, settings: Json, steps: &Json) -> Json {
    let kafka = json!({ "brokers": address, "timeouts": { "connect": "20s", "delivery": PATIENT, "request": "20s" } });
    let mut all = json!({ "defaults": { "kafka": kafka } });
    if let (Some(all), Json::Object(settings)) = (all.as_object_mut(), settings) {
        all.extend(settings);
    }
    document(&[&[format!("kafka://{address}").as_str()], targets].concat(), &all, steps)
}

/// The broker holds a member that joins for half of the session's time-out.
fn quick() -> Json {
    json!({ "session.timeout.ms": 2000, "heartbeat.interval.ms": 500 })
}

/// A source that begins with the oldest record.
fn consume(topic: &str, group: &str) -> Json {
    json!({ "topics": topic, "group": group, "from": "earliest", "commit-interval": "50ms", "properties": quick() })
}

fn step<'a>(ran: &'a Ran, name: &str) -> Result<&'a Json> {
    let steps = ran.scenario("visit")?["steps"].as_array().context("steps")?;
    steps.iter().find(|step| step["name"] == name).with_context(|| format!("no step `{name}`"))
}

/// What a document that is refused before its load says.
fn refused(document: &Json, options: &[&str]) -> Result<String> {
    let folder = tempdir()?;
    let finished = Throng::new().arg("run").arg(folder.file("scenario.json", document.to_string())?).args(options).run()?;
    ensure!(!finished.status.success() && !finished.stdout.contains("Steps of"), "{}{}", finished.stdout, finished.stderr);
    Ok(finished.stderr)
}

#[test]
fn every_record_that_is_sent_is_received_once() -> Result<()> {
    let broker = KafkaServer::start()?;
    broker.create_topic("orders", 3)?;
    let run = |steps: &Json| {
        let written = with_broker(&broker.address(), json!({ "minions": 100 }), steps);
        run_document(&written, &["--workers", "2"])?.ended_with_any(&GOOD_OR_VOID)
    };
    let send = |run: &str| {
        let id = format!("order-{run}-{{minion}}");
        let record = json!({ "key": id, "json": { "id": id, "run": run, "lines": [1, 2] }, "headers": { "trace": "t-{minion}" } });
        json!({ "name": "sent", "start": true, "timeout": PATIENT, "kafka-produce": { "topic": "orders", "record": record } })
    };
    let ran = run(&json!([
        send("a"),
        { "name": "seen", "kafka-consume": consume("orders", "shop") },
        { "name": "arrived", "after": "sent", "inner-join": {
            "right": "seen", "left-key": { "json": "/key" }, "right-key": { "json": "/value/id" }, "timeout": JOIN } },
        { "name": "right", "after": "arrived", "assert": { "rules": [
            "json:/0/offset >= 0", "json:/1/offset >= 0", "json:/1/topic == \"orders\"", "json:/1/value/lines/1 == 2", "json:/1/headers/trace != null"
        ] } }
    ]))?;
    let join = &step(&ran, "arrived")?["join"];
    ensure!(join["matched"] == 100 && join["missing"] == 0 && join["duplicate"] == 0 && join["orphan"] == 0, "{join}");
    ensure!(ran.outcomes("visit", "right", "success")? == 100, "{}", ran.counts("visit")?);

    // The next run finds the offsets of the first: what was handed over then does not come again.
    let ran = run(&json!([
        send("b"),
        { "name": "seen", "after": "sent", "timeout": PATIENT, "kafka-consume": consume("orders", "shop") },
        { "name": "new", "after": "seen", "assert": { "rules": ["json:/value/run == \"b\""] } }
    ]))?;
    ensure!(ran.outcomes("visit", "new", "success")? == 100, "{}", ran.counts("visit")?);
    Ok(())
}

#[test]
fn the_example_of_the_documentation_runs() -> Result<()> {
    let broker = KafkaServer::start()?;
    broker.create_topic("orders", 2)?;
    let page = include_str!("../../../docs/kafka.md");
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).context("an example")?;
    let mut written: Json = serde_json::from_str(&example.replace("127.0.0.1:9092", &broker.address()))?;
    written["scenarios"][0]["defaults"]["kafka"]["properties"] = quick();
    let folder = tempdir()?;
    let ran = run(&[folder.file("orders.json", written.to_string())?], &[])?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(ran.outcomes("orders", "arrived", "success")? == 100, "{}", ran.counts("orders")?);
    Ok(())
}

#[test]
fn closures_build_records_and_members_share_partitions() -> Result<()> {
    let broker = KafkaServer::start()?;
    broker.create_topic("orders", 3)?;
    let brokers = format!("brokers={}", broker.address());
    let ran = run(&[example("orders-over-kafka")?], &["-c", &brokers, "--workers", "2"])?.ended_with_any(&GOOD_OR_VOID)?;
    let counts = ran.counts("orders-over-kafka")?;
    ensure!(counts["steps"]["sent"]["outcomes"]["success"] == 200 && counts["steps"]["arrived"]["outcomes"]["success"] == 200, "{counts}");
    Ok(())
}

#[test]
fn the_interface_for_guests_builds_records_and_looks_into_them() -> Result<()> {
    let broker = KafkaServer::start()?;
    broker.create_topic("orders", 2)?;
    let brokers = format!("brokers={}", broker.address());
    let options = ["--scenario", "records", "-c", &brokers, "-m", "20", "--profile", "immediate", "--limit", "call-time=10s"];
    let ran = run(&[guest("handles")?], &options)?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(ran.outcomes("records", "looked", "success")? == 20, "{}", ran.counts("records")?);
    Ok(())
}

#[test]
fn all_topics_of_a_pattern_are_read() -> Result<()> {
    let broker = KafkaServer::start()?;
    ["orders-north", "orders-south", "other"].iter().try_for_each(|topic| broker.create_topic(topic, 1))?;
    let send = |name: &str, topic: &str, after: (&str, Json)| {
        let record = json!({ "json": { "id": format!("{name}-{{minion}}") } });
        json!({ "name": name, after.0: after.1, "timeout": PATIENT, "kafka-produce": { "topic": topic, "record": record } })
    };
    let mut seen = consume("", "shop");
    seen["pattern"] = json!("orders-.*");
    seen.as_object_mut().and_then(|seen| seen.remove("topics"));
    let steps = json!([
        send("other", "other", ("start", json!(true))),
        send("north", "orders-north", ("after", json!("other"))),
        send("south", "orders-south", ("after", json!("north"))),
        { "name": "seen", "kafka-consume": seen },
        { "name": "arrived", "after": "south", "inner-join": {
            "right": "seen", "left-key": { "json": "/value/id" }, "right-key": { "json": "/value/id" }, "timeout": JOIN } }
    ]);
    let ran = run_document(&with_broker(&broker.address(), json!({ "minions": 10 }), &steps), &[])?.ended_with_any(&GOOD_OR_VOID)?;
    // Those from the north, and none of the others.
    let join = &step(&ran, "arrived")?["join"];
    ensure!(join["matched"] == 10 && join["orphan"] == 10, "{join}");
    Ok(())
}

#[test]
fn a_group_that_begins_with_the_latest_misses_nothing_while_it_joins() -> Result<()> {
    let broker = KafkaServer::start()?;
    broker.create_topic("orders", 2)?;
    let mut latest = consume("orders", "shop");
    if let Some(latest) = latest.as_object_mut() {
        latest.remove("from");
    }
    let steps = json!([
        { "name": "sent", "start": true, "timeout": PATIENT, "kafka-produce": { "topic": "orders", "record": { "value": "1" } } },
        { "name": "seen", "after": "sent", "timeout": PATIENT, "kafka-consume": latest }
    ]);
    let ran = run_document(&with_broker(&broker.address(), json!({ "minions": 20 }), &steps), &[])?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(ran.outcomes("visit", "seen", "success")? == 20, "{}", ran.counts("visit")?);
    Ok(())
}

/// Against librdkafka's own mock, which knows the ends of partitions as Kafka does; the broker of the other tests does not.
#[test]
fn a_group_that_is_too_far_behind_fails_by_a_rule() -> Result<()> {
    let cluster = MockCluster::new(1)?;
    cluster.create_topic("orders", 2, 1)?;
    let broker = cluster.bootstrap_servers();
    let run = |limit: u32| {
        let steps = json!([
            { "name": "sent", "start": true, "timeout": PATIENT, "kafka-produce": { "topic": "orders", "record": { "value": "{minion}" } } },
            { "name": "looked", "after": "sent", "zip-last": { "right": "behind" } },
            { "name": "lag", "kafka-lag": { "topics": "orders", "group": "shop", "every": "20ms" } },
            { "name": "behind", "after": "lag", "gauge": { "name": "shop-lag", "value": { "json": "/lag" }, "should": [format!("max <= {limit}")] } }
        ]);
        run_document(&with_broker(&broker, json!({ "minions": 20 }), &steps), &[])
    };
    let ran = run(1000)?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(ran.outcomes("visit", "behind", "success")? > 0, "{}", ran.counts("visit")?);
    // The records of the first run are there, and the group has read none.
    let ran = run(5)?.ended_with_any(&[1])?;
    let reasons = ran.reasons("visit")?;
    ensure!(reasons.contains("shop-lag") && reasons.contains("<= 5"), "{reasons}");
    Ok(())
}

#[test]
fn a_bad_record_has_its_topic_partition_and_offset() -> Result<()> {
    let broker = KafkaServer::start()?;
    broker.create_topic("orders", 1)?;
    let send = |value: &str| json!({ "topic": "orders", "record": { "value": value, "partition": 0 } });
    let steps = json!([
        { "name": "good", "start": true, "timeout": PATIENT, "kafka-produce": send("{\"id\": \"first\"}") },
        { "name": "bad", "after": "good", "timeout": PATIENT, "kafka-produce": send("{\"id\": ") },
        { "name": "last", "after": "bad", "timeout": PATIENT, "kafka-produce": send("{\"id\": \"last\"}") },
        { "name": "seen", "kafka-consume": consume("orders", "shop"), "tolerate": true },
        { "name": "arrived", "after": "last", "inner-join": {
            "right": "seen", "left-key": { "json": "/value/id" }, "right-key": { "json": "/value/id" }, "timeout": JOIN } }
    ]);
    let ran = run_document(&with_broker(&broker.address(), json!({}), &steps), &[])?;
    let seen = step(&ran, "seen")?;
    let counts = ran.counts("visit")?;
    ensure!(ran.outcomes("visit", "seen", "success")? == 2 && ran.outcomes("visit", "seen", "error")? == 1, "{counts}");
    let failure = &seen["failures"][0];
    let message = failure["message"].as_str().unwrap_or_default();
    ensure!(failure["code"] == "bad-record", "{seen}");
    ensure!(
        message.starts_with("orders, partition 0, offset 1: the value is not JSON: EOF") && message.contains("set `value` to `text`"),
        "{message}"
    );
    Ok(())
}

#[test]
fn a_broker_that_is_not_there_is_said_before_the_load() -> Result<()> {
    let nobody = format!("127.0.0.1:{}", free_port()?);
    let limits = json!({ "connect": "1s" });
    let send = json!({ "brokers": nobody, "timeouts": limits, "topic": "orders", "record": { "value": "x" } });
    let said = refused(
        &document(&[&format!("kafka://{nobody}")], &json!({}), &json!([{ "name": "sent", "start": true, "kafka-produce": send }])),
        &[],
    )?;
    ensure!(said.contains("`sent`") && said.contains(&format!("no broker at {nobody} has answered within 1s")), "{said}");
    ensure!(said.contains("Connection refused") && said.contains("is a broker listening there?"), "{said}");
    Ok(())
}

#[test]
fn brokers_that_are_not_granted_are_refused() -> Result<()> {
    // It says of itself that it is somewhere else.
    let (port, elsewhere) = (free_port()?, free_port()?);
    let broker = KafkaServer::start_at(port, &format!("tcp://127.0.0.1:{elsewhere}"), &[])?;
    let steps = json!([{ "name": "sent", "start": true, "kafka-produce": { "topic": "orders", "record": { "value": "x" } } }]);
    let said = refused(&with_broker(&broker.address(), json!({}), &steps), &[])?;
    ensure!(said.contains(&format!("the cluster names the broker `127.0.0.1:{elsewhere}`, which the document does not grant")), "{said}");
    ensure!(said.contains(&format!("make it `\"targets\": [\"kafka://127.0.0.1:{port}\", \"kafka://127.0.0.1:{elsewhere}\"]`")), "{said}");

    let mut undeclared = with_broker(&broker.address(), json!({}), &steps);
    undeclared["targets"] = json!(["kafka://127.0.0.1:1"]);
    let said = refused(&undeclared, &[])?;
    ensure!(said.contains(&format!("the document does not declare the target 127.0.0.1:{port}")), "{said}");
    Ok(())
}

/// Runs sixty minions, each of which asks an HTTP server before it sends: `disturb` comes when a third has asked, `mend` at two thirds.
fn disturbed(broker: &str, steps: Json, disturb: impl FnOnce() -> Result<()>, mend: impl FnOnce() -> Result<()>) -> Result<Ran> {
    let target = TargetProcess::start(&[] as &[&str])?;
    let ask = json!({ "name": "asked", "start": true, "http": { "url": target.url(), "request": { "path": "/" } } });
    let all: Vec<Json> = std::iter::once(ask).chain(steps.as_array().cloned().unwrap_or_default()).collect();
    let settings = json!({ "minions": 60, "profile": "regular(100ms, 2)" });
    let written = with_broker_and(&[target.url()], broker, settings, &json!(all));
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| run_document(&written, &["--workers", "2"]));
        let have_asked = |many: u64| -> Result<()> {
            while target.stats()?.get("requests").and_then(Json::as_u64) < Some(many) {
                ensure!(!ran.is_finished(), "the run ended before {many} minions had asked");
                std::thread::park_timeout(std::time::Duration::from_millis(20));
            }
            Ok(())
        };
        let mended = have_asked(20).and_then(|()| disturb()).and_then(|()| have_asked(40)).and_then(|()| mend());
        let ran = ran.join().map_err(|_| anyhow::anyhow!("the run panicked"))??;
        mended.map(|()| ran)
    })
}

#[test]
fn a_broker_that_is_killed_and_comes_back_is_sent_everything() -> Result<()> {
    let broker = KafkaServer::start()?;
    broker.create_topic("orders", 1)?;
    let (address, port) = (broker.address(), broker.port());
    let steps = json!([
        { "name": "sent", "after": "asked", "timeout": PATIENT, "kafka-produce": { "topic": "orders", "record": { "value": "{minion}" } } }
    ]);
    let mut restarted = None;
    let kill = || {
        drop(broker);
        Ok(())
    };
    let start = || {
        let again = KafkaServer::start_at(port, &format!("tcp://127.0.0.1:{port}"), &[])?;
        again.create_topic("orders", 1)?;
        restarted = Some(again);
        Ok(())
    };
    let ran = disturbed(&address, steps, kill, start)?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(ran.outcomes("visit", "sent", "success")? == 60, "{}", ran.counts("visit")?);
    Ok(())
}

#[test]
fn a_broker_that_stands_still_loses_nothing() -> Result<()> {
    let broker = KafkaServer::start()?;
    broker.create_topic("orders", 2)?;
    let record = json!({ "json": { "id": "order-{minion}" } });
    let steps = json!([
        { "name": "sent", "after": "asked", "timeout": PATIENT, "kafka-produce": { "topic": "orders", "record": record } },
        { "name": "seen", "kafka-consume": consume("orders", "shop") },
        { "name": "arrived", "after": "sent", "inner-join": {
            "right": "seen", "left-key": { "json": "/value/id" }, "right-key": { "json": "/value/id" }, "timeout": JOIN } }
    ]);
    let ran = disturbed(&broker.address(), steps, || broker.freeze(), || broker.thaw())?.ended_with_any(&GOOD_OR_VOID)?;
    let join = &step(&ran, "arrived")?["join"];
    ensure!(join["matched"] == 60 && join["missing"] == 0, "{join}");
    Ok(())
}

#[test]
fn a_wrong_password_is_said_before_the_load() -> Result<()> {
    let port = free_port()?;
    let broker = KafkaServer::start_at(port, &format!("tcp://127.0.0.1:{port}"), &["--authentication"])?;
    let sasl = json!({ "mechanism": "SCRAM-SHA-256", "username": "ann", "password": "{setting:password}" });
    let steps =
        json!([{ "name": "sent", "start": true, "kafka-produce": { "topic": "orders", "record": { "value": "x" }, "sasl": sasl } }]);
    let settings = json!({ "settings": [{ "name": "password", "type": "text", "secret": true, "required": true }] });
    let said = refused(&with_broker(&broker.address(), settings, &steps), &["-c", "password=swordfish"])?;
    ensure!(
        said.contains("`sent`") && said.contains("look at `sasl`: mechanism, user and password") && !said.contains("swordfish"),
        "{said}"
    );
    Ok(())
}

#[test]
fn brokers_are_reached_over_tls() -> Result<()> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let client = generate_simple_self_signed(["client.example".to_owned()])?;
    let (folder, inner, outer) = (tempdir()?, free_port()?, free_port()?);
    folder.file("roots.pem", cert.pem())?;
    folder.file("client.pem", client.cert.pem())?;
    folder.file("client.key", client.signing_key.serialize_pem())?;
    let tls = NginxTls { certificate: &cert.pem(), key: &signing_key.serialize_pem(), clients: &client.cert.pem() };
    let _broker = KafkaServer::start_at(inner, &format!("tcp://127.0.0.1:{outer}"), &[])?;
    let _front = TlsFront::start(outer, inner, tls)?;
    let run_with = |tls: Json, patience: &str| -> Result<Finished> {
        let steps = json!([
            { "name": "sent", "start": true, "timeout": PATIENT, "kafka-produce": {
                "topic": "orders", "tls": tls, "timeouts": { "connect": patience }, "record": { "value": "{minion}" } } }
        ]);
        let settings = json!({ "minions": 20, "rules": ["failures(step:sent) == 0"] });
        let written = with_broker(&format!("127.0.0.1:{outer}"), settings, &steps);
        Throng::new().arg("run").arg(folder.file("scenario.json", written.to_string())?).args(["--live", "off"]).run()
    };
    run_with(json!({ "roots": "roots.pem", "certificate": "client.pem", "key": "client.key" }), PATIENT)?.ended_with(0)?;

    for (tls, patience, words) in [
        (json!({ "roots": "client.pem", "certificate": "client.pem", "key": "client.key" }), "20s", "certificate verify failed"),
        // A server that wants one hangs up, which clients take for a server that is away.
        (json!({ "roots": "roots.pem" }), "2s", "no broker at"),
        (json!({ "roots": "nobody.pem" }), PATIENT, "`nobody.pem`, a file of `tls`, cannot be read"),
    ] {
        let finished = run_with(tls, patience)?;
        ensure!(finished.stderr.contains("`sent`") && finished.stderr.contains(words), "{}", finished.stderr);
    }
    Ok(())
}

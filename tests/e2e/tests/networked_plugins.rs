//! A step plugin that talks to the network by itself: to a real Redis, to nobody, and to whom it may not.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run_document};
use throng_e2e::documents::document;
use throng_kit::{RedisServer, example, free_port};

/// Longer than any wait here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs steps whose plugin may reach this address.
fn resp(target: &str, minions: u32, steps: &Json, options: &[&str]) -> Result<Ran> {
    let plugin = example("resp")?.into_os_string().into_string().ok().context("a path in UTF-8")?;
    let written = document(&[&format!("tcp://{target}")], &json!({ "minions": minions }), steps);
    run_document(&written, &[&["--plugin", &plugin], options].concat())
}

fn command(address: &str, words: &[&str]) -> Json {
    json!({ "address": address, "command": words })
}

/// What Redis answers to these commands, one a line.
fn ask(address: &str, commands: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(format!("{commands}\r\nQUIT\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Waits until so many clients wait for a list, and then gives each minion something to take from it.
#[allow(clippy::disallowed_methods, reason = "the time of a real server")]
fn release_when_blocked(address: &str, blocked: usize, minions: u32) -> Result<()> {
    let begun = Instant::now();
    while !ask(address, "INFO clients")?.contains(&format!("blocked_clients:{blocked}\r\n")) {
        ensure!(begun.elapsed() < LIMIT, "there are never {blocked} calls in flight: {}", ask(address, "INFO clients")?);
    }
    (0..minions).try_for_each(|_| ask(address, "RPUSH gate open").map(drop))
}

#[test]
fn a_plugin_talks_to_a_real_redis() -> Result<()> {
    let redis = RedisServer::start()?;
    let at = redis.address();
    let right = |after: &str, rule: &str| json!({ "name": format!("{after}-right"), "after": after, "assert": { "rules": [rule] } });
    let mut counted = command(&at, &["INCR"]);
    counted["pass"] = json!(true);
    let steps = json!([
        { "name": "pinged", "start": true, "examples:resp/command": command(&at, &["PING"]) },
        right("pinged", "body == \"PONG\""),
        { "name": "key", "after": "pinged-right", "returns": "cart-{minion}" },
        { "name": "counted", "after": "key", "examples:resp/command": counted },
        { "name": "got", "after": "counted", "examples:resp/command": command(&at, &["GET"]) },
        right("got", "body == \"1\""),
        { "name": "words", "after": "got-right", "returns": ["colour", "blue"] },
        { "name": "set", "after": "words", "examples:resp/command": command(&at, &["HSET", "pens"]) },
        { "name": "all", "after": "set", "returns": "pens" },
        { "name": "listed", "after": "all", "examples:resp/command": command(&at, &["HGETALL"]) },
        right("listed", "json:/1 == \"blue\""),
        { "name": "refused", "after": "key", "examples:resp/command": command(&at, &["APPEND"]), "tolerate": true },
    ]);
    let ran = resp(&at, 50, &steps, &["--workers", "2"])?;
    let counts = ran.counts("visit")?;
    for step in ["pinged", "pinged-right", "counted", "got", "got-right", "set", "listed", "listed-right"] {
        ensure!(ran.outcomes("visit", step, "success")? == 50, "`{step}` in {counts}");
    }
    ensure!(counts["steps"]["refused"]["failures"]["resp-error"] == 50, "{counts}");
    ensure!(ask(&at, "GET cart-49")?.contains("\r\n1\r\n"), "{}", ask(&at, "GET cart-49")?);
    Ok(())
}

#[test]
fn each_call_in_flight_has_a_lane() -> Result<()> {
    let redis = RedisServer::start()?;
    let at = redis.address();
    let steps = json!([{ "name": "taken", "start": true, "examples:resp/command": command(&at, &["BLPOP", "gate", "0"]) }]);
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| resp(&at, 20, &steps, &["--workers", "1"]));
        release_when_blocked(&at, 20, 20)?;
        let ran = ran.join().map_err(|_| anyhow::anyhow!("the run panicked"))??.ended_with_any(&[0])?;
        ensure!(ran.outcomes("visit", "taken", "success")? == 20, "{}", ran.counts("visit")?);
        Ok(())
    })
}

#[test]
fn the_limit_of_lanes_is_kept_and_told() -> Result<()> {
    let redis = RedisServer::start()?;
    let at = redis.address();
    let steps = json!([{ "name": "taken", "start": true, "examples:resp/command": command(&at, &["BLPOP", "gate", "0"]) }]);
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| resp(&at, 10, &steps, &["--workers", "1", "--limit", "lanes=3"]));
        release_when_blocked(&at, 3, 10)?;
        let ran = ran.join().map_err(|_| anyhow::anyhow!("the run panicked"))??.ended_with_any(&[0])?;
        ensure!(ran.outcomes("visit", "taken", "success")? == 10, "{}", ran.counts("visit")?);
        let told = ran.scenario("visit")?["messages"].to_string();
        ensure!(
            told.contains("one of the plugin's 3 lanes on a worker; raise the limit `lanes`") && told.contains("\"count\":7"),
            "{told}"
        );
        Ok(())
    })
}

#[test]
fn a_host_that_is_not_granted_is_named() -> Result<()> {
    let redis = RedisServer::start()?;
    let steps = json!([{ "name": "asked", "start": true, "examples:resp/command": command(&redis.address(), &["PING"]) }]);
    let other = format!("127.0.0.1:{}", free_port()?);
    let ran = resp(&other, 3, &steps, &[])?.ended_with_any(&[1])?;
    let counts = ran.counts("visit")?;
    ensure!(counts["steps"]["asked"]["failures"]["target-not-declared"] == 3, "{counts}");
    let words = format!("the plugin wanted to reach {}, which is none of the document's targets", redis.address());
    ensure!(ran.finished.stdout.contains(&words), "{}", ran.finished.stdout);
    // This question alone.
    let stats = ask(&redis.address(), "INFO stats")?;
    ensure!(stats.contains("total_connections_received:1\r\n"), "{stats}");
    Ok(())
}

#[test]
fn a_server_that_is_not_there_fails_the_step() -> Result<()> {
    let nobody = format!("127.0.0.1:{}", free_port()?);
    let steps = json!([{ "name": "asked", "start": true, "examples:resp/command": command(&nobody, &["PING"]), "retry": { "retries": 1, "delay": "1ms" } }]);
    let ran = resp(&nobody, 3, &steps, &[])?.ended_with_any(&[1])?;
    let asked = &ran.counts("visit")?["steps"]["asked"];
    ensure!(asked["failures"]["connection"] == 3 && asked["attempts"] == 6, "{asked}");
    Ok(())
}

/// A call that is given up leaves the others alone.
#[test]
fn a_call_over_its_time_is_given_up() -> Result<()> {
    let redis = RedisServer::start()?;
    let at = redis.address();
    // The input is the last word: wait for ever.
    let waiting = command(&at, &["BLPOP", "gate"]);
    let steps = json!([
        { "name": "key", "start": true, "returns": "0" },
        { "name": "waited", "after": "key", "timeout": "50ms", "tolerate": true, "examples:resp/command": waiting },
        { "name": "pinged", "after": "key", "examples:resp/command": command(&at, &["EXISTS"]) },
    ]);
    let ran = resp(&at, 5, &steps, &[])?;
    let counts = ran.counts("visit")?;
    ensure!(counts["steps"]["waited"]["failures"]["timeout"] == 5, "{counts}");
    ensure!(ran.outcomes("visit", "pinged", "success")? == 5, "{counts}");
    Ok(())
}

//! Redis: values saved, collections polled, streams produced and consumed with a real server; one that is killed, refuses or is not there.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{GOOD_OR_VOID, Ran, run_document};
use throng_e2e::documents::document;
use throng_e2e::errors::check_refused;
use throng_kit::{RedisServer, Throng, free_port, tempdir};

const PAGE: &str = include_str!("../../../docs/redis.md");

/// A document whose steps talk to one server.
fn of(url: &str, minions: u32, steps: &Json) -> Json {
    let defaults = json!({ "redis": { "url": url, "password": "{setting:password}" } });
    let settings = json!([{ "name": "password", "secret": true, "default": "secret" }]);
    let profile = if minions > 50 { "regular(50ms, 1)" } else { "immediate" };
    document(&[url], &json!({ "minions": minions, "profile": profile, "defaults": defaults, "settings": settings }), steps)
}

/// The same for a server that lets everybody in.
fn of_open(server: &RedisServer, minions: u32, steps: &Json) -> Json {
    let url = server.url();
    document(&[&url], &json!({ "minions": minions, "profile": "immediate", "defaults": { "redis": { "url": url } } }), steps)
}

/// A server that wants a password and a certificate, which is the second.
fn guarded() -> Result<(RedisServer, rcgen::CertifiedKey<rcgen::KeyPair>)> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    Ok((RedisServer::start_guarded(&made.cert.pem(), &made.signing_key.serialize_pem())?, made))
}

/// A run that is expected to fail before its load.
fn refused(written: &Json) -> Result<String> {
    let folder = tempdir()?;
    let call = Throng::new().arg("run").arg(folder.file("scenario.json", written.to_string())?).limit(Duration::from_secs(60)).run()?;
    let said = format!("{}{}", call.stdout, call.stderr);
    ensure!(!call.status.success(), "{said}");
    Ok(said)
}

/// The first document of the page, with a join of what was produced and what has arrived.
#[test]
fn the_example_of_the_documentation() -> Result<()> {
    let server = RedisServer::start()?;
    let text = PAGE.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).context("no example")?;
    // Late rights are waited for as long as lefts.
    let text = text.replace("redis://127.0.0.1:6379", &server.url()).replace("\"timeout\": \"5s\"", "\"timeout\": \"2s\"");
    let ran = run_document(&serde_json::from_str(&text)?, &["--workers", "2"])?.ended_with_any(&GOOD_OR_VOID)?;
    for step in ["saved", "announced", "arrived", "feed"] {
        ensure!(ran.outcomes("orders", step, "success")? == 100, "`{step}` in {}", ran.counts("orders")?);
    }
    ensure!(server.ask(&["ZCARD", "totals"])? == "100");
    Ok(())
}

/// Everything that can be saved, and everything that can be looked through.
#[test]
fn what_is_saved_is_polled() -> Result<()> {
    let server = RedisServer::start()?;
    let poll = |name: &str, options: Json| {
        let mut options = options;
        options["poll-delay"] = "50ms".into();
        json!({ "name": name, "redis-poll": options })
    };
    let join = |name: &str, after: &str, right: &str, key: Json| {
        json!({ "name": name, "after": after, "inner-join": {
        "right": right, "left-key": "m-{minion}", "right-key": key, "timeout": "3s" } })
    };
    let steps = json!([
        { "name": "input", "start": true, "returns": "m-{minion}" },
        { "name": "save", "after": "input", "redis-save": { "connections": 2, "warm-up": true, "records": [
            { "key": "m-{minion}", "ttl": "10m" },
            { "key": "raw:{minion}", "base64": "/wA=" },
            { "key": "hash", "type": "hash", "value": { "f-{minion}": { "id": "m-{minion}" } } },
            { "key": "set", "type": "set", "value": ["m-{minion}", "same"] },
            { "key": "zset", "type": "zset", "value": { "m-{minion}": "{minion}.5" }, "ttl": "10m" },
            { "key": "list", "type": "list", "value": "m-{minion}" },
        ] } },
        { "name": "answers", "after": "save", "assert": { "rules": ["json:/1/records == 6", "json:/1/answers/0 == \"OK\"", "json:/1/answers/2 == 1"] } },
        join("in-keys", "answers", "keys", json!({ "json": "/key" })),
        join("in-hash", "in-keys", "fields", json!({ "json": "/value/id" })),
        join("in-set", "in-hash", "members", json!({ "json": "/member" })),
        join("in-zset", "in-set", "scores", json!({ "json": "/member" })),
        poll("keys", json!({ "method": "scan", "pattern": "m-*", "type": "string", "count": 3 })),
        poll("fields", json!({ "method": "hscan", "key": "hash", "format": "json" })),
        poll("members", json!({ "method": "sscan", "key": "set" })),
        poll("scores", json!({ "method": "zscan", "key": "zset" })),
    ]);
    let ran = run_document(&of_open(&server, 20, &steps), &["--workers", "2"])?.ended_with_any(&[0])?;
    let counts = ran.counts("visit")?;
    for (step, count) in [("answers", 20), ("in-zset", 20), ("keys", 20), ("fields", 20), ("members", 21), ("scores", 20)] {
        ensure!(ran.outcomes("visit", step, "success")? == count, "`{step}` in {counts}");
    }
    ensure!(server.ask(&["GET", "m-7"])? == "m-7" && server.ask(&["HGET", "hash", "f-7"])? == "{\"id\":\"m-7\"}");
    ensure!(server.ask(&["STRLEN", "raw:7"])? == "2");
    ensure!(server.ask(&["ZSCORE", "zset", "m-7"])? == "7.5");
    ensure!(server.ask(&["LLEN", "list"])? == "20");
    for key in ["m-7", "zset"] {
        let left: u64 = server.ask(&["TTL", key])?.parse()?;
        ensure!((1..=600).contains(&left), "{left}");
    }
    Ok(())
}

/// Without `records` the step saves what it is given, many as one.
#[test]
fn records_come_from_the_value_too() -> Result<()> {
    let server = RedisServer::start()?;
    let steps = json!([
        { "name": "record", "start": true, "returns": { "key": "list", "type": "list", "value": "{as it is}" } },
        { "name": "all", "after": "record", "collect": { "batch": 10, "timeout": "5s" } },
        { "name": "save", "after": "all", "redis-save": { "transaction": true } },
        { "name": "told", "after": "save", "assert": { "rules": ["json:/1/records == 10"] } },
        { "name": "entry", "after": "record", "returns": { "a": 1, "b": { "c": 2 } } },
        { "name": "produce", "after": "entry", "redis-stream-produce": { "transaction": true, "records": { "stream": "entries", "max-length": 3, "exact": true } } },
        { "name": "number", "after": "record", "returns": 7 },
        { "name": "nothing", "after": "number", "redis-save": {} },
        { "name": "absent", "after": "record", "redis-stream-produce": { "records": { "stream": "absent", "fields": { "a": 1 }, "create": false } } },
    ]);
    let ran = run_document(&of_open(&server, 10, &steps), &["--workers", "2"])?;
    let counts = ran.counts("visit")?;
    ensure!(ran.outcomes("visit", "told", "success")? == 1 && ran.outcomes("visit", "produce", "success")? == 10, "{counts}");
    ensure!(server.ask(&["LLEN", "list"])? == "10" && server.ask(&["LINDEX", "list", "9"])? == "{as it is}");
    ensure!(server.ask(&["XLEN", "entries"])? == "3");
    let entries = server.ask(&["XRANGE", "entries", "-", "+", "COUNT", "1"])?;
    ensure!(entries.ends_with("a\n1\nb\n{\"c\":2}"), "{entries}");
    ensure!(ran.failures("visit", "nothing", "bad-message")? == 10, "{counts}");
    let told = ran.told("visit", "nothing", "bad-message")?;
    ensure!(told.contains("a record or a list of them is wanted"), "{told}");
    ensure!(ran.failures("visit", "absent", "no-stream")? == 10, "{counts}");
    Ok(())
}

/// Several consumers, values as JSON, one that is none; then each place to begin at.
#[test]
fn streams_are_consumed_by_groups() -> Result<()> {
    let server = RedisServer::start()?;
    let consume = |options: Json| {
        let mut options = options;
        options["stream"] = "orders".into();
        json!({ "name": "feed", "redis-stream-consume": options })
    };
    let produce = json!({ "records": [
        { "stream": "orders", "fields": { "key": "o-{minion}", "order": { "id": "o-{minion}" } } },
        { "stream": "orders", "fields": { "key": "bad", "order": "{" } },
    ] });
    let steps = json!([
        { "name": "produce", "start": true, "redis-stream-produce": produce },
        { "name": "mine", "after": "produce", "inner-join": { "right": "feed", "left-key": { "json": "/1/answers/0" }, "right-key": { "json": "/id" }, "timeout": "2s" } },
        { "name": "same", "after": "mine", "assert": { "rules": ["json:/1/redelivered == false", "json:/1/fields/order/id != \"\""] } },
        consume(json!({ "group": "shop", "concurrency": 3, "count": 4, "json-fields": ["order"] })),
    ]);
    let ran = run_document(&of_open(&server, 30, &steps), &["--workers", "2"])?;
    let counts = ran.counts("visit")?;
    for step in ["produce", "same", "feed"] {
        ensure!(ran.outcomes("visit", step, "success")? == 30, "`{step}` in {counts}");
    }
    ensure!(ran.failures("visit", "feed", "bad-record")? == 30, "{counts}");
    let told = ran.told("visit", "feed", "bad-record")?;
    ensure!(told.contains("stream `orders`, entry ") && told.contains("field `order`: the body is not JSON"), "{told}");
    ensure!(server.ask(&["XPENDING", "orders", "shop"])?.starts_with('0'), "{}", server.ask(&["XPENDING", "orders", "shop"])?);

    // What somebody was given in a run that crashed, under this name and another.
    server.ask(&["XGROUP", "SETID", "orders", "shop", "0"])?;
    for consumer in ["throng-0", "gone"] {
        server.ask(&["XREADGROUP", "GROUP", "shop", consumer, "COUNT", "5", "STREAMS", "orders", ">"])?;
    }
    for (offset, old) in [("last-consumed", 60), ("last-consumed", 0), ("earliest", 61), ("latest", 0)] {
        let steps = json!([
            { "name": "produce", "start": true, "redis-stream-produce": { "records": { "stream": "orders", "fields": { "key": "last" } } } },
            { "name": "mine", "after": "produce", "inner-join": { "right": "feed", "left-key": { "json": "/1/answers/0" }, "right-key": { "json": "/id" }, "timeout": "1s" } },
            consume(json!({ "group": "shop", "offset": offset, "claim-after": "1ms" })),
        ]);
        let ran = run_document(&of_open(&server, 1, &steps), &[])?.ended_with_any(&[0])?;
        ensure!(ran.outcomes("visit", "mine", "success")? == 1, "{}", ran.counts("visit")?);
        let taken = ran.outcomes("visit", "feed", "success")?;
        // The stream has one entry more with each run.
        let wanted = if offset == "earliest" { old + 2 } else { old + 1 };
        ensure!(taken == wanted, "{offset}: {taken} instead of {wanted}");
    }
    Ok(())
}

/// Each with the server's own words, and what to do.
#[test]
fn what_the_server_refuses() -> Result<()> {
    let (server, made) = guarded()?;
    let record = json!({ "key": "a", "value": "pen" });
    let check = |ran: Ran, code: &str, words: &str| {
        ensure!(ran.failures("visit", "save", code)? == 2, "`{code}` in {}", ran.report);
        let told = ran.told("visit", "save", code)?;
        ensure!(told.contains(words), "`{words}` is not in {told}");
        Ok(())
    };
    let save = |url: &str, options: Json| {
        let steps = json!([{ "name": "save", "start": true, "redis-save": options }]);
        run_document(&of(url, 2, &steps), &[])
    };
    let url = server.url();
    let wrong = save(&url, json!({ "records": record, "password": "wrong" }))?;
    check(wrong, "access-refused", "WRONGPASS invalid username-password pair or user is disabled; the options `user` and `password`")?;
    check(save(&url, json!({ "records": record, "user": "reader" }))?, "access-refused", "NOPERM")?;
    server.ask(&["SADD", "set", "a"])?;
    let records = json!([record, { "key": "set", "type": "hash", "value": { "a": 1 } }]);
    let mixed = save(&url, json!({ "records": records }))?;
    check(mixed, "wrong-type", "key `set`: ")?;
    let mixed = save(&url, json!({ "records": records, "transaction": true }))?;
    check(
        mixed,
        "wrong-type",
        "WRONGTYPE Operation against a key holding the wrong kind of value; choose another key, or delete what it holds; 1 of 2",
    )?;
    let numbered = save(&url, json!({ "records": record, "url": format!("{url}/99") }));
    check(numbered?, "rejected", "DB index is out of range")?;

    let folder = tempdir()?;
    let own = folder.file("own.pem", format!("{}{}", made.cert.pem(), made.signing_key.serialize_pem()))?;
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let other = folder.file("other.pem", other.cert.pem())?;
    let tls_url = server.tls_url();
    let ran = save(&tls_url, json!({ "records": record, "tls": { "roots": own, "certificate": own } }))?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("visit", "save", "success")? == 2, "{}", ran.counts("visit")?);
    check(save(&tls_url, json!({ "records": record, "tls": { "roots": other, "certificate": own } }))?, "tls", "`tls.roots`")?;
    check(save(&tls_url, json!({ "records": record, "tls": { "roots": own } }))?, "tls", "`tls.certificate`")?;

    // A source refuses the campaign before its load.
    for (feed, words) in [
        (json!({ "redis-poll": { "method": "scan", "password": "wrong" } }), "WRONGPASS"),
        (json!({ "redis-stream-consume": { "stream": "set", "group": "g" } }), "WRONGTYPE"),
        (json!({ "redis-stream-consume": { "stream": "no", "group": "g", "create": false } }), "NOGROUP"),
    ] {
        let mut feed = feed;
        feed["name"] = "feed".into();
        let said = refused(&of(&url, 1, &json!([{ "name": "wait", "start": true, "delay": "1ms" }, feed])))?;
        ensure!(said.contains(words), "`{words}` is not in {said}");
        ensure!(!said.contains("secret"), "{said}");
    }
    Ok(())
}

/// A value under a poll that turns into something else is an error of the source, which goes on.
#[test]
fn a_poll_goes_on_behind_what_is_wrong() -> Result<()> {
    let server = RedisServer::start()?;
    server.ask(&["SET", "orders", "no set"])?;
    let steps = json!([
        { "name": "input", "start": true, "returns": "b" },
        { "name": "poll", "redis-poll": { "method": "sscan", "key": "orders", "poll-delay": "10ms" } },
        { "name": "good", "after": "input", "inner-join": { "right": "poll", "left-key": "{minion}", "right-key": { "json": "/member" }, "timeout": "5s" } },
    ]);
    let written = of_open(&server, 1, &steps);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run_document(&written, &[]));
        // Until the poll has failed once.
        server.wait_for(&["EVAL", "return redis.call('INFO','errorstats'):find('WRONGTYPE:count=') and 1 or 0", "0"], 1)?;
        server.ask(&["EVAL", "redis.call('DEL','orders') return redis.call('SADD','orders','0','\\255','1')", "0"])?;
        let ran = running.join().map_err(|_| anyhow::anyhow!("the run panicked"))??;
        let counts = ran.counts("visit")?;
        ensure!(ran.failures("visit", "poll", "wrong-type")? >= 1, "{counts}");
        ensure!(ran.failures("visit", "poll", "bad-record")? == 1, "{counts}");
        ensure!(ran.outcomes("visit", "poll", "success")? == 2 && ran.outcomes("visit", "good", "success")? == 1, "{counts}");
        Ok(())
    })
}

/// The server is killed in the middle of a campaign, and comes back with all that it had: each entry and each member is told once.
#[test]
fn a_server_that_is_killed_and_comes_back() -> Result<()> {
    let (mut server, _) = guarded()?;
    let retry = json!({ "retries": 50, "delay": "100ms" });
    let steps = json!([
        { "name": "input", "start": true, "returns": "{minion}" },
        { "name": "save", "after": "input", "retry": retry, "redis-save": { "records": { "key": "members", "type": "set", "value": "{minion}" } } },
        { "name": "produce", "after": "save", "retry": retry, "redis-stream-produce": { "records": { "stream": "lasting", "fields": { "n": "{minion}" } } } },
        { "name": "arrived", "after": "produce", "inner-join": { "right": "feed", "left-key": { "json": "/1/answers/0" }, "right-key": { "json": "/id" }, "timeout": "5s" } },
        { "name": "polled", "after": "arrived", "inner-join": { "right": "poll", "left-key": "{minion}", "right-key": { "json": "/member" }, "timeout": "5s" } },
        { "name": "feed", "redis-stream-consume": { "stream": "lasting", "group": "shop", "count": 5 } },
        { "name": "poll", "redis-poll": { "method": "sscan", "key": "members", "poll-delay": "20ms", "count": 10 } },
    ]);
    let written = of(&server.url(), 80, &steps);
    let ran = std::thread::scope(|scope| {
        let running = scope.spawn(|| run_document(&written, &["--workers", "1"]));
        server.wait_for(&["XLEN", "lasting"], 10)?;
        server.kill();
        server.start_again()?;
        server.wait_for(&["XLEN", "lasting"], 30)?;
        running.join().map_err(|_| anyhow::anyhow!("the run panicked"))?
    })?;
    let counts = ran.counts("visit")?;
    ensure!(ran.outcomes("visit", "polled", "success")? == 80, "{counts}");
    let (entries, members): (u64, u64) = (server.ask(&["XLEN", "lasting"])?.parse()?, server.ask(&["SCARD", "members"])?.parse()?);
    ensure!(entries >= 80 && ran.outcomes("visit", "feed", "success")? == entries, "{entries} entries: {counts}");
    ensure!(members == 80 && ran.outcomes("visit", "poll", "success")? == members, "{members} members: {counts}");
    ensure!(server.ask(&["XPENDING", "lasting", "shop"])?.starts_with('0'), "something was not acknowledged");
    let lost: u64 = ["closed", "connect-refused", "not-ready"].iter().map(|code| ran.failures("visit", "feed", code)).sum::<Result<_>>()?;
    ensure!(lost >= 1, "the source has lost nothing: {counts}");
    Ok(())
}

/// The master is killed, its sentinel makes the replica the master, and who saves goes on there.
#[test]
fn sentinels_name_the_master() -> Result<()> {
    let mut master = RedisServer::start()?;
    let replica = RedisServer::start_replica_of(&master)?;
    let sentinel = RedisServer::start_sentinel_of(&master)?;
    // They must know each other before anything happens.
    master.wait_until(&["INFO", "replication"], |told| told.contains("state=online"))?;
    sentinel.wait_until(&["SENTINEL", "REPLICAS", "shop"], |told| told.contains("ip"))?;
    let of = |targets: &[&str], name: &str, minions: u32| {
        let defaults = json!({ "redis": { "url": sentinel.url(), "sentinel": { "master": name, "others": [sentinel.url()] } } });
        let settings = json!({ "minions": minions, "profile": "regular(50ms, 1)", "defaults": defaults });
        let save = json!({ "records": { "key": "k-{minion}", "value": "v" } });
        let steps = json!([{ "name": "save", "start": true, "retry": { "retries": 200, "delay": "100ms" }, "redis-save": save }]);
        document(targets, &settings, &steps)
    };
    let targets = [sentinel.url(), master.url(), replica.url()];
    let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
    let ran = run_document(&of(&targets[..1], "shop", 1), &[])?;
    let told = ran.told("visit", "save", "not-granted")?;
    ensure!(told.contains(&format!("the sentinels name the master {}", master.url())), "{told}");
    let mut unknown = of(&targets, "shp", 1);
    unknown["scenarios"][0]["steps"][0]["retry"]["retries"] = 1.into();
    let ran = run_document(&unknown, &[])?;
    ensure!(ran.told("visit", "save", "no-master")?.contains("knows no master `shp`"), "{}", ran.report);

    let written = of(&targets, "shop", 80);
    let ran = std::thread::scope(|scope| {
        let running = scope.spawn(|| run_document(&written, &["--workers", "1"]));
        master.wait_for(&["DBSIZE"], 10)?;
        master.kill();
        running.join().map_err(|_| anyhow::anyhow!("the run panicked"))?
    })?;
    ensure!(ran.outcomes("visit", "save", "success")? == 80, "{}", ran.counts("visit")?);
    ensure!(replica.ask(&["ROLE"])?.starts_with("master") && replica.ask(&["EXISTS", "k-79"])? == "1", "{}", replica.ask(&["ROLE"])?);
    Ok(())
}

/// A server that stands still is given up in time.
#[test]
fn a_server_that_does_not_answer() -> Result<()> {
    let server = RedisServer::start()?;
    server.ask(&["CLIENT", "PAUSE", "600000", "WRITE"])?;
    let save = json!({ "timeouts": { "answer": "100ms" }, "records": { "key": "a", "value": "pen" } });
    let ran =
        run_document(&of_open(&server, 2, &json!([{ "name": "save", "start": true, "redis-save": save }])), &[])?.ended_with_any(&[1])?;
    // One connection for both: who was later finds it given up.
    let failures = ran.failures("visit", "save", "answer-timeout")? + ran.failures("visit", "save", "closed")?;
    ensure!(failures == 2 && ran.failures("visit", "save", "answer-timeout")? >= 1, "{}", ran.counts("visit")?);
    let told = ran.told("visit", "save", "answer-timeout")?;
    ensure!(told.contains("has given no answer within 100ms; `timeouts.answer` allows more"), "{told}");
    Ok(())
}

#[test]
fn a_server_that_is_not_there() -> Result<()> {
    let url = format!("redis://127.0.0.1:{}", free_port()?);
    let save = json!({ "records": { "key": "a", "value": "pen" } });
    let steps = json!([{ "name": "save", "start": true, "retry": { "retries": 1, "delay": "1ms" }, "redis-save": save }]);
    let ran = run_document(&of(&url, 3, &steps), &[])?.ended_with_any(&[1])?;
    ensure!(ran.failures("visit", "save", "connect-refused")? == 3, "{}", ran.counts("visit")?);
    for feed in [json!({ "method": "scan" }), json!({ "stream": "a", "group": "b" })] {
        let kind = if feed.get("method").is_some() { "redis-poll" } else { "redis-stream-consume" };
        let steps = json!([{ "name": "wait", "start": true, "delay": "1ms" }, { "name": "feed", kind: feed }]);
        let said = refused(&of(&url, 1, &steps))?;
        ensure!(said.contains("refuses connections: nothing"), "{said}");
    }
    Ok(())
}

#[test]
fn wrong_options_are_refused_with_their_place() -> Result<()> {
    let call = |targets: &[&str], kind: &str, options: Json| {
        let folder = tempdir()?;
        let mut step = json!({ "name": "step", "start": true });
        step[kind] = options;
        let written = document(targets, &json!({}), &json!([step]));
        Throng::new().arg("validate").arg(folder.file("scenario.json", written.to_string())?).run()
    };
    let url = "redis://127.0.0.1:6379";
    let record = json!({ "key": "a", "value": 1 });
    check_refused(
        call(&[], "redis-save", json!({ "url": url, "records": record }))?,
        &["does not declare the target redis://127.0.0.1:6379"],
    )?;
    let records = json!([{ "kei": "a" }, { "key": "a", "type": "hsh" }, { "key": "a", "type": "zset", "value": { "ann": "much" } }]);
    check_refused(
        call(&[url], "redis-save", json!({ "url": url, "records": records }))?,
        &["/records/0/kei", "did you mean `key`?", "/records/1/type", "did you mean `hash`?", "/records/2/value", "the score of `ann`"],
    )?;
    check_refused(
        call(&[url], "redis-save", json!({ "url": format!("{url}/shop"), "records": { "key": "{minon}", "value": 1, "ttl": "0s" } }))?,
        &["`shop` is not the number of a database", "/records/key", "/records/ttl"],
    )?;
    check_refused(
        call(&[url], "redis-stream-produce", json!({ "url": url, "records": { "stream": "a", "fields": {}, "exact": true } }))?,
        &["an entry has at least one field", "/records/exact", "`max-length`"],
    )?;
    check_refused(
        call(&[url], "redis-poll", json!({ "url": url, "method": "zscn", "poll-delay": "0s", "count": 0 }))?,
        &["/method", "did you mean `zscan`?", "the shortest delay is `1ms`", "/count"],
    )?;
    check_refused(call(&[url], "redis-poll", json!({ "url": url, "method": "hscan", "type": "set" }))?, &["there is no `key`"])?;
    check_refused(
        call(&[url], "redis-stream-consume", json!({ "url": url, "stream": "a", "offset": "first", "concurrency": 101 }))?,
        &["there is no `group`", "/offset", "`earliest`", "/concurrency", "from 1 to 100"],
    )
}

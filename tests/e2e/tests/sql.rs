//! SQL steps and polls against real servers: what is saved is found and polled, and what goes wrong is told in the server's words.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run_as, run_document};
use throng_e2e::documents::document;
use throng_kit::{MariaDbServer, PostgresServer, Throng, free_port, tempdir};

/// Longer than any wait here takes.
const LIMIT: Duration = Duration::from_secs(60);

const CREATE_POSTGRES: &str = "create table orders (id bigserial primary key, name text unique, price numeric(30, 10), \
                               at timestamptz default '2026-11-22 10:00:00.5+00', tags text[], data jsonb, raw bytea default '\\xff00')";
const CREATE_MARIADB: &str = "create table orders (id bigint auto_increment primary key, name varchar(50) unique, price decimal(30, 10), \
                              at datetime(1) default '2026-11-22 10:00:00.5', tags json, data json, raw blob default x'ff00')";

/// A scenario whose steps talk to one database by default.
fn scenario(url: &str, sql: &Json, minions: u32, steps: &Json) -> Json {
    let mut defaults = json!({ "url": url });
    if let (Some(defaults), Some(more)) = (defaults.as_object_mut(), sql.as_object()) {
        defaults.extend(more.clone());
    }
    let password = json!({ "name": "password", "secret": true, "default": "correct-horse" });
    let settings = json!({ "minions": minions, "defaults": { "sql": defaults }, "settings": [password] });
    let targets: Vec<&str> = url.rsplit_once('/').map(|(target, _)| target).filter(|target| target.contains("://")).into_iter().collect();
    document(&targets, &settings, steps)
}

fn ann() -> Json {
    json!({ "user": "ann", "password": "{setting:password}" })
}

/// Each minion saves an order, finds it again, and waits until the poll has brought it.
fn round_trip(create: &str, first: &str) -> Json {
    let rule = |rule: &str| json!([rule]);
    let found =
        json!({ "query": format!("select price, at, tags, data, raw from orders where name = {first}"), "parameters": ["o-{minion}"] });
    let query = format!("select * from orders where id > {first} order by id");
    let tie_breaker = json!({ "column": "id", "initial": 0 });
    json!([
        { "name": "made", "run": "before-load", "sql-save": { "statement": create } },
        { "name": "order", "start": true, "returns": { "price": 12.5, "tags": ["a \"b\"", "c"], "data": { "x": [1, null] } } },
        { "name": "saved", "after": "order", "sql-save": { "table": "orders", "keep-input": true, "columns": {
            "name": "o-{minion}", "price": { "json": "/price" }, "tags": { "json": "/tags" }, "data": { "json": "/data" } } } },
        { "name": "once", "after": "saved", "assert": { "rules": rule("json:/1/affected == 1") } },
        { "name": "found", "after": "once", "sql-search": found },
        { "name": "right", "after": "found", "assert": { "rules": [
            "json:/0/price == 12.5", "json:/0/tags/0 == \"a \\\"b\\\"\"", "json:/0/data/x/0 == 1", "json:/0/raw == \"/wA=\"",
            "json:/0/at matches \"^2026-11-22T10:00:00.5\"" ] } },
        { "name": "polled", "after": "right", "inner-join": {
            "right": "feed", "left-key": "o-{minion}", "right-key": { "json": "/name" }, "timeout": "2s" } },
        { "name": "feed", "sql-poll": { "query": query, "tie-breaker": tie_breaker, "poll-delay": "50ms" }, "tolerate": true },
    ])
}

fn check_round_trip(ran: &Ran, minions: u64) -> Result<()> {
    let counts = ran.counts("visit")?;
    for step in ["saved", "found", "right", "polled"] {
        ensure!(ran.outcomes("visit", step, "success")? == minions, "`{step}` in {counts}");
    }
    Ok(())
}

#[test]
fn postgres_keeps_types_and_says_what_is_wrong() -> Result<()> {
    let server = PostgresServer::start()?;
    let url = format!("postgresql://{}/postgres", server.address());
    let ran = run_document(&scenario(&url, &ann(), 40, &round_trip(CREATE_POSTGRES, "$1")), &["--workers", "2"])?;
    check_round_trip(&ran.ended_with_any(&[0, 4])?, 40)?;
    let stored = server.ask("select count(*), sum(price), min(tags::text), min(data::text) from orders")?;
    ensure!(stored == r#"40|500.0000000000|{"a \"b\"",c}|{"x": [1, null]}"#, "{stored}");

    // A list of rows is one statement; one that breaks a constraint saves none of them.
    let rows = |names: [&str; 3]| {
        json!([
            { "name": "rows", "start": true, "returns": names.map(|name| json!({ "name": name })) },
            { "name": "saved", "after": "rows", "sql-save": { "table": "public.orders", "columns": { "name": { "json": "/name" } } } },
            { "name": "all", "after": "saved", "assert": { "rules": ["json:/affected == 3"] } },
        ])
    };
    run_document(&scenario(&url, &ann(), 1, &rows(["x", "y", "z"])), &[])?.ended_with_any(&[0])?;
    let ran = run_document(&scenario(&url, &ann(), 1, &rows(["u", "v", "u"])), &[])?.ended_with_any(&[1, 4])?;
    ensure!(ran.counts("visit")?["steps"]["saved"]["failures"]["sqlstate-23505"] == 1, "{}", ran.finished.stdout);
    ensure!(server.ask("select count(*) from orders where name in ('u', 'x', 'y', 'z')")? == "3");

    let wrong = json!([{ "name": "found", "start": true, "sql-search": { "query": "select * form orders" } }]);
    let ran = run_document(&scenario(&url, &ann(), 3, &wrong), &[])?.ended_with_any(&[1, 4])?;
    ensure!(ran.counts("visit")?["steps"]["found"]["failures"]["sqlstate-42601"] == 3, "{}", ran.finished.stdout);
    ensure!(ran.finished.stdout.contains("syntax error at or near \"form\" (42601) at `form orders`"), "{}", ran.finished.stdout);

    let folder = tempdir()?;
    let document = scenario(&url, &ann(), 3, &wrong).to_string();
    let call = Throng::new().arg("run").arg(folder.file("s.json", document)?).args(["--setting", "password=battery-staple"]).run()?;
    let words = "does not let the user `ann` in: password authentication failed for user \"ann\" (28P01); check `user` and `password`";
    ensure!(call.stderr.contains(words) && !call.stderr.contains("battery"), "{}", call.stderr);
    Ok(())
}

/// The server is killed while rows are polled, and comes back: each row comes once.
#[test]
#[allow(clippy::disallowed_methods, reason = "the time of a real server")]
fn a_poll_survives_its_server() -> Result<()> {
    let mut server = PostgresServer::start()?;
    server.ask("create table orders (id int primary key); create table seen (id int)")?;
    let url = format!("postgresql://{}/postgres", server.address());
    let poll = json!({ "query": "select id from orders where id >= $1 order by id", "tie-breaker": { "column": "id", "initial": 0 }, "poll-delay": "20ms" });
    let steps = json!([
        { "name": "begin", "start": true, "returns": 1 },
        { "name": "got", "after": "begin", "zip": { "right": "feed" } },
        { "name": "noted", "after": "got", "sql-save": { "table": "seen", "columns": { "id": { "json": "/1/id" } } },
          "retry": { "retries": 100, "delay": "50ms" } },
        { "name": "feed", "sql-poll": poll, "tolerate": true },
    ]);
    let document = scenario(&url, &json!({ "user": "postgres" }), 40, &steps);
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| run_document(&document, &["--workers", "2"]));
        server.ask("insert into orders select generate_series(1, 20)")?;
        let begun = Instant::now();
        while server.ask("select count(*) from seen")? != "20" {
            ensure!(begun.elapsed() < LIMIT && !run.is_finished(), "the rows are not seen");
        }
        server.kill();
        server.resume()?;
        server.ask("insert into orders select generate_series(21, 40)")?;
        run.join().map_err(|_| anyhow::anyhow!("the run panicked"))?
    })?;
    let ran = ran.ended_with_any(&[0, 4])?;
    let seen = server.ask("select count(*), count(distinct id), min(id), max(id) from seen")?;
    ensure!(seen == "40|40|1|40", "{seen}");
    let failures = &ran.counts("visit")?["steps"]["feed"]["failures"];
    ensure!(failures.as_object().is_some_and(|codes| !codes.is_empty()), "nobody noticed: {failures}");
    Ok(())
}

/// A scenario of some seconds in a campaign that exports to a server.
fn exporting(url: &str) -> Result<throng_kit::Folder> {
    let folder = tempdir()?;
    let steps = json!([{ "name": "once", "start": true, "returns": 7 }]);
    folder.file("s.json", document(&[], &json!({ "minions": 20, "profile": "regular(100ms, 1)" }), &steps).to_string())?;
    let exporter = json!({ "postgresql": { "url": url, "user": "ann", "password-variable": "MEASURES" }, "period": "500ms" });
    folder.file("campaign.json", json!({ "throng": "0.1", "key": "mine", "files": ["s.json"], "exporters": [exporter] }).to_string())?;
    Ok(folder)
}

fn export(folder: &throng_kit::Folder) -> Result<Ran> {
    run_as(Throng::new().env("MEASURES", "correct-horse"), &[folder.path().join("campaign.json")], &[])
}

#[test]
fn meters_and_events_become_rows() -> Result<()> {
    let server = PostgresServer::start()?;
    let ran = export(&exporting(&format!("postgresql://{}/postgres", server.address()))?)?.ended_with_any(&[0, 4])?;
    let exporter = ran.report.pointer("/campaign/exporters/0").context("an exporter")?;
    ensure!(exporter["dropped"] == 0 && exporter["failures"] == 0, "{exporter}");
    let rows = server.ask("select (select count(*) from throng_meters) + (select count(*) from throng_events)")?;
    ensure!(exporter["written"].as_u64() == rows.parse().ok(), "{rows} rows, and {exporter}");
    let executions = "from throng_meters where meter = 'executions' and step = 'once' and campaign = 'mine'";
    let counted = server.ask(&format!(
        "select sum((figures->>'success')::int) filter (where scope = 'period'), \
                                       max((figures->>'success')::int) filter (where scope = 'campaign') {executions}"
    ))?;
    ensure!(counted == "20|20", "{counted}");
    Ok(())
}

/// The load is as fast without the server, and what could not be written is counted.
#[test]
fn a_server_that_goes_away_slows_no_load() -> Result<()> {
    let mut server = PostgresServer::start()?;
    let folder = exporting(&format!("postgresql://{}/postgres", server.address()))?;
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| export(&folder));
        // The tables are made when the exporter is opened.
        while !run.is_finished() && !server.ask("select count(*) > 0 from throng_meters").is_ok_and(|any| any == "t") {}
        server.kill();
        run.join().map_err(|_| anyhow::anyhow!("the run panicked"))?
    })?;
    let ran = ran.ended_with_any(&[0, 4])?;
    ensure!(ran.outcomes("visit", "once", "success")? == 20, "{}", ran.counts("visit")?);
    let exporter = ran.report.pointer("/campaign/exporters/0").context("an exporter")?;
    ensure!(exporter["dropped"].as_u64().is_some_and(|dropped| dropped > 0), "{exporter}");
    Ok(())
}

#[test]
fn postgres_over_tls() -> Result<()> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let server = PostgresServer::start_with_tls(&made.cert.pem(), &made.signing_key.serialize_pem())?;
    let folder = tempdir()?;
    let roots = folder.file("roots.pem", made.cert.pem())?;
    let url = format!("postgresql://{}/postgres", server.address());
    let steps = json!([
        { "name": "asked", "start": true, "sql-search": { "query": "select ssl from pg_stat_ssl where pid = pg_backend_pid()" } },
        { "name": "secure", "after": "asked", "assert": { "rules": ["json:/0/ssl == true"] } },
    ]);
    let with = |tls: Option<Json>| {
        let mut sql = ann();
        if let (Some(sql), Some(tls)) = (sql.as_object_mut(), tls) {
            sql.insert("tls".to_owned(), tls);
        }
        scenario(&url, &sql, 5, &steps)
    };
    run_document(&with(Some(json!({ "roots": roots }))), &[])?.ended_with_any(&[0])?;
    run_document(&with(Some(json!({ "insecure": true }))), &[])?.ended_with_any(&[0])?;
    let refused = |document: &Json| -> Result<String> {
        let call = Throng::new().arg("run").arg(folder.file("s.json", document.to_string())?).run()?;
        Ok(call.stderr)
    };
    let open = refused(&with(None))?;
    ensure!(open.contains("no encryption (28000)"), "{open}");
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let others = folder.file("others.pem", other.cert.pem())?;
    let untrusted = refused(&with(Some(json!({ "roots": others }))))?;
    ensure!(
        untrusted.contains("no TLS connection to postgresql://") && untrusted.contains("`tls.roots` says whom to trust"),
        "{untrusted}"
    );
    Ok(())
}

#[test]
fn mariadb_keeps_types_and_says_what_is_wrong() -> Result<()> {
    let server = MariaDbServer::start()?;
    let url = format!("mariadb://{}/shop", server.address());
    let mut steps = round_trip(CREATE_MARIADB, "?");
    // Its JSON is text.
    if let Some(rules) = steps.pointer_mut("/5/assert/rules") {
        *rules = json!([
            "json:/0/price == 12.5",
            "json:/0/data == \"{\\\"x\\\":[1,null]}\"",
            "json:/0/raw == \"/wA=\"",
            "json:/0/at matches \"^2026-11-22T10:00:00.5\""
        ]);
    }
    let ran = run_document(&scenario(&url, &ann(), 40, &steps), &["--workers", "2"])?;
    check_round_trip(&ran.ended_with_any(&[0, 4])?, 40)?;
    let stored = server.ask("select count(*), sum(price), min(data) from shop.orders")?;
    ensure!(stored == "40\t500.0000000000\t{\"x\":[1,null]}", "{stored}");
    let wrong = json!([{ "name": "found", "start": true, "sql-search": { "query": "select * from nothing" } }]);
    let ran = run_document(&scenario(&url, &ann(), 3, &wrong), &[])?.ended_with_any(&[1, 4])?;
    ensure!(ran.counts("visit")?["steps"]["found"]["failures"]["sqlstate-42S02"] == 3, "{}", ran.finished.stdout);
    ensure!(ran.finished.stdout.contains("Table 'shop.nothing' doesn't exist [1146] (42S02)"), "{}", ran.finished.stdout);
    let call = run_document(&scenario(&url, &json!({ "user": "ann", "password": "wrong" }), 1, &wrong), &[]);
    ensure!(call.is_err_and(|error| error.to_string().contains("does not let the user `ann` in: Access denied for user 'ann'")));
    Ok(())
}

#[test]
fn sqlite_is_a_file() -> Result<()> {
    let folder = tempdir()?;
    let file = folder.file("shop.db", "")?;
    let url = format!("sqlite:{}", file.display());
    let create = "create table orders (id integer primary key, name text unique, price real, tags text, data text, \
                  at text default '2026-11-22T10:00:00.5', raw blob default x'ff00')";
    let mut steps = round_trip(create, "?");
    // Its files have no type for JSON: it is text.
    if let Some(rules) = steps.pointer_mut("/5/assert/rules") {
        *rules = json!(["json:/0/price == 12.5", "json:/0/data == \"{\\\"x\\\":[1,null]}\"", "json:/0/raw == \"/wA=\""]);
    }
    let ran = run_document(&scenario(&url, &json!({}), 40, &steps), &["--workers", "2"])?;
    check_round_trip(&ran.ended_with_any(&[0, 4])?, 40)
}

/// The page's examples, as they are but for their server's address.
#[test]
fn the_pages_examples_run() -> Result<()> {
    let page = include_str!("../../../docs/sql.md");
    let server = PostgresServer::start()?;
    let folder = tempdir()?;
    folder.file("shop.db", "")?;
    let examples: Vec<_> = page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    ensure!(examples.len() == 2, "{} examples", examples.len());
    for example in examples {
        let file = folder.file("scenario.json", example.replace("127.0.0.1:5432", &server.address()))?;
        throng_e2e::campaign::run(&[file], &[])?.ended_with_any(&[0, 4])?;
    }
    Ok(())
}

#[test]
fn who_cannot_be_reached_is_named_before_the_load() -> Result<()> {
    let folder = tempdir()?;
    let steps = json!([{ "name": "asked", "start": true, "sql-search": { "query": "select 1" } }]);
    let refused = |document: &Json| -> Result<String> {
        Ok(Throng::new().arg("run").arg(folder.file("s.json", document.to_string())?).run()?.stderr)
    };
    let url = format!("postgresql://127.0.0.1:{}/shop", free_port()?);
    let absent = refused(&scenario(&url, &json!({}), 1, &steps))?;
    ensure!(absent.contains("refuses connections: nothing listens there"), "{absent}");
    let mut foreign = scenario(&url, &json!({}), 1, &steps);
    foreign["targets"] = json!(["postgresql://127.0.0.1:1"]);
    let foreign = refused(&foreign)?;
    ensure!(foreign.contains("the document does not declare the target postgresql://127.0.0.1:"), "{foreign}");
    let missing = refused(&scenario("sqlite:nowhere.db", &json!({}), 1, &steps))?;
    ensure!(missing.contains("nowhere.db` cannot be opened: unable to open database file"), "{missing}");
    Ok(())
}

//! An engine that is asked much at a time, and things that nobody should ask: it answers, with what is wrong, and goes on.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use throng_e2e::documents::idle;
use throng_e2e::uploads::upload;
use throng_kit::{EngineProcess, Mutations, example, tempdir};

/// So that nobody is told to ask less often.
const UNLIMITED: [&str; 4] = ["--requests-per-second", "100000", "--uploads-per-minute", "100000"];

#[test]
fn an_upload_that_is_not_waited_for_can_be_followed() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let bytes = std::fs::read(example("hello_world")?)?;
    let accepted = engine.ask("POST", "/components?version=1.0&wait=0s", &[], &bytes)?.with_status(202)?;
    let compilation = accepted.json()?;
    let digest = compilation["digest"].as_str().context("a digest")?;
    let place = format!("/compilations/{digest}");
    ensure!(accepted.header("location") == Some(&format!("/api/v1{place}")), "{accepted:?}");
    ensure!(["waiting", "compiling", "describing"].iter().any(|stage| compilation["stage"] == *stage), "{compilation}");
    ensure!(compilation["component"].is_null() && compilation["ahead"] == 0, "{compilation}");
    // The same bytes are compiled once: who asks again waits for the same.
    let again = engine.ask("POST", "/components?wait=60s", &[], &bytes)?;
    ensure!([200, 201].contains(&again.status), "{again:?}");
    let done = engine.get(&place)?;
    ensure!(done["stage"] == "done" && done["component"]["digest"] == digest, "{done}");
    ensure!(done["component"]["version"] == "1.0" && engine.get("/components")?["total"] == 1, "{done}");

    let refused = engine.ask("POST", "/components?wait=0s", &[], b"\0asm\x0d\0\x01\0 and then nothing")?;
    ensure!([202, 422].contains(&refused.status), "{refused:?}");
    Ok(())
}

#[test]
fn two_hundred_at_once_are_all_answered() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start(folder.path(), &[&UNLIMITED[..], &["--queue", "1000"]].concat())?;
    let document = idle(1, "immediate").to_string();
    engine.ask("POST", "/components", &[], document.as_bytes())?.with_status(201)?;
    let campaign = json!({ "throng": "0.1", "scenarios": { "visit": {} }, "start-offset": "0s" }).to_string();
    let later = json!({ "throng": "0.1", "scenarios": { "visit": {} }, "schedule": { "at": "2099-01-01T08:00" } }).to_string();
    let url = engine.url();
    let answers = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..200_u64)
            .map(|number| {
                let (document, campaign, later) = (&document, &campaign, &later);
                let ask = |method, path, headers: &[(&str, &str)], body: &[u8]| throng_kit::ask(url, method, path, headers, body);
                scope.spawn(move || match number % 8 {
                    0 => ask("POST", "/components", &[], document.as_bytes()),
                    1 => ask("POST", "/components", &[], idle(number + 2, "immediate").to_string().as_bytes()),
                    2 => ask("POST", "/campaigns", &[("idempotency-key", "the same")], campaign.as_bytes()),
                    3 => ask("POST", "/campaigns", &[], later.as_bytes()),
                    4 => ask("GET", "/campaigns?sort=-next&size=200", &[], b""),
                    5 => ask("GET", "/scenarios/visit?format=mermaid", &[], b""),
                    6 => ask("POST", "/campaigns?dry-run", &[], campaign.as_bytes()),
                    _ => ask("GET", "/metrics", &[], b""),
                })
            })
            .collect();
        asking.into_iter().map(|one| one.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?).collect::<Result<Vec<_>>>()
    })?;
    let statuses: BTreeSet<_> = answers.iter().map(|answer| answer.status).collect();
    ensure!(statuses.iter().all(|status| (200..300).contains(status)), "{statuses:?}");
    let campaigns = engine.get("/campaigns?size=200")?;
    ensure!(campaigns["total"] == 26, "one that was asked for 25 times, and 25 that are scheduled: {campaigns}");
    ensure!(engine.get("/info")?["campaigns"]["scheduled"] == 25);
    ensure!(engine.get("/components")?["total"] == 26);
    engine.end()?.ended_with(0)?;
    Ok(())
}

#[test]
fn nonsense_is_refused_and_leaves_nothing_behind() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start(folder.path(), &UNLIMITED)?;
    engine.ask("POST", "/components", &[], idle(1, "immediate").to_string().as_bytes())?.with_status(201)?;
    let campaign = |more: &str| format!(r#"{{"throng": "0.1", "scenarios": {{"visit": {{}}}}, {more}}}"#).into_bytes();
    let later = campaign(r#""key": "later", "schedule": {"at": "2099-01-01T08:00"}"#);
    engine.ask("POST", "/campaigns", &[], &later)?.with_status(201)?;
    let before = engine.get("/campaigns/later")?;

    let deep = |open: &str| open.repeat(100_000).into_bytes();
    let mut bodies: Vec<Vec<u8>> =
        [b"".as_slice(), b"\0", b"\xff\xfe{}", b"null", b"[]", b"5", b"\"\"", b"{", b"{}", b"{\"throng\": 1e999}", b"\xed\xa0\x80"]
            .into_iter()
            .map(<[u8]>::to_vec)
            .collect();
    bodies.extend([
        deep("["),
        deep("{\"a\":"),
        deep("a.a."),
        vec![b' '; (4 << 20) + 1],
        b"\0asm\x01\0\0\0".to_vec(),
        b"\0asm\x0d\0\x01\0".to_vec(),
    ]);
    bodies.extend([b"\x7fELF".to_vec(), [b"\0asm\x0d\0\x01\0".as_slice(), &[0xff; 4096]].concat()]);
    for more in [
        r#""key": """#,
        r#""key": 5"#,
        r#""seed": -1"#,
        r#""seed": 99999999999999999999"#,
        r#""minions-factor": 1e400"#,
        r#""speed": null, "speed": 2"#,
        r#""files": ["../../etc/passwd"]"#,
        r#""files": ["visit@", "@", "sha256:"]"#,
        r#""tags": {"": "\u0000"}"#,
        r#""rules": ["p99(", "\ud800"]"#,
        r#""hard-timeout": "0s""#,
        r#""schedule": {}"#,
        r#""schedule": {"at": "-262144-01-01T00:00"}"#,
        r#""schedule": {"at": "9999-12-31T23:59:59.999999999-25:00"}"#,
        r#""schedule": {"cron": "* * * * *", "time-zone": "../../etc/passwd"}"#,
        r#""schedule": {"cron": "-1 */99999999999999999999 L-99 ,, 0-0/0"}"#,
        r#""exporters": [{"file": {"path": "/etc/passwd"}}]"#,
    ] {
        bodies.push(campaign(more));
    }
    bodies.push(campaign(&format!(r#""schedule": {{"cron": "{} * * * *"}}"#, "1,".repeat(200_000))));
    bodies.push(campaign(&format!(r#""key": "{}""#, "k".repeat(100_000))));

    let mut asked = 0;
    let mut refuse = |method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]| -> Result<()> {
        let start = String::from_utf8_lossy(body.get(..body.len().min(80)).unwrap_or_default()).into_owned();
        let answer = engine.ask(method, path, headers, body).with_context(|| format!("{method} {path} {headers:?} {start}"))?;
        ensure!((400..500).contains(&answer.status), "{method} {path} {headers:?} {start}: {answer:?}");
        ensure!(answer.header("content-type") == Some("application/problem+json"), "{method} {path} {start}: {answer:?}");
        asked += 1;
        Ok(())
    };
    for body in &bodies {
        for kind in ["application/json", "application/toml", "multipart/form-data; boundary=x"] {
            refuse("POST", "/campaigns", &[("content-type", kind)], body)?;
        }
        refuse("POST", "/components?wait=60s", &[], body)?;
        refuse("PATCH", "/campaigns/nobody", &[], body)?;
    }
    for body in bodies.iter().filter(|body| !body.starts_with(b"{}") && !body.starts_with(b"{\"throng\": \"0.1\"")) {
        refuse("PATCH", "/campaigns/later", &[], body)?;
    }
    for path in [
        "/campaigns?page=99999999999",
        "/campaigns?page=0",
        "/campaigns?size=-1",
        "/campaigns?sort=-",
        "/campaigns?filter=:",
        "/campaigns?sort=number;drop",
        "/campaigns?nobody=1",
        "/campaigns/%00",
        "/campaigns/%2e%2e%2f%2e%2e",
        "/campaigns/%ff",
        "/components/@",
        "/components/sha256:",
        "/scenarios/visit?format=exe",
        "/campaigns/compare",
        "/campaigns/compare?a=x&b=y",
        "/compilations/../../lock",
        "/nowhere",
    ] {
        refuse("GET", path, &[], b"")?;
    }
    refuse("GET", &format!("/campaigns/{}", "x".repeat(10_000)), &[], b"")?;
    for (method, path) in
        [("DELETE", "/info"), ("PUT", "/campaigns"), ("NONSENSE", "/health"), ("POST", "/campaigns/later/abort?hard=perhaps")]
    {
        refuse(method, path, &[], b"")?;
    }
    for kind in ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=\""] {
        for body in
            [b"".as_slice(), b"--x", b"--x\r\n\r\n", b"--x\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n--x--\r\n", b"--x--"]
        {
            refuse("POST", "/components", &[("content-type", kind)], body)?;
        }
    }
    refuse("POST", "/campaigns?dry-run=perhaps", &[], &later)?;
    refuse("POST", "/campaigns", &[("idempotency-key", &"k".repeat(300))], &later)?;
    ensure!(asked > 200);

    // Whatever a key has in it, it stays in its folder, and its campaign can be asked for.
    for (number, key) in ["../../up", "a b/ü%\u{1f600}", ".", "NUL", "\\u0000\\n\\\"'"].iter().enumerate() {
        engine.ask("POST", "/campaigns", &[], &campaign(&format!(r#""key": "{key}", "start-offset": "0s""#)))?.with_status(201)?;
        ensure!(engine.get("/campaigns")?["total"] == number + 2);
    }
    ensure!(engine.get("/campaigns/later")? == before && engine.get("/components")?["total"] == 1);
    ensure!(std::fs::read_dir(folder.path().join("incoming"))?.count() == 0);
    engine.end()?.ended_with(0)?;
    Ok(())
}

/// Requests with mistakes in their bodies.
const SPOILT: u64 = 1500;

#[test]
fn spoilt_documents_are_refused_in_words_or_taken_for_what_they_say() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start(folder.path(), &UNLIMITED)?;
    let scenario = idle(2, "stages(stage(40%, ramp-up: 12s, total: 30s), stage(60%, 15s, 30s), completion: hard)");
    upload(&engine, &scenario)?;
    let campaign = |key: &str| {
        json!({
            "throng": "0.1", "key": key, "scenarios": { "visit": { "minions": 3, "profile": "regular(1m, 1)", "zones": { "a": "60%", "b": 40 } } },
            "tags": { "team": "shop" }, "rules": ["p99(response, step:once) < 250ms over 30s for 10s then stop"], "speed": 1.5,
            "start-offset": "0s", "soft-timeout": "5m", "hard-timeout": "10m", "seed": 7, "warm-up": "1s"
        })
    };
    let mut later = campaign("later");
    later["schedule"] = json!({ "cron": "0 2 L-1 * *", "time-zone": "Europe/Vienna" });
    for campaign in [&later, &campaign("goes-on")] {
        engine.ask("POST", "/campaigns", &[], campaign.to_string().as_bytes())?.with_status(201)?;
    }
    let sound = [
        ("POST", "/campaigns?dry-run", "application/json", later.to_string()),
        (
            "POST",
            "/campaigns?dry-run",
            "application/toml",
            "throng = \"0.1\"\nspeed = 2\n[scenarios.visit]\nminions = 5\n[schedule]\nat = \"2099-01-01T08:00\"\n".to_owned(),
        ),
        ("POST", "/components", "application/json", scenario.to_string()),
        (
            "PATCH",
            "/campaigns/later",
            "application/json",
            json!({ "schedule": { "cron": "30 3 * * MON-FRI" }, "tags": { "team": "none" } }).to_string(),
        ),
        ("PATCH", "/campaigns/goes-on", "application/json", json!({ "held": true, "speed": 2.5e1 }).to_string()),
    ];
    let mut refused = 0;
    for number in 0..SPOILT {
        let (method, path, kind, body) = sound.get(number as usize % sound.len()).context("a body")?;
        let body = Mutations::new(number).of(body.as_bytes());
        let answer = engine.ask(method, path, &[("content-type", kind)], &body)?;
        let said = || format!("{method} {path} {}: {answer:?}", String::from_utf8_lossy(&body));
        match answer.status {
            200..300 => {}
            400..500 => {
                ensure!(answer.header("content-type") == Some("application/problem+json"), "{}", said());
                let problem = answer.json().with_context(said)?;
                ensure!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{}", said());
                refused += 1;
            }
            _ => anyhow::bail!(said()),
        }
    }
    // Some mistakes are no mistakes, such as another number of minions.
    ensure!((SPOILT / 2..SPOILT).contains(&refused), "{refused} of {SPOILT} were refused");
    engine.ask("POST", "/campaigns/goes-on/abort?hard=true", &[], b"")?.with_status(202)?;
    ensure!(engine.ended("goes-on")?["state"] == "ended" && engine.get("/health")?["status"] == "ready");
    engine.end()?.ended_with(0)?;
    Ok(())
}

//! Who may ask an engine for what: tokens and scopes, other sites' pages, rates, sizes, TLS.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use throng_e2e::documents::{document, idle};
use throng_kit::{EngineProcess, Throng, tempdir};

/// Makes a token of this scope.
fn token(data: &std::path::Path, scope: &str) -> Result<String> {
    let made = Throng::new().args(["tokens", "add", scope, "--scope", scope, "--data"]).arg(data).run()?.ended_with(0)?;
    Ok(made.stdout.trim().to_owned())
}

#[test]
fn a_token_allows_what_its_scope_says() -> Result<()> {
    let folder = tempdir()?;
    let unsafe_start = Throng::new().args(["serve", "--bind", "127.0.0.1:0", "--require-token", "--data"]).arg(folder.path());
    let refused = unsafe_start.run()?.ended_with(2)?;
    ensure!(refused.stderr.contains("`throng tokens add NAME --scope admin`"), "{}", refused.stderr);
    let everywhere = Throng::new().args(["serve", "--bind", "0.0.0.0:0", "--data"]).arg(folder.path()).run()?.ended_with(2)?;
    ensure!(everywhere.stderr.contains("there is no token yet"), "{}", everywhere.stderr);

    let [read, run, upload, admin] = ["read", "run", "upload", "admin"].map(|scope| token(folder.path(), scope));
    let (read, run, upload, admin) = (read?, run?, upload?, admin?);
    let engine = EngineProcess::start(folder.path(), &["--require-token"])?;
    let document = idle(1, "immediate").to_string();
    let ask = |token: &str, method: &str, path: &str, body: &str| {
        Ok::<_, anyhow::Error>(engine.ask(method, path, &[("authorization", &format!("Bearer {token}"))], body.as_bytes())?.status)
    };
    ensure!(engine.ask("GET", "/health", &[], b"")?.status == 200);
    let unknown = engine.ask("GET", "/info", &[], b"")?.with_status(401)?;
    ensure!(unknown.header("www-authenticate") == Some("Bearer"), "{unknown:?}");
    ensure!(ask("throng_0", "GET", "/info", "")? == 401 && ask(&read, "GET", "/info", "")? == 200);
    ensure!(ask(&run, "POST", "/components", &document)? == 403 && ask(&upload, "POST", "/components", &document)? == 201);
    let campaign = r#"{"throng": "0.1", "scenarios": {"visit": {}}, "start-offset": "0s", "key": "one"}"#;
    ensure!(ask(&read, "POST", "/campaigns", campaign)? == 403 && ask(&run, "POST", "/campaigns", campaign)? == 201);
    ensure!(ask(&upload, "DELETE", "/components/visit", "")? == 403);
    let watched = engine.call(&["campaigns", "watch", "one", "--token", &read]).run()?.ended_with(0)?;
    ensure!(watched.stderr.contains("one: successful"), "{}", watched.stderr);
    ensure!(ask(&admin, "DELETE", "/components/visit", "")? == 204);

    // It is worth nothing from the next request on.
    Throng::new().args(["tokens", "remove", "read", "--data"]).arg(folder.path()).run()?.ended_with(0)?;
    ensure!(ask(&read, "GET", "/info", "")? == 401);
    let ended = engine.end()?.ended_with(0)?;
    ensure!([read, run, upload, admin].iter().all(|token| !ended.stderr.contains(token) && !ended.stdout.contains(token)));
    Ok(())
}

#[test]
fn without_tokens_only_programs_of_this_machine_are_answered() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    for (headers, status) in [(vec![("origin", "https://evil.example")], 403), (vec![("sec-fetch-site", "cross-site")], 403), (vec![], 200)]
    {
        let answered = engine.ask("GET", "/campaigns", &headers, b"")?;
        ensure!(answered.status == status, "{headers:?}: {answered:?}");
    }
    Ok(())
}

#[test]
fn an_engine_refuses_what_is_tagged_for_another() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start(folder.path(), &["--engine-tag", "region=us"])?;
    let factories = engine.ask("GET", "/factories", &[], b"")?.with_status(200)?.json()?;
    ensure!(factories["items"][0]["tags"] == json!({ "region": "us" }), "{factories}");
    for (name, region, status) in [("there", "eu", 422), ("here", "us", 201)] {
        let steps = json!([{ "name": "once", "start": true, "returns": 7, "tags": { "region": region } }]);
        let mut scenario = document(&[], &json!({ "minions": 1 }), &steps);
        scenario["scenarios"][0]["name"] = json!(name);
        engine.ask("POST", "/components", &[], scenario.to_string().as_bytes())?.with_status(201)?;
        let campaign = json!({ "throng": "0.1", "scenarios": { name: {} } }).to_string();
        let answered = engine.ask("POST", "/campaigns", &[], campaign.as_bytes())?.with_status(status)?.json()?.to_string();
        let refusal = "step `once` of scenario `there` is tagged `region=eu`, and this engine `region=us`";
        ensure!(answered.contains(refusal) == (status == 422), "{answered}");
    }
    Ok(())
}

#[test]
fn what_is_too_much_is_refused() -> Result<()> {
    let folder = tempdir()?;
    let options = ["--requests-per-second", "5", "--limit", "component=1KiB"];
    let engine = EngineProcess::start(folder.path(), &options)?;
    let large = engine.ask("POST", "/components", &[], &[b' '; 5000])?.with_status(413)?.json()?;
    ensure!(large["detail"] == "the component has more than 1024 bytes", "{large}");
    let statuses: Vec<_> = (0..100).map(|_| Ok(engine.ask("GET", "/info", &[], b"")?.status)).collect::<Result<_>>()?;
    ensure!(statuses.first() == Some(&200) && statuses.contains(&429), "{statuses:?}");
    let left: Vec<_> = std::fs::read_dir(folder.path().join("incoming"))?.collect();
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}

#[test]
fn commands_talk_to_it_over_tls() -> Result<()> {
    let folder = tempdir()?;
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let certificate = folder.file("certificate.pem", made.cert.pem())?;
    let key = folder.file("key.pem", made.signing_key.serialize_pem())?;
    let data = folder.path().join("data");
    let options = ["--tls-cert".as_ref(), certificate.as_os_str(), "--tls-key".as_ref(), key.as_os_str()];
    let engine = EngineProcess::start(&data, &options)?;
    ensure!(engine.url().starts_with("https://"), "{}", engine.url());
    let document = folder.file("visit.json", idle(2, "immediate").to_string())?;
    let pushed = engine.call(&["push", "--ca"]).arg(&certificate).arg(&document).run()?.ended_with(0)?;
    ensure!(pushed.stdout.starts_with("visit  "), "{}", pushed.stdout);
    let untrusted = engine.call(&["campaigns", "list"]).run()?;
    ensure!(untrusted.status.code() != Some(0), "{untrusted:?}");
    engine.end()?.ended_with(0).context("its end")?;
    Ok(())
}

//! HTTP as a user asks for it, against real servers and proxies: nginx, tinyproxy, microsocks.

use anyhow::{Result, ensure};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run, run_document};
use throng_e2e::documents::document;
use throng_kit::{Folder, NginxServer, NginxTls, ProxyServer, TargetProcess, free_port, tempdir};

const LOCATIONS: &str = r#"
location = /secret { auth_basic shop; auth_basic_user_file users; }
location = /go { return 302 /there; }
location = /there { return 200 "there by $request_method"; }
location = /round { return 302 /round; }
location = /cookie { add_header Set-Cookie "session=of-$arg_minion; Path=/"; return 200 "given"; }
location = /whoami { return 200 "$cookie_session"; }
location = /version { return 200 "$server_protocol $ssl_client_verify"; }
location = /connection { return 200 "$connection_requests"; }
location /kept/ { dav_methods PUT; create_full_put_path on; client_max_body_size 10m; add_header x-sent "$http_transfer_encoding:$http_content_length:$content_type" always; }
"#;

/// An nginx, and the folder with the certificate and key that it lets in.
fn nginx() -> Result<(NginxServer, Folder)> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()])?;
    let client = generate_simple_self_signed(["client.example".to_owned()])?;
    let folder = tempdir()?;
    folder.file("roots.pem", cert.pem())?;
    folder.file("client.pem", client.cert.pem())?;
    folder.file("client.key", client.signing_key.serialize_pem())?;
    let tls = NginxTls { certificate: &cert.pem(), key: &signing_key.serialize_pem(), clients: &client.cert.pem() };
    let page = "a line that is there again and again\n".repeat(500);
    let files = [("page", page.as_str()), ("secret", "for ada"), ("../users", "ada:{PLAIN}of-ada\n")];
    Ok((NginxServer::start(LOCATIONS, &files, tls)?, folder))
}

/// A step that sends, and one that checks what came.
fn get(name: &str, after: &str, path: &str, options: &Json, rules: &[&str]) -> Vec<Json> {
    let mut http = json!({ "request": { "path": path } });
    if let (Some(http), Some(options)) = (http.as_object_mut(), options.as_object()) {
        http.extend(options.clone());
    }
    let place = if after.is_empty() { ("start", json!(true)) } else { ("after", json!(after)) };
    vec![
        json!({ "name": name, place.0: place.1, "http": http }),
        json!({ "name": format!("{name}-right"), "after": name, "assert": { "rules": rules } }),
    ]
}

/// Runs steps of 20 minions over these defaults, in a chain.
fn run_steps(targets: &[&str], defaults: &Json, steps: &[Vec<Json>]) -> Result<Ran> {
    let settings = json!({ "minions": 20, "defaults": { "http": defaults } });
    run_document(&document(targets, &settings, &json!(steps.concat())), &["--workers", "2"])
}

/// All checks passed.
fn all_right(ran: &Ran, checks: &[&str]) -> Result<()> {
    for check in checks {
        let counts = ran.counts("visit")?;
        ensure!(ran.outcomes("visit", &format!("{check}-right"), "success")? == 20, "`{check}` in {counts}\n{}", ran.finished.stdout);
    }
    Ok(())
}

#[test]
fn nginx_is_asked_in_all_ways() -> Result<()> {
    let (nginx, files) = nginx()?;
    let file = |name: &str| files.path().join(name);
    let plain = format!("http://127.0.0.1:{}", nginx.port);
    let auth = json!({ "auth": { "basic": { "user": "ada", "password": "of-ada" } } });
    let ran = run_steps(
        &[&plain],
        &json!({ "url": plain, "cookies": true, "redirects": 2 }),
        &[
            get("nobody", "", "/secret", &json!({}), &["status == 401"]),
            get("ada", "nobody-right", "/secret", &auth, &["status == 200", "body == \"for ada\""]),
            get("sent-on", "ada-right", "/go", &json!({}), &["body == \"there by GET\""]),
            get(
                "page",
                "sent-on-right",
                "/page",
                &json!({ "decompress": true }),
                &["header:content-encoding == \"gzip\"", "body matches \"^a line\""],
            ),
            get("cookie", "page-right", "/cookie?minion={minion}", &json!({}), &["body == \"given\""]),
            vec![
                json!({ "name": "whoami", "after": "cookie-right", "http-with": { "connection": "cookie", "request": { "path": "/whoami" } } }),
                json!({ "name": "whoami-right", "after": "whoami", "assert": { "rules": ["body matches \"^of-[0-9]+$\""] } }),
            ],
        ],
    )?;
    all_right(&ran, &["nobody", "ada", "sent-on", "page", "cookie", "whoami"])?;

    let lost =
        run_steps(&[&plain], &json!({ "url": plain, "redirects": 2 }), &[get("lost", "", "/round", &json!({}), &["status == 200"])])?
            .ended_with_any(&[1])?;
    ensure!(lost.counts("visit")?["steps"]["lost"]["failures"]["too-many-redirects"] == 20, "{}", lost.counts("visit")?);

    let known = format!("http://127.0.0.1:{}", nginx.http_2_port);
    let pool = json!({ "connection": { "pool": { "size": 2, "warm-up": true } } });
    let ran = run_steps(
        &[&known],
        &json!({ "url": known, "version": "2" }),
        &[get("two", "", "/version", &pool, &["body == \"HTTP/2.0 \""]), get("more", "two-right", "/page", &json!({}), &["status == 200"])],
    )?;
    all_right(&ran, &["two", "more"])?;

    let secure = format!("https://localhost:{}", nginx.tls_port);
    let tls = json!({ "roots": file("roots.pem"), "certificate": file("client.pem"), "key": file("client.key") });
    let ran = run_steps(
        &[&secure],
        &json!({ "url": secure, "tls": tls }),
        &[
            get("one", "", "/version", &json!({}), &["body == \"HTTP/1.1 SUCCESS\""]),
            get("two", "one-right", "/version", &json!({ "version": "2" }), &["body == \"HTTP/2.0 SUCCESS\""]),
        ],
    )?;
    all_right(&ran, &["one", "two"])?;
    let nobody = run_steps(
        &[&secure],
        &json!({ "url": secure, "tls": { "roots": file("roots.pem") } }),
        &[get("nobody", "", "/version", &json!({}), &["status == 400"])],
    )?;
    all_right(&nobody, &["nobody"])
}

#[test]
fn bodies_come_from_files() -> Result<()> {
    let (nginx, folder) = nginx()?;
    let picture: Vec<u8> = (0..300_000_u32).map(|index| (index * 7 % 251) as u8).collect();
    folder.file("picture.bin", &picture)?;
    let plain = format!("http://127.0.0.1:{}", nginx.port);
    let put = |path: &str, body: Json| {
        let mut request = json!({ "method": "PUT", "path": format!("/kept/{path}-{{minion}}") });
        if let (Some(request), Some(body)) = (request.as_object_mut(), body.as_object()) {
            request.extend(body.clone());
        }
        json!({ "request": request })
    };
    let parts = json!([{ "name": "note", "value": "of minion {minion}" }, { "name": "picture", "file": "picture.bin" }]);
    let steps = [
        get("whole", "", "", &put("whole", json!({ "file": "picture.bin" })), &["status == 201", "header:x-sent == \":300000:\""]),
        get(
            "pieces",
            "whole-right",
            "",
            &put("pieces", json!({ "file": "picture.bin", "chunks": "64KiB" })),
            &["status == 201", "header:x-sent == \"chunked::\""],
        ),
        get("parts", "pieces-right", "", &put("parts", json!({ "multipart": parts })), &["status == 201"]),
    ];
    let settings = json!({ "minions": 20, "defaults": { "http": { "url": plain } } });
    let written = document(&[&plain], &settings, &json!(steps.concat()));
    let ran = run(&[folder.file("scenario.json", written.to_string())?], &["--workers", "2"])?;
    all_right(&ran, &["whole", "pieces", "parts"])?;
    for minion in [0, 19] {
        ensure!(nginx.file(&format!("kept/whole-{minion}"))? == picture);
        ensure!(nginx.file(&format!("kept/pieces-{minion}"))? == picture);
        let parts = nginx.file(&format!("kept/parts-{minion}"))?;
        let head =
            "content-disposition: form-data; name=\"picture\"; filename=\"picture.bin\"\r\ncontent-type: application/octet-stream\r\n\r\n";
        let held = [head.as_bytes(), &picture, b"\r\n--"].concat();
        ensure!(parts.windows(held.len()).any(|window| window == held), "the picture is not in {} bytes", parts.len());
        ensure!(String::from_utf8_lossy(&parts).contains(&format!("of minion {minion}\r\n")));
    }

    let lost = get("lost", "", "", &put("lost", json!({ "file": "nobody.bin" })), &["status == 201"]);
    let file = folder.file("lost.json", document(&[&plain], &settings, &json!(lost)).to_string())?;
    let finished = throng_kit::Throng::new().arg("run").arg(file).run()?;
    ensure!(finished.stderr.contains("the file `nobody.bin` of the request cannot be read"), "{}", finished.stderr);
    Ok(())
}

#[test]
fn proxies_are_gone_through() -> Result<()> {
    let (nginx, files) = nginx()?;
    let target = TargetProcess::start(&[] as &[&str])?;
    let secure = format!("https://localhost:{}", nginx.tls_port);
    let file = |name: &str| files.path().join(name);
    let tls = json!({ "roots": file("roots.pem"), "certificate": file("client.pem"), "key": file("client.key") });
    for proxy in [ProxyServer::http("ada", "of-ada")?, ProxyServer::socks("ada", "of-ada")?] {
        let through =
            json!({ "proxy": { "url": proxy.url, "user": "ada", "password": "{setting:password}" }, "url": target.url(), "tls": tls });
        let place = format!("tcp://{}", proxy.url.split("://").last().unwrap_or_default());
        let steps = [
            get("plain", "", "/bytes/1000", &json!({}), &["status == 200"]),
            get("secure", "plain-right", "/version", &json!({ "url": secure }), &["body == \"HTTP/1.1 SUCCESS\""]),
        ];
        let settings = json!({
            "minions": 20, "defaults": { "http": through },
            "settings": [{ "name": "password", "type": "text", "default": "of-ada", "secret": true }],
        });
        let written = document(&[target.url(), &secure, &place], &settings, &json!(steps.concat()));
        let ran = run_document(&written, &["--workers", "2"])?;
        all_right(&ran, &["plain", "secure"])?;

        let mut nobody = written;
        nobody["scenarios"][0]["defaults"]["http"]["proxy"] = json!({ "url": proxy.url });
        let ran = run_document(&nobody, &[])?.ended_with_any(&[1])?;
        let counts = ran.counts("visit")?;
        // Whoever is not let in gets an answer of the HTTP proxy's own in place of a plain one.
        let failed = if proxy.url.starts_with("http") { "plain-right" } else { "plain" };
        ensure!(counts["steps"][failed]["outcomes"]["success"] != 20, "{counts}");
    }
    Ok(())
}

#[test]
fn a_proxy_that_is_not_there_or_not_declared_is_told() -> Result<()> {
    let target = TargetProcess::start(&[] as &[&str])?;
    let nobody = format!("127.0.0.1:{}", free_port()?);
    let defaults = json!({ "url": target.url(), "proxy": { "url": format!("socks5://{nobody}") } });
    let steps = [get("get", "", "/", &json!({}), &["status == 200"])];
    let ran = run_steps(&[target.url(), &format!("tcp://{nobody}")], &defaults, &steps)?.ended_with_any(&[1])?;
    ensure!(ran.counts("visit")?["steps"]["get"]["failures"]["connect-refused"] == 20, "{}", ran.counts("visit")?);

    let folder = tempdir()?;
    let written = document(&[target.url()], &json!({ "minions": 1, "defaults": { "http": defaults } }), &json!(steps.concat()));
    let file = folder.file("scenario.json", written.to_string())?;
    let finished = throng_kit::Throng::new().arg("validate").arg(file).run()?;
    throng_e2e::errors::check_refused(finished, &["does not declare the proxy", &nobody, "\"targets\""])
}

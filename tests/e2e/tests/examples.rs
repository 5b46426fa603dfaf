//! The examples for users, against the built-in shop.

use anyhow::{Result, ensure};
use throng_e2e::campaign::{GOOD_OR_VOID, run};
use throng_e2e::errors::check_refused;
use throng_kit::{TargetProcess, Throng, example, free_port};

#[test]
fn hello_world_greets_everybody() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let server = format!("server={}", target.url());
    let ran = run(&[example("hello-world")?], &["-c", &server, "--profile", "regular(100ms, 20)"])?.ended_with_any(&GOOD_OR_VOID)?;
    for step in ["hello", "greeted"] {
        ensure!(ran.outcomes("hello-world", step, "success")? == 100, "{}", ran.counts("hello-world")?);
    }
    ensure!(target.stats()?["requests"] == 100, "the target has seen {}", target.stats()?);
    Ok(())
}

#[test]
fn rest_journey_orders_for_everybody() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let shop = format!("shop={}", target.url());
    let ran = run(&[example("rest-journey")?], &["-c", &shop, "-m", "40", "--profile", "immediate"])?.ended_with_any(&GOOD_OR_VOID)?;
    for step in ["login", "logged-in", "cart", "in-cart", "checkout", "created", "accepted"] {
        ensure!(ran.outcomes("rest-journey", step, "success")? == 40, "{}", ran.counts("rest-journey")?);
    }
    let stats = target.stats()?;
    // One connection each, and the one that asks for the counts.
    ensure!(stats["requests"] == 120 && stats["orders"]["accepted"] == 40 && stats["connections"] == 41, "the target has seen {stats}");
    Ok(())
}

#[test]
fn a_check_of_the_guest_fails_the_campaign() -> Result<()> {
    let target = TargetProcess::start(&["--status", "503"])?;
    let server = format!("server={}", target.url());
    let ran = run(&[example("hello-world")?], &["-c", &server, "-m", "5", "--profile", "immediate"])?.ended_with_any(&[1])?;
    ensure!(ran.outcomes("hello-world", "hello", "success")? == 5 && ran.outcomes("hello-world", "greeted", "failure")? == 5);
    ensure!(ran.finished.stdout.contains("not greeted: 503"), "{}", ran.finished.stdout);
    Ok(())
}

#[test]
fn retries_are_attempts_of_one_execution() -> Result<()> {
    let shop = format!("shop=http://127.0.0.1:{}", free_port()?);
    let ran = run(&[example("rest-journey")?], &["-c", &shop, "-m", "2", "--profile", "immediate"])?.ended_with_any(&[1])?;
    let login = &ran.counts("rest-journey")?["steps"]["login"];
    // Two retries each; what comes behind is skipped.
    ensure!(login["outcomes"]["error"] == 2 && login["attempts"] == 6, "{login}");
    ensure!(ran.outcomes("rest-journey", "accepted", "skipped")? == 2, "{}", ran.counts("rest-journey")?);
    Ok(())
}

#[test]
fn settings_are_checked_before_anything_runs() -> Result<()> {
    let call = |setting: &str| Throng::new().arg("run").arg(example("hello-world")?).args(["-c", setting]).run();
    check_refused(call("sever=http://127.0.0.1:1")?, &["sever", "did you mean `server`"])?;
    check_refused(call("server")?, &["KEY=VALUE"])?;
    check_refused(call("server=nonsense")?, &["nonsense"])
}

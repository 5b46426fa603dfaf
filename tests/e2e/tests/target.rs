//! `throng target`: says where it listens, answers, ends when it is told to.

use anyhow::{Result, ensure};
use throng_e2e::errors::check_refused;
use throng_kit::{TargetProcess, Throng};

#[test]
fn it_answers_until_it_is_interrupted() -> Result<()> {
    let target = TargetProcess::start(&["--size", "5", "--threads", "2"])?;
    ensure!(target.get("/")? == "thron");
    ensure!(target.get("/bytes/11")? == "throng targ");
    ensure!(target.stats()?["requests"] == 2);
    let url = target.url().to_owned();
    let finished = target.end()?.ended_with(0)?;
    ensure!(finished.stderr.is_empty(), "{}", finished.stderr);
    ensure!(finished.stdout.starts_with(&format!("throng target listening on {url}\n")), "{}", finished.stdout);
    ensure!(finished.stdout.contains("/shipments"), "it does not say what it offers: {}", finished.stdout);
    Ok(())
}

#[test]
fn wrong_options_are_refused() -> Result<()> {
    let call = |options: &[&str]| Throng::new().args(["target", "--port", "0"]).args(options).run();
    check_refused(call(&["--delay", "5"])?, &["--delay", "5ms"])?;
    check_refused(call(&["--freeze-at", "5s"])?, &["--freeze-for"])?;
    check_refused(call(&["--lose", "60%", "--double", "50%"])?, &["--lose", "--double", "110%"])
}

//! What one guest does wrong is its own scenario's matter: another scenario of the same campaign counts and ends as if it were alone.

use anyhow::{Result, ensure};
use throng_e2e::campaign::{Ran, run};
use throng_kit::{Throng, example, guest};

/// Everybody at once: there is no schedule that a busy neighbour or machine could make late.
const OPTIONS: [&str; 6] = ["--minions", "20", "--profile", "immediate", "--seed", "7"];

/// Runs scenarios of the hostile guest beside the harmless one, which must be what it is alone.
fn beside(misdeeds: &[&str], options: &[&str]) -> Result<Ran> {
    let harmless = guest("echo")?;
    let alone = run(&[&harmless], &OPTIONS)?.ended_with_any(&[0])?;
    let mut chosen = [&OPTIONS[..], options, &["--scenario", "echo"]].concat();
    misdeeds.iter().for_each(|misdeed| chosen.extend(["--scenario", misdeed]));
    let both = run(&[guest("hostile")?, harmless], &chosen)?;
    ensure!(alone.outcomes("echo", "echoed", "success")? == 20, "{}", alone.counts("echo")?);
    let (counts, expected) = (both.counts("echo")?, alone.counts("echo")?);
    ensure!(counts == expected, "beside {misdeeds:?} the harmless scenario counted\n{counts}\nand alone\n{expected}");
    let verdict = |ran: &Ran| Ok::<_, anyhow::Error>((ran.scenario("echo")?["verdict"].clone(), ran.reasons("echo")?));
    ensure!(verdict(&both)? == verdict(&alone)?, "beside {misdeeds:?} the harmless scenario is {:?}", verdict(&both)?);
    Ok(both)
}

/// The summary has, of a scenario's step, the cause.
fn check_named(ran: &Ran, place: &str, code: &str, words: &str) -> Result<()> {
    let summary = &ran.finished.stdout;
    let named = summary.lines().any(|line| line.trim_start().starts_with(place) && line.contains(code));
    ensure!(named && summary.contains(words), "`{place}`, `{code}` and `{words}` expected in\n{summary}");
    Ok(())
}

#[test]
fn all_misdeeds_at_once() -> Result<()> {
    let misdeeds = ["trap", "endless-loop", "memory-bomb", "wrong-answer", "deep-recursion", "failure"];
    let few: Vec<_> = misdeeds.iter().map(|name| format!("{name}=2")).collect();
    let options: Vec<_> = few.iter().flat_map(|few| ["--minions", few]).collect();
    let ran = beside(&misdeeds, &options)?;
    let ran = ran.ended_with_any(&[1])?;
    for name in misdeeds {
        ensure!(ran.outcomes(name, "misdeed", "error")? == 2, "{}", ran.counts(name)?);
        ensure!(ran.reasons(name)?.starts_with("failed: step `misdeed` failed in 2 of 2 executions"), "{}", ran.reasons(name)?);
    }
    check_named(&ran, "trap/misdeed", "trap", "the guest panicked")?;
    check_named(&ran, "endless-loop/misdeed", "deadline", "raise the limit `call-time`")?;
    check_named(&ran, "wrong-answer/misdeed", "wrong-answer", "takes one boolean")?;
    check_named(&ran, "deep-recursion/misdeed", "trap", "")?;
    check_named(&ran, "failure/misdeed", "out-of-stock", "came too late")?;
    // On a busy machine the time may be over before the memory is.
    check_named(&ran, "memory-bomb/misdeed", "memory", "raise the limit `memory`")
        .or_else(|_| check_named(&ran, "memory-bomb/misdeed", "deadline", "raise the limit `call-time`"))
}

#[test]
fn three_endless_loops_abort_their_scenario() -> Result<()> {
    let ran = beside(&["endless-loop"], &[])?.ended_with_any(&[3])?;
    let reasons = ran.reasons("endless-loop")?;
    let expected = "aborted: stopped after 3 calls that the sandbox had to end; the last one in step `misdeed`: ";
    ensure!(reasons.starts_with(expected), "{reasons}");
    ensure!(ran.finished.stdout.starts_with("✗ aborted"), "{}", ran.finished.stdout);
    Ok(())
}

/// §9: who leaves such a message ends its own scenario and no other.
#[test]
fn a_message_of_the_severity_abort_ends_its_scenario() -> Result<()> {
    let ran = beside(&["abort"], &[])?.ended_with_any(&[3])?;
    let reasons = ran.reasons("abort")?;
    ensure!(reasons.starts_with("aborted: stopped by the step `misdeed`: there is no stock left"), "{reasons}");
    let messages = &ran.scenario("abort")?["messages"];
    ensure!(messages[0]["severity"] == "abort" && messages[0]["text"] == "there is no stock left", "{messages}");
    ensure!(ran.finished.stdout.starts_with("✗ aborted"), "{}", ran.finished.stdout);
    Ok(())
}

#[test]
fn a_hundred_traps_abort_their_scenario() -> Result<()> {
    let ran = beside(&["trap"], &["--minions", "trap=300"])?.ended_with_any(&[3])?;
    let reasons = ran.reasons("trap")?;
    ensure!(
        reasons.starts_with("aborted: stopped after 100 calls that the sandbox had to end; the last one in step `misdeed`: "),
        "{reasons}"
    );
    let trapped = ran.outcomes("trap", "misdeed", "error")?;
    ensure!((100..=300).contains(&trapped), "{}", ran.counts("trap")?);
    Ok(())
}

#[test]
fn floods_end_nothing() -> Result<()> {
    let ran = beside(&["log-flood", "huge-value"], &["--minions", "huge-value=2", "--minions", "log-flood=3"])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("log-flood", "misdeed", "success")? == 3 && ran.outcomes("huge-value", "misdeed", "success")? == 2);
    let logged = ran.finished.stderr.len();
    ensure!(ran.finished.stderr.contains("dropped") && logged < 10_000, "{logged} bytes on standard error:\n{}", ran.finished.stderr);
    Ok(())
}

#[test]
fn fresh_instances_count_the_same() -> Result<()> {
    let shared = run(&[guest("echo")?], &OPTIONS)?.ended_with_any(&[0])?;
    let fresh = run(&[guest("echo")?], &[&OPTIONS[..], &["--fresh-instances"]].concat())?.ended_with_any(&[0])?;
    ensure!(shared.counts("echo")? == fresh.counts("echo")?, "{}", fresh.counts("echo")?);
    Ok(())
}

#[test]
fn the_number_of_workers_counts_for_nothing() -> Result<()> {
    let one = run(&[guest("echo")?], &[&OPTIONS[..], &["--workers", "1"]].concat())?.ended_with_any(&[0])?;
    let five = run(&[guest("echo")?], &[&OPTIONS[..], &["--workers", "5"]].concat())?.ended_with_any(&[0])?;
    ensure!(one.counts("echo")? == five.counts("echo")?, "{}", five.counts("echo")?);
    Ok(())
}

#[test]
fn a_guest_of_wasi_runs_with_nothing_granted() -> Result<()> {
    let ran = run(&[guest("wasi")?], &OPTIONS)?.ended_with_any(&[0])?;
    for step in ["print", "environment", "files", "arguments", "request"] {
        ensure!(ran.outcomes("wasi", step, "success")? == 20, "{}", ran.counts("wasi")?);
    }
    ensure!(ran.finished.stderr.contains("granted: no hosts"), "{}", ran.finished.stderr);
    Ok(())
}

#[test]
fn two_files_with_a_scenario_of_the_same_name_are_refused() -> Result<()> {
    let file = example("hello-world")?;
    let finished = Throng::new().arg("run").arg(&file).arg(&file).run()?;
    throng_e2e::errors::check_refused(finished, &["hello-world", "unique"])
}

#[test]
fn a_limit_can_be_set() -> Result<()> {
    let refused = Throng::new().arg("validate").arg(guest("echo")?).args(["--limit", "component=1KiB"]).run()?.ended_with(2)?;
    ensure!(refused.stderr.contains("the limit is 1024") && refused.stderr.contains("`component`"), "{}", refused.stderr);
    Throng::new().arg("validate").arg(guest("echo")?).args(["--limit", "component=1MiB"]).run()?.ended_with(0)?;
    // A call's own limit is in the words of its failure.
    let options = ["--scenario", "endless-loop", "-m", "1", "--profile", "immediate", "--limit", "call-time=30ms"];
    let ran = run(&[guest("hostile")?], &options)?.ended_with_any(&[1])?;
    ensure!(ran.finished.stdout.contains("30ms"), "{}", ran.finished.stdout);
    Ok(())
}

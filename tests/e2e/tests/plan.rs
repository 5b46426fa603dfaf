//! `throng plan`: when minions start, for each profile at several speeds. The lines are worked out by hand from the definitions.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value as Json;
use throng_e2e::documents::idle;
use throng_e2e::errors::check_refused;
use throng_kit::{Finished, Throng, example, tempdir};

/// How many, and milliseconds from the start.
type Line = (u64, f64);

fn plan(profile: &str, minions: u64, options: &[&str]) -> Result<Finished> {
    let folder = tempdir()?;
    let file = folder.file("scenario.json", idle(minions, profile).to_string())?;
    Throng::new().arg("plan").arg(file).arg("--json").args(options).run()
}

/// Reads `[{"count": n, "offset_ms": n}, …]`.
fn lines(finished: Finished) -> Result<Vec<Line>> {
    list(&finished.ended_with(0)?.json()?)
}

fn list(json: &Json) -> Result<Vec<Line>> {
    let lines = json.as_array().with_context(|| format!("no list of lines: {json}"))?;
    let line = |line: &Json| Some((line["count"].as_u64()?, line["offset_ms"].as_f64()?));
    lines.iter().map(line).collect::<Option<_>>().with_context(|| format!("lines without figures in {json}"))
}

fn check(profile: &str, minions: u64, speed: &str, expected: &[Line]) -> Result<()> {
    same(lines(plan(profile, minions, &["--speed", speed])?)?, expected)
        .with_context(|| format!("{profile} for {minions} at speed {speed}"))
}

fn same(actual: Vec<Line>, expected: &[Line]) -> Result<()> {
    // To the microsecond: square roots are not whole.
    let close = |(left, right): (&Line, &Line)| left.0 == right.0 && (left.1 - right.1).abs() < 0.001;
    let equal = actual.len() == expected.len() && actual.iter().zip(expected).all(close);
    ensure!(equal, "expected {expected:?}\nfound    {actual:?}");
    Ok(())
}

#[test]
fn without_a_speed_it_is_one() -> Result<()> {
    ensure!(lines(plan("regular(1s, 1)", 2, &[])?)? == [(1, 0.0), (1, 1000.0)]);
    Ok(())
}

#[test]
fn immediate() -> Result<()> {
    for speed in ["1", "2", "0.5"] {
        check("immediate", 7, speed, &[(7, 0.0)])?;
    }
    Ok(())
}

#[test]
fn regular() -> Result<()> {
    check("regular(1s, 3)", 8, "1", &[(3, 0.0), (3, 1000.0), (2, 2000.0)])?;
    check("regular(1s, 3)", 8, "2", &[(3, 0.0), (3, 500.0), (2, 1000.0)])?;
    check("regular(1s, 3)", 8, "0.5", &[(3, 0.0), (3, 2000.0), (2, 4000.0)])
}

#[test]
fn faster() -> Result<()> {
    let tens = |offsets: [f64; 8]| offsets.map(|offset| (10, offset));
    let profile = "faster(2000ms, 1.5, 200ms, 10)";
    // Waits: 2000, 1333, 888, 592, 394, 262, 200; at twice the speed 2000, 666, 222, then 200.
    check(profile, 80, "1", &tens([0.0, 2000.0, 3333.0, 4221.0, 4813.0, 5207.0, 5469.0, 5669.0]))?;
    check(profile, 80, "2", &tens([0.0, 2000.0, 2666.0, 2888.0, 3088.0, 3288.0, 3488.0, 3688.0]))?;
    // At half the speed the accelerator is 0.75: waits of 2000, 2666, then 3554, cut at 3000.
    check_refused(plan(profile, 80, &["--speed", "0.5"])?, &["max-period"])?;
    let bounded = "faster(2000ms, 1.5, 200ms, 10, max-period: 3s)";
    check(bounded, 35, "0.5", &[(10, 0.0), (10, 2000.0), (10, 4666.0), (5, 7666.0)])
}

#[test]
fn more() -> Result<()> {
    let profile = "more(200ms, 10, 2.0, 1000)";
    check(profile, 150, "1", &[(10, 0.0), (20, 200.0), (40, 400.0), (80, 600.0)])?;
    check(profile, 150, "2", &[(10, 0.0), (40, 200.0), (100, 400.0)])?;
    check(profile, 40, "0.5", &[(10, 0.0), (10, 200.0), (10, 400.0), (10, 600.0)])?;
    check("more(200ms, 10, 2.0, 30)", 90, "1", &[(10, 0.0), (20, 200.0), (30, 400.0), (30, 600.0)])
}

#[test]
fn timeframe() -> Result<()> {
    check("timeframe(300ms, 1s)", 10, "1", &[(3, 0.0), (3, 300.0), (4, 600.0)])?;
    check("timeframe(300ms, 1s)", 10, "2", &[(3, 0.0), (3, 150.0), (4, 300.0)])?;
    check("timeframe(300ms, 1s)", 10, "0.5", &[(3, 0.0), (3, 600.0), (4, 1200.0)])?;
    check_refused(plan("timeframe(1s, 300ms)", 10, &[])?, &["frame"])
}

#[test]
fn stages() -> Result<()> {
    let profile = "stages(stage(40%, ramp-up: 1s, total: 2s), stage(60%, 500ms, 1s), completion: hard)";
    check(profile, 10, "1", &[(2, 0.0), (2, 500.0), (6, 2000.0)])?;
    check(profile, 10, "2", &[(2, 0.0), (2, 250.0), (6, 1000.0)])?;
    check(profile, 10, "0.5", &[(2, 0.0), (2, 1000.0), (6, 4000.0)])?;
    // Absolute numbers replace the scenario's minions.
    check("stages(stage(8, 1s, 1s, 250ms))", 99, "1", &[(2, 0.0), (2, 250.0), (2, 500.0), (2, 750.0)])?;
    check_refused(plan("stages(stage(40%, 1s, 2s), stage(50%, 1s, 2s))", 10, &[])?, &["90"])?;
    check_refused(plan("stages(stage(100%, 2s, 1s))", 10, &[])?, &["total"])
}

#[test]
fn rate() -> Result<()> {
    let every = |count: u32, wait: f64| (0..count).map(|line| (1, f64::from(line) * wait)).collect::<Vec<Line>>();
    check("rate(4, 1s)", 99, "1", &every(4, 250.0))?;
    check("rate(4, 1s)", 99, "2", &every(8, 125.0))?;
    check("rate(4, 1s)", 99, "0.5", &every(2, 500.0))
}

#[test]
fn ramp() -> Result<()> {
    let ones = |offsets: &[f64]| offsets.iter().map(|offset| (1, *offset)).collect::<Vec<Line>>();
    // By t seconds t² have arrived: arrival i is at √i. At twice the speed at √(i ÷ 2), at half at √(2i).
    check("ramp(0, 4, 2s)", 99, "1", &ones(&[0.0, 1000.0, 1414.2136, 1732.0508]))?;
    let twice = [0.0, 707.1068, 1000.0, 1224.7449, 1414.2136, 1581.1388, 1732.0508, 1870.8287];
    check("ramp(0, 4, 2s)", 99, "2", &ones(&twice))?;
    check("ramp(0, 4, 2s)", 99, "0.5", &ones(&[0.0, 1414.2136]))
}

#[test]
fn poisson() -> Result<()> {
    let drawn = |speed, seed| lines(plan("poisson(100, 10s)", 99, &["--speed", speed, "--seed", seed])?);
    for (speed, number) in [("1", 1000), ("2", 2000), ("0.5", 500)] {
        let lines = drawn(speed, "1")?;
        ensure!(lines.len() == number, "{} arrivals at speed {speed}", lines.len());
        ensure!(lines.first() == Some(&(1, 0.0)), "the first is at {:?}", lines.first());
        ensure!(lines.is_sorted_by(|(_, left), (_, right)| left <= right), "not in order");
        ensure!(lines.iter().all(|(count, offset)| *count == 1 && *offset < 10_000.0), "not one by one within the time");
        // Five standard deviations around the half.
        let early = lines.iter().filter(|(_, offset)| *offset < 5000.0).count() as f64;
        let (half, deviation) = (number as f64 / 2.0, (number as f64 / 4.0).sqrt());
        ensure!((early - half).abs() < 5.0 * deviation, "{early} of {number} in the first half");
    }
    ensure!(drawn("1", "1")? == drawn("1", "1")?, "the same seed gives other times");
    ensure!(drawn("1", "1")? != drawn("1", "2")?, "another seed gives the same times");
    Ok(())
}

#[test]
fn user_defined() -> Result<()> {
    // The guest's next wait is half of the past one, 4 s at first, at least 100 ms, all divided by the speed.
    let planned =
        |speed: &str| lines(Throng::new().arg("plan").arg(example("user-defined-profile")?).args(["--json", "--speed", speed]).run()?);
    let twenties = |offsets: [f64; 10]| offsets.map(|offset| (20, offset));
    same(planned("1")?, &twenties([4000.0, 6000.0, 7000.0, 7500.0, 7750.0, 7875.0, 7975.0, 8075.0, 8175.0, 8275.0]))?;
    same(planned("2")?, &twenties([2000.0, 3000.0, 3500.0, 3750.0, 3875.0, 3937.5, 3987.5, 4037.5, 4087.5, 4137.5]))?;
    let slow = [8000.0, 12_000.0, 14_000.0, 15_000.0, 15_500.0, 15_750.0, 15_950.0, 16_150.0, 16_350.0, 16_550.0];
    same(planned("0.5")?, &twenties(slow))
}

#[test]
fn the_command_line_changes_minions_and_profile() -> Result<()> {
    let options = ["--profile", "regular(1s, 4)", "--minions", "10", "--minions-factor", "0.5"];
    // Said outright, the number is not scaled.
    same(lines(plan("immediate", 99, &options)?)?, &[(4, 0.0), (4, 1000.0), (2, 2000.0)])?;
    same(lines(plan("immediate", 99, &options[..2])?)?.split_off(24), &[(3, 24_000.0)])?;
    same(lines(plan("immediate", 99, &options[4..])?)?, &[(49, 0.0)])?;
    // Named for one scenario, it is for that one alone.
    same(lines(plan("immediate", 99, &["-m", "5", "-m", "visit=7"])?)?, &[(7, 0.0)])?;
    check_refused(plan("immediate", 99, &["-m", "vist=7"])?, &["vist", "did you mean `visit`"])?;
    check_refused(plan("immediate", 99, &["--profile", "user(0)"])?, &["callback"])
}

#[test]
fn a_factor_scales_curves_and_stages_and_a_number_does_not() -> Result<()> {
    let half = ["--minions-factor", "0.5"];
    same(lines(plan("rate(4, 1s)", 99, &half)?)?, &[(1, 0.0), (1, 500.0)])?;
    same(lines(plan("stages(stage(7, 0s, 1s), stage(1, 0s, 1s))", 99, &half)?)?, &[(3, 0.0), (1, 1000.0)])?;
    // In percent they share what is scaled; and there is always somebody.
    same(lines(plan("stages(stage(50%, 0s, 1s), stage(50%, 0s, 1s))", 9, &half)?)?, &[(2, 0.0), (2, 1000.0)])?;
    same(lines(plan("immediate", 9, &["--minions-factor", "0.01"])?)?, &[(1, 0.0)])?;
    for profile in ["rate(4, 1s)", "ramp(0, 4, 2s)", "poisson(4, 1s)", "stages(stage(7, 0s, 1s))"] {
        for minions in ["5", "visit=5"] {
            check_refused(plan(profile, 99, &["-m", minions])?, &["--minions", "`visit`", "--minions-factor"])?;
        }
    }
    Ok(())
}

#[test]
fn several_scenarios_are_told_by_their_names() -> Result<()> {
    let folder = tempdir()?;
    let mut document = idle(3, "immediate");
    let mut other = idle(4, "regular(1s, 2)")["scenarios"][0].take();
    other["name"] = "other".into();
    document["scenarios"].as_array_mut().context("no scenarios")?.push(other);
    let file = folder.file("two.json", document.to_string())?;
    let json = Throng::new().arg("plan").arg(&file).arg("--json").run()?.ended_with(0)?.json()?;
    same(list(&json["visit"])?, &[(3, 0.0)])?;
    same(list(&json["other"])?, &[(2, 0.0), (2, 1000.0)])?;
    // Those that are chosen are the only ones.
    same(lines(Throng::new().arg("plan").arg(&file).args(["--json", "--scenario", "o*er"]).run()?)?, &[(2, 0.0), (2, 1000.0)])?;
    let table = Throng::new().arg("plan").arg(&file).run()?.ended_with(0)?.stdout;
    ensure!(table.contains("visit: 3 minions, immediate\n") && table.contains("other: 4 minions, regular(1s, 2)\n"), "{table}");
    Ok(())
}

#[test]
fn a_callback_that_the_document_has_not_is_refused() -> Result<()> {
    check_refused(plan("user(0)", 10, &[])?, &["callback"])
}

#[test]
fn a_speed_out_of_range_is_refused() -> Result<()> {
    for speed in ["0", "-1", "999.5", "nan", "fast"] {
        check_refused(plan("immediate", 1, &[&format!("--speed={speed}")])?, &["speed"])?;
    }
    Ok(())
}

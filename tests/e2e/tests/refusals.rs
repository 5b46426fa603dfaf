//! Files that are no scenario are refused before anything runs, with one clear error.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::json;
use throng_e2e::documents::{document, idle};
use throng_e2e::errors::check_refused;
use throng_kit::{Throng, tempdir};

/// Both commands that take a file, on a file of this content.
fn check(name: &str, content: impl AsRef<[u8]>, parts: &[&str]) -> Result<()> {
    let folder = tempdir()?;
    let file = folder.file(name, content)?;
    check_path(&file, &[&[name], parts].concat())
}

fn check_path(file: &Path, parts: &[&str]) -> Result<()> {
    for command in ["validate", "run"] {
        check_refused(Throng::new().arg(command).arg(file).run()?, parts)?;
    }
    Ok(())
}

/// A component that imports an interface that no host has.
fn component_with_unknown_import() -> Vec<u8> {
    const IMPORT: &str = "acme:rockets/engine@1.0.0";
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    // Section 7, types: one instance type that exports nothing.
    bytes.extend([7, 3, 1, 0x42, 0]);
    // Section 10, imports: an instance of that type.
    bytes.extend([10, IMPORT.len() as u8 + 5, 1, 0, IMPORT.len() as u8]);
    bytes.extend(IMPORT.as_bytes());
    bytes.extend([5, 0]);
    bytes
}

#[test]
fn a_sound_document_is_valid() -> Result<()> {
    let folder = tempdir()?;
    let file = folder.file("sound.json", idle(3, "regular(1s, 1)").to_string())?;
    Throng::new().arg("validate").arg(file).run()?.ended_with(0)?;
    Ok(())
}

#[test]
fn a_missing_file_is_named() -> Result<()> {
    check_path(&tempdir()?.path().join("nowhere.json"), &["nowhere.json"])
}

#[test]
fn random_bytes_are_no_scenario() -> Result<()> {
    let mut state = 1_u32;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(4096)
    .collect();
    check("random.wasm", bytes, &[])?;
    check("empty.json", "", &[])?;
    check("empty.wasm", "", &[])?;
    check("half.json", &idle(1, "immediate").to_string()[..20], &[])?;
    // Native programs, and components that were compiled to native code, begin alike.
    check("program.wasm", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", &["not WebAssembly", "build"])
}

#[test]
fn a_core_module_is_no_component() -> Result<()> {
    check("module.wasm", b"\0asm\x01\0\0\0", &["component"])
}

#[test]
fn an_unknown_import_is_named() -> Result<()> {
    check("rocket.wasm", component_with_unknown_import(), &["acme:rockets/engine@1.0.0"])
}

#[test]
fn a_cut_component_is_refused() -> Result<()> {
    let component = component_with_unknown_import();
    check("cut.wasm", &component[..component.len() - 4], &[])
}

#[test]
fn an_unknown_field_is_named_with_the_nearest() -> Result<()> {
    let mut document = idle(1, "immediate");
    document["scenarios"][0]["minons"] = json!(5);
    check("field.json", document.to_string(), &["minons", "minions"])
}

#[test]
fn a_wrong_profile_is_named_with_the_nearest() -> Result<()> {
    check("profile.json", idle(1, "reglar(1s, 5)").to_string(), &["reglar", "regular"])?;
    check("bare.json", idle(1, "regular(1000, 5)").to_string(), &["1000ms"])
}

#[test]
fn all_faults_of_a_document_are_listed_at_once() -> Result<()> {
    let steps = json!([
        { "name": "first", "start": true, "returns": 1 },
        { "name": "twin", "after": "first", "delay": "1000" },
        { "name": "twin", "after": "first", "delay": "1s", "timeot": "1s" },
        { "name": "lost", "after": "frist", "assert": { "rules": ["status = 200"] } },
        { "name": "ask", "after": "first", "http": { "url": "http://127.0.0.1:2", "request": { "path": "/" } } },
        { "name": "second", "start": true, "returns": 1 }
    ]);
    let document = document(&["http://127.0.0.1:1"], &json!({ "minions": 0 }), &steps);
    let faults = [
        "/minions: there are 0",
        "step `twin`, /delay: `1000` is not a duration; write `1000ms`",
        "there are two steps `twin`",
        "`timeot` is neither a step kind nor an option of steps; did you mean `timeout`?",
        "step `lost`, /after: there is no step `frist`; did you mean `first`?",
        "`status = 200` is not a check",
        "does not declare the target http://127.0.0.1:2",
        "step `second`, /start: there are two starts",
    ];
    check("faults.json", document.to_string(), &faults)
}

#[test]
fn the_faults_of_all_files_are_one_error() -> Result<()> {
    let folder = tempdir()?;
    let sound = folder.file("sound.json", idle(1, "immediate").to_string())?;
    let wrong = folder.file("wrong.json", idle(1, "imediate").to_string())?;
    let finished = Throng::new().arg("validate").args([&sound, &wrong]).arg("nowhere.wasm").run()?.ended_with(2)?;
    ensure!(finished.stdout == "visit: valid, 1 step, 1 minion, immediate\n", "{}", finished.stdout);
    for part in ["wrong.json", "did you mean `immediate`", "nowhere.wasm"] {
        ensure!(finished.stderr.contains(part), "{}", finished.stderr);
    }
    Ok(())
}

#[test]
fn a_document_without_a_start_is_refused() -> Result<()> {
    check("start.json", document(&[], &json!({}), &json!([{ "name": "once", "returns": 1 }])).to_string(), &["start"])
}

#[test]
fn wrong_usage_is_refused() -> Result<()> {
    check_refused(Throng::new().args(["bench"]).run()?, &[])?;
    check_refused(Throng::new().args(["run", "--no-such-option", "x.json"]).run()?, &["--no-such-option"])
}

/// Both commands that follow a profile, with options that do not fit the document.
fn check_options(profile: &str, options: &[&str], parts: &[&str]) -> Result<()> {
    let folder = tempdir()?;
    let file = folder.file("scenario.json", idle(5, profile).to_string())?;
    for command in ["plan", "run"] {
        check_refused(Throng::new().arg(command).arg(&file).args(options).run()?, parts)?;
    }
    Ok(())
}

#[test]
fn options_that_do_not_fit_the_document_are_refused() -> Result<()> {
    check_options("rate(10, 1s)", &["-m", "5"], &["visit", "10 minions", "--minions-factor"])?;
    check_options("immediate", &["--profile", "rate(10, 1s)", "-m", "5"], &["--minions-factor"])?;
    check_options("immediate", &["--scenario", "nobody*"], &["`nobody*`", "`visit`"])?;
    check_options("immediate", &["--scenario", "visit", "--scenario", "vist"], &["`vist`", "did you mean `visit`"])?;
    check_options("immediate", &["-c", "shop=1"], &["shop"])?;
    check_options("immediate", &["-m", "0"], &["-m", "from 1"])?;
    check_options("immediate", &["--limit", "cal-time=1s"], &["`cal-time`", "did you mean `call-time`"])?;
    check_options("immediate", &["--limit", "memory=much"], &["`memory`", "128MiB"])?;
    check_options("immediate", &["--profile", "reglar(1s, 5)"], &["regular"])
}

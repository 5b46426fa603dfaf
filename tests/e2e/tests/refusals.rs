//! Files that are no scenario are refused before anything runs, with one clear error.

use std::path::Path;

use anyhow::Result;
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
    check("half.json", &idle(1, "immediate").to_string()[..20], &[])?;
    check("program.wasm", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", &[])
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
        { "name": "twin", "after": "first", "delay": "1s" },
        { "name": "twin", "after": "first", "delay": "1s" },
        { "name": "lost", "after": "frist", "delay": "1s" }
    ]);
    check("faults.json", document(&[], &json!({}), &steps).to_string(), &["twin", "lost", "frist", "first"])
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

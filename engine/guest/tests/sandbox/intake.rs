//! What is not a scenario component gets one error that says what it is and what to do.

use throng_guest::{Limits, LoadError, Sandbox, SandboxConfig};

use crate::guests::{bytes, load, sandbox};

fn check(bytes: &[u8], expected: &str) {
    let error = sandbox().load(bytes, Limits::default()).expect_err("this is no scenario");
    assert_eq!(error.to_string(), expected);
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the test's own text is right")
}

#[test]
fn other_files_are_named() {
    check(b"", "the component is empty; check that it was built and copied completely");
    check(b"(module)", "this is WebAssembly in its text form, not a component; turn it into one with `wasm-tools parse`");
    check(b"\n(component)", "this is WebAssembly in its text form, not a component; turn it into one with `wasm-tools parse`");
    check(
        b"#!/bin/sh",
        "this is not WebAssembly: its first bytes are [23, 21, 2f, 62, 69, 6e, 2f, 73]; give it the component that your build made, a `.wasm` file",
    );
    check(
        &component("(module)"),
        "this is a core WebAssembly module, not a component; for Rust, set `linker = \"wasm-component-ld\"` in `.cargo/config.toml`, \
         otherwise wrap it with `wasm-tools component new`",
    );
}

#[test]
fn precompiled_components_are_refused() {
    let expected = "this component is precompiled, which the engine refuses because it cannot be checked; give it the `.wasm` file instead";
    check(&precompiled_by_wasmtime(), expected);
}

/// What `wasmtime compile` makes of the smallest component.
fn precompiled_by_wasmtime() -> Vec<u8> {
    wasmtime::Engine::default().precompile_component(&component("(component)")).expect("the smallest component compiles")
}

#[test]
fn a_truncated_component_is_not_valid() {
    let whole = bytes("echo");
    for length in [9, 100, whole.len() / 2, whole.len() - 1] {
        let error = sandbox().load(&whole[..length], Limits::default()).expect_err("it is cut");
        assert!(matches!(error, LoadError::Invalid { .. } | LoadError::MissingExport { .. }), "{length}: {error}");
    }
}

#[test]
fn unknown_imports_are_named_with_a_remedy() {
    let import = |name: &str| component(&format!(r#"(component (import "{name}" (instance)))"#));
    check(
        &import("throng:host/log@0.9.0"),
        "the component imports `throng:host/log@0.9.0`, which this engine has as `throng:host/log@0.1.0`; \
         build the component against that version, or use an engine that has the other one",
    );
    check(
        &import("throng:mqtt/messages@0.1.0"),
        "the component imports `throng:mqtt/messages@0.1.0`, which this engine does not know; \
         build the component against this engine's `wit/` files, or use a newer engine",
    );
    check(
        &import("wasi:cli/environment@0.3.0"),
        "the component imports `wasi:cli/environment@0.3.0`, which is of a version that this engine does not have; \
         build the component for WASI 0.2, such as with the target `wasm32-wasip2`",
    );
    check(
        &import("acme:tools/magic"),
        "the component imports `acme:tools/magic`, which nothing provides; \
         a component may import `throng:` interfaces and WASI 0.2, so remove what needs it, or compose the component with a library that \
         exports it",
    );
}

#[test]
fn a_component_that_is_no_scenario_lacks_its_exports() {
    check(
        &component("(component)"),
        "the component does not export `throng:scenario/definition@0.1.0`; a scenario exports both `throng:scenario/definition` and \
         `throng:scenario/callbacks`; with the Rust SDK, mark a function with `#[throng::scenario]`",
    );
    let other = r#"(component (instance $empty) (export "throng:scenario/definition@0.7.0" (instance $empty)))"#;
    check(
        &component(other),
        "the component does not export `throng:scenario/definition@0.1.0`; it exports `throng:scenario/definition@0.7.0`, \
         so build it against the `wit/` files of this engine's version",
    );
}

#[test]
fn exports_of_another_shape_are_a_mismatch() {
    let hollow = r#"(component
        (instance $empty)
        (export "throng:scenario/definition@0.1.0" (instance $empty))
        (export "throng:scenario/callbacks@0.1.0" (instance $empty)))"#;
    check(
        &component(hollow),
        "the component does not fit this engine: `throng:scenario/definition@0.1.0` has no function `describe`; \
         build it against the `wit/` files of this engine's version",
    );
}

#[test]
fn size_is_limited() {
    let limits = Limits { component_bytes: 1_000, ..Limits::default() };
    let error = sandbox().load(&bytes("echo"), limits).expect_err("it is larger");
    assert!(error.to_string().ends_with("the limit is 1000; build it in release mode and strip it, or raise the limit `component`"));
}

#[test]
fn a_digest_names_the_bytes() {
    let echo = load("echo");
    assert_eq!(echo.digest().len(), 64);
    assert_eq!(echo.digest(), load("echo").digest());
    assert_ne!(echo.digest(), load("handles").digest());
}

#[test]
fn compiled_components_are_kept_in_the_cache() {
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(SandboxConfig { cache_directory: Some(folder.path().join("compiled")) }).expect("the sandbox works here");
    sandbox.load(&bytes("echo"), Limits::default()).expect("the guest loads");
    let files = |folder: &std::path::Path| std::fs::read_dir(folder).expect("a folder").count();
    assert_ne!(files(&folder.path().join("compiled")), 0);
}

#[test]
fn an_unusable_cache_folder_is_named() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let error = Sandbox::new(SandboxConfig { cache_directory: Some(file.path().join("compiled")) }).expect_err("a file is no folder");
    let start = format!("cannot use `{}` for compiled components: ", file.path().join("compiled").display());
    assert!(error.to_string().starts_with(&start), "{error}");
}

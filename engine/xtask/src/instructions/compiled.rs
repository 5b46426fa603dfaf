//! The program whose instructions are counted.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::Value as Json;

use crate::process::{read, run};
use crate::project::cargo;

/// How its crates are compiled.
const SETTINGS: &str = "engine/bench/counted.toml";
/// Of the whole workspace, as the tests are built: with the features of one package alone its dependencies would be compiled anew.
const BUILD: [&str; 6] = ["build", "--workspace", "--example", "counted", "--config", SETTINGS];

/// Builds it, and says where it is.
pub(crate) fn build() -> Result<PathBuf> {
    // Incremental builds inline less and by chance; these are kept beside them, none replaces the other.
    run(cargo(BUILD).env("CARGO_INCREMENTAL", "0"))?;
    let messages = read(cargo(BUILD).arg("--message-format=json").arg("--quiet").env("CARGO_INCREMENTAL", "0"))?;
    let programs = messages.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let program = programs.filter(|message| message.pointer("/target/name").and_then(Json::as_str) == Some("counted"));
    let Some(program) = program.filter_map(|message| Some(message.get("executable")?.as_str()?.to_owned())).next() else {
        bail!("cargo does not say where it put the example `counted`");
    };
    PathBuf::from(program).canonicalize().context("the example `counted` was built, but is not there")
}

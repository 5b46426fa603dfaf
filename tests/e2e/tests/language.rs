//! `docs/language-tests.md`: each test that it names is there, and what has none is marked.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

const PAGE: &str = include_str!("../../../docs/language-tests.md");

/// How what is not tested is marked.
const GAP: &str = "**gap**: ";

/// Where the project's sources are.
const FOLDERS: [&str; 4] = ["engine", "plugins", "sdk-rust", "tests"];

/// The lines of the tables: a statement, and what is said of its tests.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let cells = |line: &'static str| line.strip_prefix("| ")?.strip_suffix(" |")?.rsplit_once(" | ");
    PAGE.lines().filter_map(cells).filter(|(statement, _)| *statement != "statement")
}

/// The tests that a text names: pairs of the end of a path and a function.
fn named(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('`').filter_map(|word| word.split_once(".rs::"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" {
                sources(&path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether a file has a test of this name: a function under an attribute such as `#[test]`.
fn has_test(source: &str, name: &str) -> bool {
    let function = format!("fn {name}(");
    let mut attributes = false;
    source.lines().map(str::trim).any(|line| {
        let is_test = attributes && line.trim_start_matches("async ").starts_with(&function);
        attributes = line.starts_with("#[") && (attributes || line.contains("test"));
        is_test
    })
}

#[test]
fn every_test_that_the_page_names_is_there() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in FOLDERS {
        sources(&root.join(folder), &mut files)?;
    }
    let mut missing = BTreeSet::new();
    let mut count = 0;
    for (place, test) in named(PAGE).filter(|(place, _)| *place != "file") {
        let end = Path::new(place).with_extension("rs");
        let mut candidates = files.iter().filter(|file| file.ends_with(&end));
        if !candidates.any(|file| fs::read_to_string(file).is_ok_and(|source| has_test(&source, test))) {
            missing.insert(format!("{place}.rs::{test}"));
        }
        count += 1;
    }
    ensure!(missing.is_empty(), "docs/language-tests.md names tests that are not there: {missing:#?}");
    ensure!(count > 150, "only {count} tests were found in docs/language-tests.md");
    Ok(())
}

#[test]
fn what_has_no_test_is_marked_as_a_gap() -> Result<()> {
    let gaps: Vec<_> = rows().filter(|(_, tests)| tests.starts_with(GAP)).collect();
    for (statement, reason) in &gaps {
        println!("{statement} | {reason}");
    }
    let untested: Vec<_> = rows().filter(|(_, tests)| !tests.starts_with(GAP) && named(tests).next().is_none()).collect();
    ensure!(untested.is_empty(), "neither a test nor a gap with a reason: {untested:#?}");
    let told = match gaps.len() {
        0 => "there is none.".to_owned(),
        1 => "there is 1.".to_owned(),
        several => format!("there are {several}."),
    };
    ensure!(PAGE.contains(&told), "the page should say of its gaps that \"{told}\": {gaps:#?}");
    Ok(())
}

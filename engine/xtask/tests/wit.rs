//! The public contract in `wit/`: it parses as a whole, carries one version, and what was released of it stays as it was.
//!
//! `cargo xtask check-wit` runs this. It is a test so that the parser is compiled for it alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use wit_parser::{Resolve, UnresolvedPackageGroup};

/// The folder of released versions in `wit/`: `released/<version>/<package>/*.wit`.
const RELEASED: &str = "released";

#[test]
fn the_contract_parses_and_carries_one_version() -> Result<()> {
    version(&contract()).map(drop)
}

#[test]
fn every_released_version_parses_and_is_what_its_folder_says() -> Result<()> {
    for release in folders(&contract().join(RELEASED))? {
        assert_eq!(version(&release)?, name(&release), "the version of the packages in `{}`", release.display());
    }
    Ok(())
}

/// As long as a file carries a released version, it is that version: whoever changes it takes the next one.
#[test]
fn files_of_a_released_version_are_as_they_were_released() -> Result<()> {
    let version = version(&contract())?;
    let release = contract().join(RELEASED).join(&version);
    if release.is_dir() {
        assert_eq!(texts(&contract())?, texts(&release)?, "`wit/` carries version {version}, which is released: take the next version");
    }
    Ok(())
}

#[test]
fn a_fault_is_found() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let check = |text: &str| {
        fs::create_dir_all(folder.path().join("fault"))?;
        fs::write(folder.path().join("fault/fault.wit"), text)?;
        version(folder.path())
    };
    assert_eq!(check("package throng:fault@0.1.0; interface fault { right: func(); }")?, "0.1.0");
    assert!(check("package throng:fault@0.1.0; interface fault { wrong: fun(); }").is_err(), "a word that WIT does not have");
    assert!(
        check("package throng:fault@0.1.0; interface fault { use throng:none/none@0.1.0.{some}; }").is_err(),
        "a package that is not there"
    );
    assert!(check("package throng:fault; interface fault { }").is_err(), "no version");
    Ok(())
}

fn contract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")
}

/// Parses the packages in this folder, resolves what they use of each other, and answers with the version that all carry.
fn version(folder: &Path) -> Result<String> {
    let mut packages = packages(folder)?.iter().map(UnresolvedPackageGroup::parse_dir).collect::<Result<Vec<_>>>()?;
    let versions: BTreeSet<_> = packages.iter().map(|package| package.main.name.version.clone()).collect();
    ensure!(versions.len() == 1, "the packages in `{}` carry one version, not {versions:?}", folder.display());
    let version = versions.into_iter().flatten().next().context("the packages carry no version")?;

    let mut resolve = Resolve::default();
    let main = packages.pop().context("there are no packages")?;
    let resolved = resolve.push_groups(main, packages);
    resolved.map_err(|error| anyhow!("`{}` does not resolve: {error:?}", folder.display()))?;
    Ok(version.to_string())
}

/// What each file of the packages in this folder says, by package and file name.
fn texts(folder: &Path) -> Result<BTreeMap<(String, String), String>> {
    let mut texts = BTreeMap::new();
    for package in packages(folder)? {
        for file in package.read_dir()? {
            let file = file?.path();
            texts.insert((name(&package), name(&file)), fs::read_to_string(&file)?);
        }
    }
    Ok(texts)
}

/// The packages in this folder, without those of its released versions.
fn packages(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut packages = folders(folder)?;
    packages.retain(|package| name(package) != RELEASED);
    Ok(packages)
}

/// The folders in this one, in order; none if it is not there.
fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    if folder.is_dir() {
        for entry in folder.read_dir()? {
            folders.push(entry?.path());
        }
    }
    folders.retain(|path| path.is_dir());
    folders.sort();
    Ok(folders)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

//! `cargo xtask instructions`: how many instructions the hot paths take, counted by valgrind's callgrind and compared with what is recorded.
//!
//! Instructions are the same on a busy machine and on a quiet one, so that a path which got slower is seen without a clock.

mod compiled;
mod paths;
mod record;

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::guests::TEST_GUESTS;
use crate::instructions::paths::hot_paths;
use crate::instructions::record::{Makers, Record, Standing, compare};
use crate::phase::phase;
use crate::process::succeeds;
use crate::toolchain::{self, Source};

/// What is to be done with the counts.
#[derive(Args, Debug)]
pub(crate) struct InstructionArguments {
    /// Record the counts instead of comparing them
    #[arg(long)]
    record: bool,
}

/// Counts, and compares or records. A path that got longer by more than 5 % is an error, and so is one that only one of the two knows.
pub(crate) fn instructions(arguments: &InstructionArguments) -> Result<()> {
    if !succeeds(Command::new("valgrind").arg("--version")) {
        bail!("valgrind is missing, which counts the instructions; Debian: `apt-get install valgrind`");
    }
    phase("guest toolchain", || toolchain::set_up(&toolchain::ALL_TARGETS, Source::Auto))?;
    phase("test guests", || TEST_GUESTS.build())?;
    let program = phase("what is counted, optimised", compiled::build)?;
    let paths = phase("guests, compiled once", || hot_paths(&program))?;
    let count =
        || paths.iter().map(|path| Ok((path.name.to_owned(), path.count(&program)?.round() as u64))).collect::<Result<BTreeMap<_, _>>>();
    let counted = Record { makers: Makers::here()?, instructions: phase("counting", count)? };
    if arguments.record {
        println!("{}", counted.write()?);
        return Ok(());
    }
    let recorded = Record::read()?;
    let comparison = compare(&counted, &recorded);
    println!("{comparison}");
    match comparison.worst() {
        Standing::Failed => bail!("{}", comparison.verdict()),
        Standing::Shorter => {
            eprintln!("some paths got shorter: record it by `cargo xtask instructions --record`, so that it stays so");
            Ok(())
        }
        Standing::Same => Ok(()),
    }
}

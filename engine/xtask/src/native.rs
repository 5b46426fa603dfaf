//! What compiles the libraries in C and C++ that throng is built with: Kafka's is one.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::apt;
use crate::process::succeeds;

/// Each program, and its package.
const PROGRAMS: [(&str, &str); 4] = [("c++", "g++"), ("make", "make"), ("cmake", "cmake"), ("pkg-config", "pkg-config")];

/// Each header, in one of the folders that Debian has them in, and its package. Kafka's library includes curl's also where it is built
/// without curl.
const HEADERS: [(&str, &str); 3] = [("openssl/ssl.h", "libssl-dev"), ("zlib.h", "zlib1g-dev"), ("curl/curl.h", "libcurl4-openssl-dev")];

/// Installs what is not there. Where there is no Debian, the compilation says what it lacks.
pub(crate) fn set_up() -> Result<()> {
    if !apt::is_there() {
        return Ok(());
    }
    let programs = PROGRAMS.iter().filter(|(program, _)| !succeeds(Command::new(program).arg("--version")));
    let headers = HEADERS.iter().filter(|(header, _)| !is_included(header));
    let missing: Vec<&str> = programs.chain(headers).map(|(_, package)| *package).collect();
    if missing.is_empty() { Ok(()) } else { apt::install(&missing) }
}

/// Whether a compiler finds it: in the common folder, or in that of the kind of machine.
fn is_included(header: &str) -> bool {
    let common = Path::new("/usr/include");
    let machines = common.read_dir().into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let machines = machines.filter(|folder| folder.to_string_lossy().ends_with("-linux-gnu"));
    std::iter::once(common.to_owned()).chain(machines).any(|folder| folder.join(header).exists())
}

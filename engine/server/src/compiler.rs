//! Compiles components in a child process, which fills the sandbox's cache: a compilation can neither stall nor crash the engine.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio::sync::Semaphore;

use crate::background::in_background;

/// The program that compiles: it is given the component's file behind its arguments, exits with 0 if it took the component, and else
/// says on its standard output why not.
#[derive(Clone, Debug)]
pub struct CompilerCommand {
    /// The program, this one as a rule.
    pub program: PathBuf,
    /// Before the file's path.
    pub arguments: Vec<OsString>,
}

/// Why a component was not compiled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompilerError {
    /// The component is not what it should be.
    #[error("{0}")]
    Refused(String),
    /// The compiler took too much, or fell over.
    #[error(
        "compiling it took more than it may take, or failed ({0}); build a smaller component, or raise the engine's `--compile-memory` and `--compile-time`"
    )]
    Gone(String),
    /// There is no compiler to be had.
    #[error("the compiler cannot be started: {0}")]
    Start(#[from] io::Error),
}

/// One compilation at a time.
#[derive(Debug)]
pub(crate) struct Compiler {
    command: CompilerCommand,
    turn: Semaphore,
}

impl Compiler {
    pub(crate) fn new(command: CompilerCommand) -> Self {
        Self { command, turn: Semaphore::new(1) }
    }

    /// Compiles a file when its turn comes; `begun` is called then.
    pub(crate) async fn compile(&self, file: &Path, begun: impl FnOnce()) -> Result<(), CompilerError> {
        let _turn = self.turn.acquire().await;
        begun();
        let mut command = Command::new(&self.command.program);
        command.args(&self.command.arguments).arg(file);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let output = in_background(move || command.output()).await??;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match output.status.code() {
            Some(0) => Ok(()),
            Some(_) if !said.is_empty() => Err(CompilerError::Refused(said)),
            _ => Err(CompilerError::Gone(output.status.to_string())),
        }
    }
}

/// Makes this process, a compiler, give way to everything else, end with the engine that started it, and take no more than it may:
/// memory in bytes, processor time in seconds. Where the operating system refuses one of these, compiling goes on without it.
#[cfg(target_os = "linux")]
pub fn be_modest(memory: u64, seconds: u64) {
    use rustix::process::{Resource, Rlimit, Signal, nice, set_parent_process_death_signal, setrlimit};
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    let results = [
        nice(19).map(drop),
        set_parent_process_death_signal(Some(Signal::KILL)),
        setrlimit(Resource::Data, limit(memory)),
        setrlimit(Resource::Cpu, limit(seconds)),
        setrlimit(Resource::Core, limit(0)),
    ];
    for error in results.into_iter().filter_map(Result::err) {
        tracing::debug!(%error, "a limit of the compiler was refused");
    }
}

/// The same where none of it can be had.
#[cfg(not(target_os = "linux"))]
pub fn be_modest(_memory: u64, _seconds: u64) {}

//! A component that brings step kinds or sources for scenarios in any language: described, asked whether options are right, called like
//! callbacks.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use throng_model::{Secrets, Targets};
use wasmtime::component::{ComponentExportIndex, Linker};

use crate::bindings::plugins::{ConfigureAnswer, DescribeAnswer};
use crate::bindings::{SOURCE_KINDS, STEP_KINDS};
use crate::code::Code;
use crate::component::{DescribeError, within};
use crate::fault::{Fault, MAY_NOT_WAIT};
use crate::intake::{LoadError, Surface, World};
use crate::lane::Linkage;
use crate::lanes::{LaneConfig, LanesError};
use crate::limits::Limits;
use crate::plugin_lanes::PluginLanes;
use crate::sandbox::Sandbox;
use crate::state::State;

/// A component of step kinds, or of sources, which are step kinds as well. It stays as it was loaded; other bytes are another plugin.
pub struct StepPlugin {
    code: Arc<Code>,
    exports: Exports,
    world: World,
}

/// Interfaces that only make sense with a network.
const NETWORK: [&str; 2] = ["wasi:sockets/tcp", "wasi:http/outgoing-handler"];

/// Where its functions are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exports {
    pub(crate) describe: ComponentExportIndex,
    pub(crate) configure: ComponentExportIndex,
    pub(crate) call: ComponentExportIndex,
}

/// Something that a plugin finds wrong with a step's options.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// JSON pointer inside of the options; "" is the whole.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Why a plugin does not take a step's options.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigureError {
    /// It says itself what is wrong.
    #[error("{}", in_one_line(.0))]
    Refused(Vec<Refusal>),
    /// It trapped or ran into a limit.
    #[error("it failed while it looked at the options: {message}")]
    Trapped {
        /// `trap`, `deadline` or `memory`.
        code: &'static str,
        /// What happened.
        message: String,
    },
}

impl StepPlugin {
    pub(crate) fn new(
        sandbox: Sandbox,
        linker: &Linker<State>,
        bytes: &[u8],
        surface: Surface,
        limits: Limits,
        world: World,
    ) -> Result<Self, LoadError> {
        let called = if world == World::SourcePlugin { (SOURCE_KINDS, "next") } else { (STEP_KINDS, "call") };
        let code = Code::new(sandbox, linker, bytes, surface, limits, called)?;
        let export = |function| code.export(called.0, function);
        let exports = Exports { describe: export("describe")?, configure: export("configure")?, call: code.called(called)? };
        Ok(Self { code: Arc::new(code), exports, world })
    }

    /// Whether its kinds are sources.
    pub fn is_source(&self) -> bool {
        self.world == World::SourcePlugin
    }

    /// SHA-256 of its bytes, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.code.digest
    }

    /// The interfaces that it imports: `throng:host/log@0.1.0` …
    pub fn imports(&self) -> &[String] {
        &self.code.imports
    }

    /// Whether it imports WASI, of which nothing is granted but printing and clocks.
    pub fn uses_wasi(&self) -> bool {
        self.code.linkage == Linkage::Wasi
    }

    /// Whether its calls may wait: it imports what only makes sense with a network. A source, which nobody waits with, may wait for a clock
    /// as well.
    pub fn may_wait(&self) -> bool {
        let is_network = |import: &String| NETWORK.iter().any(|interface| import.starts_with(interface));
        self.code.imports.iter().any(is_network) || (self.is_source() && self.uses_wasi())
    }

    /// The limits that it was loaded under.
    pub fn limits(&self) -> &Limits {
        &self.code.limits
    }

    /// Asks the plugin what it is and which kinds it brings: JSON.
    ///
    /// # Errors
    /// See [`DescribeError`].
    pub fn describe(&self) -> Result<String, DescribeError> {
        let (document,): DescribeAnswer = self.code.ask(&self.exports.describe, "describe", &BTreeMap::new(), &Secrets::default(), ())?;
        within(document, self.code.limits.document_bytes)
    }

    /// Asks the plugin whether it takes options of a kind, JSON; in an instance of its own, outside any visit. Lines that it logs, and its
    /// refusals, are without the secrets.
    ///
    /// # Errors
    /// See [`ConfigureError`].
    pub fn check(&self, kind: &str, options: &str, secrets: &Secrets) -> Result<(), ConfigureError> {
        let arguments = (0_u32, kind, options);
        let (answer,): ConfigureAnswer = self.code.ask(&self.exports.configure, "configure", &BTreeMap::new(), secrets, arguments)?;
        answer.map_err(|refusals| {
            ConfigureError::Refused(refusals.into_iter().map(|refusal| Refusal::from(refusal).without(secrets)).collect())
        })
    }

    /// One worker's lanes for the steps of one scenario; the first instance is started at once. What the plugin keeps in a minion's session
    /// is apart under this name. One that may wait can reach these targets, and nothing else.
    ///
    /// # Errors
    /// The component doesn't start.
    pub fn lanes(self: &Arc<Self>, config: LaneConfig, session: &str, targets: &Targets) -> Result<PluginLanes, LanesError> {
        let targets = self.may_wait().then(|| Arc::new(targets.clone()));
        PluginLanes::new(Arc::clone(&self.code), self.exports, config, session, targets)
    }
}

impl fmt::Debug for StepPlugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StepPlugin").field("code", &self.code).finish_non_exhaustive()
    }
}

impl Refusal {
    fn without(self, secrets: &Secrets) -> Self {
        let hide = |text: String| secrets.hide(&text).into_owned();
        Self { pointer: self.pointer, message: hide(self.message), hint: self.hint.map(hide) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(formatter, "{}: ", self.pointer)?;
        }
        formatter.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(formatter, "; {hint}"))
    }
}

/// A plugin that refuses without a reason has refused all the same.
fn in_one_line(refusals: &[Refusal]) -> String {
    match refusals {
        [] => "it refuses the options and does not say why".to_owned(),
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

impl From<Fault> for ConfigureError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Trapped { code, message } => Self::Trapped { code, message },
            Fault::Pending => Self::Trapped { code: "callbacks-may-not-wait", message: MAY_NOT_WAIT.into() },
        }
    }
}

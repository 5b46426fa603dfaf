//! A component's step kinds as a plugin: configured, opened and attached as native ones are.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, ready};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use serde_json::Value as Json;
use throng_guest::{ConfigureError, LaneConfig, Limits, PluginLanes, Sandbox, StepPlugin};
use throng_measure::PluginFacts;
use throng_model::{ConfigFault, PluginUse, Secrets, SourceUse, StepSetup, Targets};
use throng_plugin_api::{
    AttachContext, Attached, ConfiguredStep, KindInfo, OpenContext, OpenError, Performed, Plugin, StepRunner, Visit, option_fault,
};
use throng_protocols::Value;

use super::description::PluginDescription;
use super::options::Options;
use super::source::{ComponentSource, pause_of};
use super::{PluginError, in_words};

/// A plugin out of a component. Cheap to clone.
#[derive(Clone)]
pub struct ComponentPlugin {
    shared: Arc<Shared>,
}

struct Shared {
    component: Arc<StepPlugin>,
    description: PluginDescription,
    kinds: Vec<Kind>,
    /// The file that it came from, as people know it.
    origin: PathBuf,
}

/// A kind as documents know it.
struct Kind {
    address: String,
    schema: Box<dyn Fn() -> Json + Send + Sync>,
}

impl ComponentPlugin {
    /// Compiles a component and asks it what it is. Messages name it by its origin, the file as a rule.
    ///
    /// # Errors
    /// It is no plugin that can be used.
    pub fn load(bytes: &[u8], origin: PathBuf, sandbox: &Sandbox, limits: &Limits) -> Result<Self, PluginError> {
        let component = sandbox.load_step_plugin(bytes, limits.clone())?;
        let description = PluginDescription::parse(&component.describe()?)?;
        description.check_sources(component.is_source())?;
        let kind = |kind: &super::KindDescription| {
            let schema = kind.options.clone();
            Kind { address: description.address_of(&kind.name), schema: Box::new(move || schema.clone()) }
        };
        let kinds = description.kinds.iter().map(kind).collect();
        Ok(Self { shared: Arc::new(Shared { component, description, kinds, origin }) })
    }

    /// What it says of itself.
    pub fn description(&self) -> &PluginDescription {
        &self.shared.description
    }

    /// `namespace:name@version`
    pub fn address(&self) -> String {
        self.shared.description.address()
    }

    /// SHA-256 of its bytes, in hexadecimal.
    pub fn digest(&self) -> &str {
        self.shared.component.digest()
    }

    /// Whether its kinds are sources.
    pub fn is_source(&self) -> bool {
        self.shared.component.is_source()
    }

    /// The interfaces that it imports.
    pub fn imports(&self) -> &[String] {
        self.shared.component.imports()
    }

    /// The file that it came from, as people know it.
    pub fn origin(&self) -> &Path {
        &self.shared.origin
    }
}

impl fmt::Debug for ComponentPlugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ComponentPlugin").field("address", &self.address()).field("origin", &self.origin()).finish_non_exhaustive()
    }
}

impl Plugin for ComponentPlugin {
    fn name(&self) -> &str {
        &self.shared.description.name
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        let described = self.shared.kinds.iter().zip(&self.shared.description.kinds);
        described.map(|(kind, described)| KindInfo { name: &kind.address, summary: &described.summary, schema: &*kind.schema }).collect()
    }

    /// Asks the component, unless the options have holes: then nobody can tell before the settings are known, which is when the step opens.
    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let mut described = self.shared.kinds.iter().zip(&self.shared.description.kinds);
        let Some((_, kind)) = described.find(|(kind, _)| kind.address == setup.kind) else {
            let message = format!("the plugin `{}` has no step kind `{}`", self.address(), setup.kind);
            return Err(vec![option_fault("", message, None)]);
        };
        let description = &self.shared.description;
        let options = Options::read(description, kind, setup.config, setup.defaults)?;
        let source = self.is_source().then(|| SourceUse { endless: kind.endless.unwrap_or(true) });
        let step = ComponentStep { plugin: self.clone(), kind: kind.name.clone(), options, targets: setup.targets.clone(), source };
        if step.options.has_holes() {
            return Ok(Arc::new(step));
        }
        if source.is_some() {
            pause_of(&step.options.filled(&BTreeMap::new())).map_err(|fault| vec![step.options.placed(description, fault)])?;
        }
        match step.check(&BTreeMap::new(), &Secrets::default()) {
            Ok(()) => Ok(Arc::new(step)),
            Err(ConfigureError::Refused(refusals)) if !refusals.is_empty() => {
                let fault = |refusal: throng_guest::Refusal| ConfigFault {
                    pointer: refusal.pointer,
                    message: format!("{} (says the plugin `{}`)", refusal.message, self.address()),
                    hint: refusal.hint,
                };
                Err(refusals.into_iter().map(|refusal| step.options.placed(description, fault(refusal))).collect())
            }
            Err(error) => Err(vec![option_fault("", in_words(&error, &self.address(), self.origin()), None)]),
        }
    }

    fn facts(&self) -> Option<PluginFacts> {
        let PluginDescription { name, version, .. } = self.description();
        Some(PluginFacts { name: name.clone(), version: version.clone(), digest: self.digest().to_owned() })
    }
}

/// A checked use of one of its kinds.
struct ComponentStep {
    plugin: ComponentPlugin,
    kind: String,
    options: Options,
    /// What it may reach, if it uses the network.
    targets: Targets,
    /// For a kind that makes records by itself.
    source: Option<SourceUse>,
}

impl ComponentStep {
    fn check(&self, settings: &BTreeMap<String, String>, secrets: &Secrets) -> Result<(), ConfigureError> {
        self.plugin.shared.component.check(&self.kind, &self.options.filled(settings), secrets)
    }

    fn unable(&self, message: &str) -> OpenError {
        let message = format!("the plugin `{}` (`{}`): {message}", self.plugin.address(), self.plugin.origin().display());
        OpenError { message, hint: None }
    }

    /// The lanes of this worker, which all steps of the scenario share.
    fn shared_lanes(&self, context: &mut AttachContext<'_>) -> Result<Rc<PluginLanes>, OpenError> {
        let all = context.shared.get_or_default::<LanesByDigest>();
        if let Some(lanes) = all.0.borrow().get(self.plugin.digest()) {
            return Ok(Rc::clone(lanes));
        }
        let lanes = Rc::new(self.lanes(context)?);
        all.0.borrow_mut().insert(self.plugin.digest().to_owned(), Rc::clone(&lanes));
        Ok(lanes)
    }

    fn lanes(&self, context: &AttachContext<'_>) -> Result<PluginLanes, OpenError> {
        let component = &self.plugin.shared.component;
        let config = LaneConfig {
            limits: component.limits().clone(),
            // A plugin knows of settings what a step's options tell it, and no secret beside.
            settings: Arc::default(),
            secrets: context.sandbox.secrets.clone(),
            timekeeper: Arc::clone(&context.sandbox.time),
            abort: Arc::clone(&context.sandbox.abort),
            fresh_instance_per_call: context.sandbox.fresh_instances,
        };
        component.lanes(config, self.plugin.name(), &self.targets).map_err(|error| self.unable(&error.to_string()))
    }

    /// The number that a step's calls carry.
    fn number(&self, lanes: &PluginLanes, options: &str) -> Result<u32, OpenError> {
        let refused = |error| OpenError { message: in_words(&error, &self.plugin.address(), self.plugin.origin()), hint: None };
        lanes.configure(&self.kind, options).map_err(refused)
    }
}

/// The lanes of the plugins that a scenario's steps use on one worker.
#[derive(Default)]
struct LanesByDigest(RefCell<BTreeMap<String, Rc<PluginLanes>>>);

impl ConfiguredStep for ComponentStep {
    fn uses(&self) -> PluginUse {
        PluginUse { source: self.source, ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>> {
        let checked = match self.options.has_holes() {
            false => Ok(()),
            true => self.check(&campaign.settings, &campaign.secrets).map_err(|error| OpenError {
                message: in_words(&error, &self.plugin.address(), self.plugin.origin()),
                hint: Some("look at the settings that the options ask for".to_owned()),
            }),
        };
        Box::pin(ready(checked))
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let may_wait = self.plugin.shared.component.may_wait();
        let options = self.options.filled(context.settings);
        if self.source.is_some() {
            let pause = pause_of(&options).map_err(|fault| self.unable(&fault.message))?;
            // What it keeps, such as a connection, is in its one instance.
            let lanes = self.lanes(context)?;
            let number = self.number(&lanes, &options)?;
            return Ok(Attached::Source(Box::new(ComponentSource::new(lanes, number, may_wait, pause))));
        }
        let lanes = self.shared_lanes(context)?;
        let number = self.number(&lanes, &options)?;
        Ok(Attached::Step(Rc::new(ComponentRunner { lanes, number, may_wait })))
    }
}

/// A step on one worker.
struct ComponentRunner {
    lanes: Rc<PluginLanes>,
    number: u32,
    may_wait: bool,
}

impl StepRunner for ComponentRunner {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move {
            let result = match self.may_wait {
                true => visit.call_waiting(&*self.lanes, self.number, &input).await,
                false => visit.call_component(&*self.lanes, self.number, &input),
            };
            Performed { result, service: None }
        })
    }

    /// Nothing is held for a minion: what a plugin keeps of one is in its session.
    fn minion_done(&self, _: u32) {}
}

//! What each scenario of the plan needs before anything runs: its lines, its shape, its life.

use throng_measure::{ScenarioShape, StepShape};
use throng_model::{Operator, Profile, Step, StepKind, StepNumber, TreeRun};
use throng_plugin_api::Clock;
use throng_runtime::{ProgramSetup, Resources, TreePhase};

use crate::errors::CampaignError;
use crate::lifecycle::{Lifecycle, Trees};
use crate::line_plan::{LinePlan, plan_lines};
use crate::plan::{Plan, PlannedScenario};

/// How a scenario will come to its end.
pub(super) fn lifecycle(planned: &PlannedScenario, number: u32, workers: usize) -> Lifecycle {
    let graph = &planned.scenario.graph;
    let is_beside = |step: StepNumber| {
        let root = graph.root_of(step);
        graph.trees.iter().any(|tree| tree.root == root && tree.run == TreeRun::During)
    };
    let timeout = |step: &Step| match &step.kind {
        StepKind::Operator(Operator::Join(join)) if is_beside(join.right) => Some(join.timeout),
        _ => None,
    };
    let linger = graph.steps.iter().filter_map(timeout).max().unwrap_or_default();
    let has = |phase: TreePhase| graph.trees.iter().any(|tree| phase.includes(tree.run));
    let trees = Trees { before: has(TreePhase::BeforeLoad), linger, behind: has(TreePhase::AfterLoad) };
    Lifecycle::new(number, workers, trees)
}

pub(super) fn plan_all(plan: &Plan, resources: &Resources, clock: Clock) -> Result<Vec<LinePlan>, CampaignError> {
    let plan_one = |planned: &PlannedScenario| {
        let profile_error = |reason| CampaignError::Profile { scenario: planned.scenario.name.clone(), reason };
        let program = planned.program.as_ref().and_then(|digest| resources.programs.get(digest));
        let callbacks = program
            .filter(|_| matches!(planned.scenario.profile, Profile::User { .. }))
            .map(|program| program.attach(setup(planned, resources, clock)))
            .transpose()
            .map_err(profile_error)?;
        plan_lines(&planned.scenario, plan.speed, plan.seed, callbacks.as_deref()).map_err(profile_error)
    };
    plan.scenarios.iter().map(plan_one).collect()
}

fn setup(planned: &PlannedScenario, resources: &Resources, clock: Clock) -> ProgramSetup {
    ProgramSetup {
        settings: planned.settings.clone().into(),
        secrets: planned.secrets(),
        timekeeper: throng_runtime::timekeeper(clock),
        abort: resources.abort.clone(),
        fresh_instances: false,
    }
}

pub(super) fn shape(planned: &PlannedScenario, lines: &LinePlan) -> ScenarioShape {
    let steps: Vec<StepShape> = throng_runtime::step_shapes(&planned.scenario.graph);
    ScenarioShape {
        name: planned.scenario.name.as_str().into(),
        steps,
        planned: planned.scenario.profile.completion().is_none().then(|| lines.total()),
        scheduled: planned.scenario.profile != Profile::Immediate,
    }
}

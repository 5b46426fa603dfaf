//! When side trees run.

use std::time::Duration;

use super::assemble::Numbering;
use super::findings::Findings;
use super::layout::{Layout, List, Site};
use crate::document::RunDocument;
use crate::{Graph, Profile, SourceUse, StepKind, TreeRun};

/// For each position, when the tree runs whose root is there.
pub(super) fn runs(layout: &Layout<'_>, profile: Option<&Profile>, findings: &mut Findings<'_>) -> Vec<TreeRun> {
    layout.sites.iter().enumerate().map(|(position, site)| run(position, site, profile, findings)).collect()
}

fn run(position: usize, site: &Site<'_>, profile: Option<&Profile>, findings: &mut Findings<'_>) -> TreeRun {
    let is_root = site.list == List::Scenario && !site.step.start && site.step.after.is_none();
    if site.step.run.is_some() && !is_root {
        let (message, hint) = match site.list {
            List::Right(_) => ("steps in place run while there is load", "remove it, or write a side tree and name its step as `right`"),
            List::Scenario | List::Stage(_) => ("`run` is only for the root of a side tree", "remove it"),
        };
        findings.of_step(position, "/run", message, hint.to_owned());
    }
    if site.step.settle.is_some() && site.step.run != Some(RunDocument::AfterLoad) {
        let hint = "remove it, or add `\"run\": \"after-load\"`".to_owned();
        findings.of_step(position, "/settle", "`settle` is only for a side tree that runs after the load", hint);
    }
    match site.step.run {
        None | Some(RunDocument::During) => TreeRun::During,
        Some(RunDocument::BeforeLoad) => TreeRun::BeforeLoad,
        Some(RunDocument::AfterLoad) => TreeRun::AfterLoad { settle: site.step.settle.map_or(Duration::ZERO, |settle| settle.0) },
        Some(RunDocument::AfterStage) => {
            if is_root && profile.is_some_and(|profile| !matches!(profile, Profile::Stages { .. })) {
                let hint = "give the scenario a profile like `stages(stage(100%, 10s, 1m))`, or write `after-load`".to_owned();
                findings.of_step(position, "/run", "the profile has no stages", hint);
            }
            TreeRun::AfterStage
        }
    }
}

/// Trees beside the load end with it. All others must come to their end by themselves, or what is behind them would never begin.
pub(super) fn check_ends(graph: &Graph, numbering: &Numbering, findings: &mut Findings<'_>) {
    for tree in graph.trees.iter().filter(|tree| tree.run != TreeRun::During) {
        let root = graph.step(tree.root);
        if let StepKind::Plugin { source: Some(SourceUse { endless: true }), .. } = &root.kind {
            let message = format!("`{}` has no end, so that the tree would not end before the campaign's hard timeout", root.kind.name());
            let hint = "remove `run`, so that it runs while there is load, or begin the tree with a step that ends".to_owned();
            findings.of_step(numbering.position(tree.root), "/run", message, hint);
        }
    }
}

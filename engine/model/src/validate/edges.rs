//! Edges: who follows whom, in an order in which nobody comes before what it follows.

use std::collections::{BTreeMap, BTreeSet};

use super::cycles::cycle_through;
use super::findings::Findings;
use super::layout::{Layout, List, Site};
use crate::nearest::name_hint;

/// The shape of a valid graph, by positions in the layout.
pub(super) struct Edges {
    /// The positions, each after those that it follows, and a stage before what is inside of it; otherwise in the document's order.
    pub(super) order: Vec<usize>,
    /// For each position, what it follows.
    pub(super) previous: Vec<Vec<usize>>,
    /// For each position, the root of the tree that it belongs to.
    pub(super) trees: Vec<usize>,
    /// The position of the load-injected root.
    pub(super) root: usize,
}

/// Resolves edges; none is returned if there are faults.
pub(super) fn resolve(layout: &Layout<'_>, findings: &mut Findings<'_>) -> Option<Edges> {
    let before = findings.count();
    let positions = positions(findings);
    let root = root(layout, findings);
    let sites = layout.sites.iter().enumerate();
    let previous: Vec<Vec<usize>> = sites.map(|(position, site)| previous(position, site, layout, &positions, findings)).collect();
    let order = order(layout, &previous);
    let ordered: BTreeSet<usize> = order.iter().copied().collect();
    for position in (0..layout.sites.len()).filter(|position| !ordered.contains(position)) {
        if let Some(cycle) = cycle_through(position, &previous) {
            let path: Vec<_> = cycle.iter().map(|position| format!("`{}`", findings.name(*position))).collect();
            let message = format!("the step follows itself: {}", path.join(" after "));
            findings.of_step(position, "/after", message, "a scenario has no loops; `iterate` repeats a step".to_owned());
        }
    }
    if findings.count() > before {
        return None;
    }
    let trees = trees(layout, &order, &previous, findings);
    (findings.count() == before).then_some(Edges { order, previous, trees, root: root? })
}

fn positions<'a>(findings: &mut Findings<'a>) -> BTreeMap<&'a str, usize> {
    let mut positions = BTreeMap::new();
    for (position, name) in findings.names().iter().enumerate() {
        if positions.contains_key(name.as_str()) {
            findings.of_step(position, "/name", format!("there are two steps `{name}`"), "give each a name of its own".to_owned());
        } else {
            positions.insert(name.as_str(), position);
        }
    }
    positions
}

/// The one step with `start`. Steps of the scenario's list with neither `start` nor `after` are roots of side trees.
fn root(layout: &Layout<'_>, findings: &mut Findings<'_>) -> Option<usize> {
    let site = |position: &usize| layout.sites.get(*position);
    let mut starts = layout.list(List::Scenario).filter(|position| site(position).is_some_and(|site| site.step.start));
    let Some(root) = starts.next() else {
        let candidate = layout.list(List::Scenario).find(|position| site(position).is_some_and(|site| site.step.after.is_none()));
        let hint = candidate.map(|position| format!("write `\"start\": true` in the step `{}`", findings.name(position)));
        findings.of_scenario("no step is the start", hint);
        return None;
    };
    for second in starts {
        let first = findings.name(root);
        let hint = format!("let it come `after` another step; branches begin at a `split` after `{first}`");
        findings.of_step(second, "/start", format!("there are two starts, `{first}` is one already"), hint);
    }
    if site(&root).is_some_and(|site| site.step.after.is_some()) {
        findings.of_step(root, "/after", "the start cannot come after another step", "remove one of the two".to_owned());
    }
    Some(root)
}

/// What a step follows: what its `after` names, or else what its list says.
fn previous(
    position: usize,
    site: &Site<'_>,
    layout: &Layout<'_>,
    positions: &BTreeMap<&str, usize>,
    findings: &mut Findings<'_>,
) -> Vec<usize> {
    if site.step.start && site.list != List::Scenario {
        let message = "only a step of the scenario's own list can be the start";
        findings.of_step(position, "/start", message, "remove it; a list inside of a step begins with its first step".to_owned());
    }
    let Some(after) = &site.step.after else { return site.before.filter(|_| site.list != List::Scenario).into_iter().collect() };
    match site.list {
        List::Stage(_) if site.before.is_none() => {
            let hint = "remove it, or let the stage begin with another step".to_owned();
            findings.of_step(position, "/after", "the first step of a stage is where it begins", hint);
            return Vec::new();
        }
        List::Right(_) => {
            let hint = "remove it, or write a side tree and name its step as `right`".to_owned();
            findings.of_step(position, "/after", "a step in place comes after the one before it", hint);
            return Vec::new();
        }
        List::Stage(_) | List::Scenario => {}
    }
    if after.0.is_empty() {
        findings.of_step(position, "/after", "the list is empty", "name at least one step".to_owned());
    }
    let mut previous = Vec::new();
    for name in &after.0 {
        match positions.get(name.as_str()) {
            Some(earlier) if previous.contains(earlier) => {
                findings.of_step(position, "/after", format!("`{name}` is there twice"), "each value is given once".to_owned());
            }
            Some(earlier) => match misplaced(*earlier, site, layout, findings) {
                Some((message, hint)) => findings.of_step(position, "/after", message, hint),
                None => previous.push(*earlier),
            },
            None => {
                let hint = name_hint(name, findings.names().iter().map(String::as_str));
                findings.of_step(position, "/after", format!("there is no step `{name}`"), hint);
            }
        }
    }
    previous
}

/// Why a step cannot come after another one: edges do not go into a stage or out of it.
fn misplaced(earlier: usize, site: &Site<'_>, layout: &Layout<'_>, findings: &Findings<'_>) -> Option<(String, String)> {
    let (name, around) = (findings.name(earlier), layout.sites.get(earlier)?.list.stage());
    if around == site.list.stage() {
        return None;
    }
    Some(match (site.list.stage(), around) {
        (None, Some(stage)) => {
            let stage = findings.name(stage);
            (format!("`{name}` is inside of the stage `{stage}`"), format!("come after `{stage}`"))
        }
        (Some(stage), _) => {
            let message = format!("`{name}` is not a step of the same stage, `{}`", findings.name(stage));
            (message, "inside of a stage, steps come after steps of the same stage only".to_owned())
        }
        (None, None) => return None,
    })
}

/// As many positions as can be put in order; what is on a cycle or behind one is missing.
fn order(layout: &Layout<'_>, previous: &[Vec<usize>]) -> Vec<usize> {
    let stages = layout.sites.iter().map(|site| site.list.stage());
    let waits_for: Vec<Vec<usize>> =
        previous.iter().zip(stages).map(|(previous, stage)| previous.iter().copied().chain(stage).collect()).collect();
    let mut waiting: Vec<usize> = waits_for.iter().map(Vec::len).collect();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); waits_for.len()];
    for (position, earlier) in waits_for.iter().enumerate() {
        earlier.iter().for_each(|earlier| next.get_mut(*earlier).into_iter().for_each(|next| next.push(position)));
    }
    let mut ready: BTreeSet<usize> = (0..waiting.len()).filter(|position| waiting.get(*position) == Some(&0)).collect();
    let mut order = Vec::new();
    while let Some(position) = ready.pop_first() {
        order.push(position);
        for later in next.get(position).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*later) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(*later);
                }
            }
        }
    }
    order
}

/// For each position, the root of its tree; edges between trees are faults.
fn trees(layout: &Layout<'_>, order: &[usize], previous: &[Vec<usize>], findings: &mut Findings<'_>) -> Vec<usize> {
    let mut trees: Vec<usize> = (0..layout.sites.len()).collect();
    for position in order.iter().copied() {
        let stage = layout.sites.get(position).and_then(|site| site.list.stage());
        let mut sources =
            previous.get(position).into_iter().flatten().copied().chain(stage).filter_map(|earlier| trees.get(earlier).copied());
        let Some(tree) = sources.next() else { continue };
        if let Some(other) = sources.find(|other| *other != tree) {
            let message = format!("it follows steps of two trees, those of `{}` and of `{}`", findings.name(tree), findings.name(other));
            let hint = "values of another tree come through a join, a zip or `singleton-pipe`".to_owned();
            findings.of_step(position, "/after", message, hint);
        }
        trees.get_mut(position).into_iter().for_each(|slot| *slot = tree);
    }
    trees
}

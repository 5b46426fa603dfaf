//! From checked steps and edges to the graph.

use super::edges::Edges;
use super::layout::Layout;
use super::options;
use super::steps::Draft;
use crate::{Graph, Operator, SideTree, Step, StepKind, StepNumber, TreeRun};

/// The steps' numbers in the graph, by their positions in the document.
pub(super) struct Numbering {
    numbers: Vec<StepNumber>,
    positions: Vec<usize>,
}

impl Numbering {
    /// Numbers in this order; without one, which is when there are faults, in the document's.
    pub(super) fn of(order: Option<&[usize]>, count: usize) -> Self {
        let positions: Vec<usize> = order.map_or_else(|| (0..count).collect(), <[usize]>::to_vec);
        let mut numbers = vec![StepNumber(0); count];
        for (number, position) in positions.iter().enumerate() {
            numbers.get_mut(*position).into_iter().for_each(|slot| *slot = StepNumber(number as u32));
        }
        Self { numbers, positions }
    }

    /// The number of the step at a position.
    pub(super) fn number(&self, position: usize) -> StepNumber {
        self.numbers.get(position).copied().unwrap_or(StepNumber(0))
    }

    /// The position of the step of a number.
    pub(super) fn position(&self, number: StepNumber) -> usize {
        self.positions.get(number.index()).copied().unwrap_or(0)
    }
}

/// Puts a graph together. Where a step is missing, because of faults, a pipe stands in, so that the others can be checked with each other.
pub(super) fn assemble(
    layout: &Layout<'_>,
    names: &[String],
    drafts: Vec<Option<Draft>>,
    edges: &Edges,
    numbering: &Numbering,
    runs: &[TreeRun],
) -> Option<Graph> {
    let number = |position: usize| numbering.number(position);
    let mut next: Vec<Vec<StepNumber>> = vec![Vec::new(); names.len()];
    // Values are given to the next steps in the order in which the document has them.
    for (position, previous) in edges.previous.iter().enumerate() {
        previous.iter().for_each(|earlier| next.get_mut(*earlier).into_iter().for_each(|next| next.push(number(position))));
    }
    let mut steps: Vec<(StepNumber, Step)> = Vec::new();
    for (position, ((site, name), draft)) in layout.sites.iter().zip(names).zip(drafts).enumerate() {
        let draft = draft.unwrap_or_else(stand_in);
        let step = Step {
            name: name.clone(),
            kind: draft.kind,
            next: next.get_mut(position).map(std::mem::take).unwrap_or_default(),
            previous: edges.previous.get(position).into_iter().flatten().map(|earlier| number(*earlier)).collect(),
            taps: Vec::new(),
            stage: site.list.stage().map(number),
            topic: None,
            concurrency: draft.concurrency,
            timeout: draft.timeout,
            retry: draft.retry,
            iterate: draft.iterate,
            tolerate: site.step.tolerate,
            report: site.step.report.unwrap_or(true),
            monitoring: options::monitoring(site.step.monitoring.as_ref()),
            tags: site.step.tags.clone(),
        };
        steps.push((number(position), step));
    }
    steps.sort_by_key(|(number, _)| *number);
    let mut steps: Vec<Step> = steps.into_iter().map(|(_, step)| step).collect();
    add_taps(&mut steps);
    let roots = edges.trees.iter().enumerate().filter(|(position, tree)| position == *tree && *position != edges.root);
    let trees = roots.filter_map(|(root, _)| Some(SideTree { root: number(root), run: *runs.get(root)? })).collect();
    Some(Graph { steps, root: number(edges.root), trees })
}

fn stand_in() -> Draft {
    Draft { kind: StepKind::Operator(Operator::Pipe), concurrency: 1, timeout: None, retry: None, iterate: None, leans_on: Vec::new() }
}

/// Whose values a step takes besides its input.
pub(super) fn right_of(kind: &StepKind) -> Option<StepNumber> {
    match kind {
        StepKind::Operator(Operator::Join(join)) => Some(join.right),
        StepKind::Operator(Operator::Zip(zip)) => Some(zip.right),
        StepKind::Operator(Operator::SingletonPipe { from }) => Some(*from),
        StepKind::Operator(_) | StepKind::Plugin { .. } => None,
    }
}

fn add_taps(steps: &mut [Step]) {
    let taps: Vec<_> =
        steps.iter().enumerate().filter_map(|(number, step)| Some((right_of(&step.kind)?, StepNumber(number as u32)))).collect();
    for (right, join) in taps {
        steps.get_mut(right.index()).into_iter().for_each(|right| right.taps.push(join));
    }
}

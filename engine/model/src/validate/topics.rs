//! Sources and topics: who makes records, and how they reach the minions that visit.

use super::assemble::Numbering;
use super::edges::Edges;
use super::findings::Findings;
use super::layout::Layout;
use crate::document::{AtEndDocument, TopicDocument, TopicModeDocument};
use crate::{AtEnd, Graph, Operator, SourceUse, StepKind, Topic, TopicMode, TreeRun};

/// Records kept for the minions that visit a unicast topic.
const UNICAST_BUFFER: u64 = 1_000;

/// Bytes kept where everything is kept.
const CACHE_LIMIT: u64 = 64 << 20;

/// Gives topics to the steps that have one.
pub(super) fn settle(
    graph: &mut Graph,
    layout: &Layout<'_>,
    edges: &Edges,
    faulty: &[bool],
    numbering: &Numbering,
    findings: &mut Findings<'_>,
) {
    let is_faulty = |position: usize| faulty.get(position).is_some_and(|faulty| *faulty);
    for (position, site) in layout.sites.iter().enumerate().filter(|(position, _)| !is_faulty(*position)) {
        let number = numbering.number(position);
        let tree = edges.trees.get(position).copied().unwrap_or(position);
        let step = graph.step(number);
        let pointer = format!("/{}", step.kind.name());
        let given = site.step.topic.as_ref();
        let endless = if let StepKind::Operator(Operator::SingletonPipe { from }) = &step.kind {
            let root = edges.trees.get(numbering.position(*from)).copied().map(|root| numbering.number(root));
            if !graph.trees.iter().any(|tree| Some(tree.root) == root && tree.run == TreeRun::During) {
                let message = format!("the step `{}` is in no side tree that runs while there is load", graph.step(*from).name);
                let hint = "name a step of a tree whose root has neither `start`, `after` nor another `run`".to_owned();
                findings.of_step(position, format!("{pointer}/from"), message, hint);
                continue;
            }
            root.is_none_or(|root| source_of(&graph.step(root).kind).is_none_or(|source| source.endless))
        } else if let Some(source) = source_of(&step.kind)
            && tree == edges.root
        {
            source.endless
        } else {
            if source_of(&step.kind).is_some() && tree != position {
                let hint = "make it the root of a side tree of its own, and take its values with a join or `singleton-pipe`".to_owned();
                findings.of_step(position, &pointer, "inside of a side tree there can be no other source than its root", hint);
            } else if given.is_some() {
                let hint = "remove it".to_owned();
                findings.of_step(position, "/topic", "only a source that minions visit has a topic, and `singleton-pipe`", hint);
            }
            continue;
        };
        match topic(given, endless) {
            Ok(topic) => graph.steps.get_mut(number.index()).into_iter().for_each(|step| step.topic = Some(topic.clone())),
            Err((pointer, message, hint)) => findings.of_step(position, pointer, message, hint.to_owned()),
        }
    }
}

/// What makes records by itself.
fn source_of(kind: &StepKind) -> Option<SourceUse> {
    match kind {
        StepKind::Plugin { source, .. } => *source,
        StepKind::Operator(Operator::Datasource(_)) => Some(SourceUse { endless: true }),
        StepKind::Operator(_) => None,
    }
}

fn topic(given: Option<&TopicDocument>, endless: bool) -> Result<Topic, (&'static str, &'static str, &'static str)> {
    let written = given.cloned().unwrap_or_default();
    let cache_limit = written.cache_limit.map_or(CACHE_LIMIT, |limit| limit.0);
    if cache_limit == 0 {
        return Err(("/topic/cache-limit", "a limit of 0 keeps nothing", "write a size like `64MiB`"));
    }
    if written.idle_timeout.is_some_and(|timeout| timeout.0.is_zero()) {
        return Err(("/topic/idle-timeout", "a timeout of 0 leaves nobody in the topic", "write a longer duration"));
    }
    if written.buffer == Some(0) && written.mode != TopicModeDocument::Broadcast {
        return Err(("/topic/buffer", "a buffer of 0 keeps nothing", "write at least 1; only `broadcast` can do without"));
    }
    if written.buffer.is_none() && endless && written.mode != TopicModeDocument::Unicast {
        return Err(("/topic", "the source has no end, so not all of its records can be kept", "give a `buffer`"));
    }
    Ok(Topic {
        mode: match written.mode {
            TopicModeDocument::Unicast => TopicMode::Unicast { buffer: written.buffer.unwrap_or(UNICAST_BUFFER) },
            TopicModeDocument::Broadcast => TopicMode::Broadcast { buffer: written.buffer },
            TopicModeDocument::Loop => TopicMode::Loop { buffer: written.buffer },
        },
        at_end: match written.at_end {
            AtEndDocument::Wait => AtEnd::Wait,
            AtEndDocument::Complete => AtEnd::Complete,
            AtEndDocument::Fail => AtEnd::Fail,
        },
        idle_timeout: written.idle_timeout.map(|timeout| timeout.0),
        cache_limit,
        keep_input: written.keep_input,
    })
}

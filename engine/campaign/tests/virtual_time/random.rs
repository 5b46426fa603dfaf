//! Random graphs against an interpreter that knows no time, no workers and no concurrency: the counts are the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value as Json, json};
use throng_measure::Verdict;
use throng_protocols::{Call, CallbacksError, Failure, Output, Value, draw};

use crate::harness::{Virtual, integer, scenario};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Map,
    FlatMap,
    Filter,
    Verify,
    Pipe,
    Split,
    Delay(u64),
    /// A delay that runs over its time.
    Slow,
    Recover,
    CatchExhausted,
    CatchErrors,
    /// One of the records of a source, which are all the same: however many minions take how many.
    Take(Mode),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mode {
    Unicast,
    Broadcast,
    Loop,
}

/// The position is the callback's number.
const USES: [&str; 7] = ["returns", "map", "flat-map", "filter", "verify", "catch-exhausted", "catch-errors"];

#[derive(Clone, Debug)]
struct Node {
    /// Also its name: `s-7`. Told to the callbacks.
    number: u64,
    work: Work,
    retries: u32,
    iterations: Option<(u64, bool)>,
    concurrency: u32,
    next: Vec<usize>,
}

#[derive(Clone, Debug)]
enum Work {
    Step(Kind),
    /// A chain.
    Stage(Vec<Node>),
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        3 => Just(Kind::Map),
        2 => Just(Kind::FlatMap),
        1 => Just(Kind::Filter),
        2 => Just(Kind::Verify),
        1 => Just(Kind::Pipe),
        2 => Just(Kind::Split),
        2 => (1_u64..20).prop_map(Kind::Delay),
        1 => Just(Kind::Slow),
        1 => Just(Kind::Recover),
        1 => Just(Kind::CatchExhausted),
        1 => Just(Kind::CatchErrors),
        1 => prop_oneof![Just(Mode::Unicast), Just(Mode::Broadcast), Just(Mode::Loop)].prop_map(Kind::Take),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let options = (0_u32..3, prop::option::weighted(0.2, (1_u64..3, any::<bool>())), 1_u32..4);
    (kind(), options, prop::option::weighted(0.2, prop::collection::vec((kind(), 0_u32..2), 1..4))).prop_map(|(kind, options, inside)| {
        let (retries, iterations, concurrency) = options;
        let plain = |kind, retries, next| Node { number: 0, work: Work::Step(kind), retries, iterations: None, concurrency: 1, next };
        match inside {
            None => Node { iterations, concurrency, ..plain(kind, retries, vec![]) },
            Some(kinds) => {
                let last = kinds.len() - 1;
                let chain = kinds.into_iter().enumerate();
                let chain =
                    chain.map(|(at, (kind, retries))| plain(kind, retries, if at == last { vec![] } else { vec![at + 1] })).collect();
                Node { iterations, work: Work::Stage(chain), ..plain(kind, retries, vec![]) }
            }
        }
    })
}

/// A graph whose first node is the root: every other one follows one or two before it.
fn graph() -> impl Strategy<Value = Vec<Node>> {
    prop::collection::vec((node(), any::<u64>()), 2..8).prop_map(|nodes| {
        let mut graph = Vec::<Node>::new();
        let mut number = 0;
        for (at, (mut node, edges)) in nodes.into_iter().enumerate() {
            node.number = number;
            number += 1;
            if let Work::Stage(inside) = &mut node.work {
                for inner in inside {
                    inner.number = number;
                    number += 1;
                }
            }
            if at > 0 {
                let first = edges as usize % at;
                graph[first].next.push(at);
                let second = (edges >> 32) as usize % (2 * at);
                if second < at && second != first {
                    graph[second].next.push(at);
                }
            }
            graph.push(node);
        }
        graph
    })
}

fn document(graph: &[Node]) -> Json {
    let mut steps = vec![
        json!({ "name": "root", "start": true, "returns": {"callback": 0} }),
        json!({ "name": "feed", "numbers": {"count": 1000} }),
        json!({ "name": "zeros", "after": "feed", "returns": 0 }),
        json!({ "name": "seed", "run": "before-load", "numbers": {"count": 5} }),
        json!({ "name": "seeded", "after": "seed", "collect": {"batch": 2} }),
        json!({ "name": "check", "run": "after-load", "settle": "1ms", "returns": [1, 2, 3] }),
        json!({ "name": "checked", "after": "check", "flatten": {}, "concurrency": 2 }),
    ];
    for (at, node) in graph.iter().enumerate() {
        let mut step = written(node);
        let before = graph.iter().filter(|other| other.next.contains(&at)).map(|other| format!("s-{}", other.number));
        step["after"] = if at == 0 { json!("root") } else { before.collect() };
        steps.push(step);
    }
    Json::Array(steps)
}

fn written(node: &Node) -> Json {
    let mut step = json!({ "name": format!("s-{}", node.number) });
    let (key, configuration) = match &node.work {
        Work::Stage(inside) => ("stage", json!({ "steps": inside.iter().map(written).collect::<Vec<_>>() })),
        Work::Step(kind) => match kind {
            Kind::Map => ("map", json!({"callback": 1})),
            Kind::FlatMap => ("flat-map", json!({"callback": 2})),
            Kind::Filter => ("filter", json!({"callback": 3})),
            Kind::Verify => ("verify", json!({"callback": 4})),
            Kind::Pipe => ("pipe", json!({})),
            Kind::Split => ("split", json!({})),
            Kind::Delay(millis) => ("delay", json!(format!("{millis}ms"))),
            Kind::Slow => ("delay", json!("10ms")),
            Kind::Recover => ("recover", json!(-1)),
            Kind::CatchExhausted => ("catch-exhausted", json!({"callback": 5})),
            Kind::CatchErrors => ("catch-errors", json!({"callback": 6})),
            Kind::Take(Mode::Loop) => ("numbers", json!({"count": 1})),
            Kind::Take(Mode::Unicast | Mode::Broadcast) => ("singleton-pipe", json!({"from": "zeros"})),
        },
    };
    step[key] = configuration;
    match node.work {
        Work::Step(Kind::Take(Mode::Unicast)) => step["topic"] = json!({"buffer": 7}),
        Work::Step(Kind::Take(Mode::Broadcast)) => step["topic"] = json!({"mode": "broadcast"}),
        Work::Step(Kind::Take(Mode::Loop)) => step["topic"] = json!({"mode": "loop"}),
        _ => {}
    }
    if node.takes_options() {
        if matches!(node.work, Work::Step(Kind::Slow)) {
            step["timeout"] = json!("4ms");
        }
        if node.retries > 0 && !matches!(node.work, Work::Step(Kind::Verify)) {
            step["retry"] = json!({ "retries": node.retries, "delay": "1ms" });
        }
        if let Some((iterations, stop)) = node.iterated() {
            step["iterate"] = json!({ "iterations": iterations, "stop-on-error": stop });
        }
        step["concurrency"] = json!(node.concurrency);
    }
    step
}

impl Node {
    /// A source is never iterated.
    fn iterated(&self) -> Option<(u64, bool)> {
        self.iterations.filter(|_| !matches!(self.work, Work::Step(Kind::Take(Mode::Loop))))
    }

    fn takes_options(&self) -> bool {
        !matches!(self.work, Work::Step(Kind::Recover | Kind::CatchExhausted | Kind::CatchErrors))
    }
}

/// One visit of a step: all that its callback's answer depends on.
#[derive(Clone, Copy)]
struct Visit {
    step: u64,
    minion: u32,
    iteration: u32,
    attempt: u32,
    value: i64,
}

/// What a callback answers: values, or whether its failure is an assertion.
fn answer(callback: usize, visit: Visit) -> Result<Vec<i64>, bool> {
    let parts = [visit.step, visit.minion.into(), visit.iteration.into(), visit.attempt.into(), visit.value as u64];
    let drawn = parts.into_iter().fold(callback as u64, draw) >> 8;
    let changed = (visit.value * 31 + visit.step as i64) % 1000;
    match callback {
        1 if drawn.is_multiple_of(5) => Err(false),
        1 => Ok(vec![changed]),
        2 if drawn.is_multiple_of(11) => Err(false),
        2 | 5 => Ok((0..(drawn % 3) as i64).map(|more| changed + more).collect()),
        3 => Ok(if drawn.is_multiple_of(4) { vec![] } else { vec![visit.value] }),
        4 if drawn.is_multiple_of(4) => Err(true),
        4 => Ok(vec![visit.value]),
        _ => Ok(vec![]),
    }
}

fn handle(call: &Call, input: &Value) -> Result<Output, CallbacksError> {
    let callback = call.callback as usize;
    if callback == 0 {
        return Ok(Output::One(Value::Integer(i64::from(call.context.minion))));
    }
    let step = call.place.step.trim_start_matches("s-").parse().unwrap();
    let visit = Visit {
        step,
        minion: call.context.minion,
        iteration: call.context.iteration,
        attempt: call.context.attempt,
        value: if callback == 6 { 0 } else { integer(input) },
    };
    let values = answer(callback, visit).map_err(|assertion| {
        CallbacksError::Failed(if assertion { Failure::assertion("wrong", "no") } else { Failure::error("broken", "no") })
    })?;
    Ok(match callback {
        3 => Output::One(Value::Boolean(!values.is_empty())),
        4 | 6 => Output::Nothing,
        _ => Output::Many(values.into_iter().map(Value::Integer).collect()),
    })
    .map(|output| match output {
        Output::Many(values) if values.is_empty() => Output::Nothing,
        Output::Many(values) if values.len() == 1 => Output::One(values[0].clone()),
        output => output,
    })
}

/// Outcomes in the order of the counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ending {
    Success,
    Failure,
    Error,
    Timeout,
    Skipped,
}

#[derive(Clone, Copy)]
struct Token {
    value: i64,
    exhausted: Option<Ending>,
    has_errors: bool,
}

#[derive(Clone, Copy, Default)]
struct Scope {
    iteration: u32,
    attempt: u32,
}

/// What a stage has kept.
#[derive(Default)]
struct Kept {
    values: Vec<i64>,
    failure: Option<Ending>,
}

/// Counts by step, as the engine should have them.
#[derive(Default)]
struct Interpreter {
    minion: u32,
    counts: BTreeMap<u64, [u64; 5]>,
    visits: u64,
}

impl Interpreter {
    fn count(&mut self, node: &Node, ending: Ending) {
        self.counts.entry(node.number).or_default()[ending as usize] += 1;
        self.visits += 1;
    }

    fn walk(&mut self, graph: &[Node], at: usize, mut token: Token, scope: Scope, mut kept: Option<&mut Kept>) {
        let Some(node) = graph.get(at).filter(|_| self.visits < 5_000) else { return };
        let emitted = self.pass(node, &mut token, scope);
        let is_last = node.next.is_empty();
        for (value, exhausted) in emitted {
            if let Some(kept) = kept.as_deref_mut().filter(|_| is_last) {
                match exhausted {
                    None => kept.values.push(value),
                    Some(ending) => kept.failure = Some(ending),
                }
            }
            for next in &node.next {
                let token = Token { value, exhausted, has_errors: token.has_errors || exhausted.is_some() };
                self.walk(graph, *next, token, scope, kept.as_deref_mut());
            }
        }
    }

    /// The values that go on, each healthy or not.
    fn pass(&mut self, node: &Node, token: &mut Token, scope: Scope) -> Vec<(i64, Option<Ending>)> {
        let unchanged = vec![(token.value, token.exhausted)];
        let visit = |context: Scope| Visit {
            step: node.number,
            minion: self.minion,
            iteration: context.iteration,
            attempt: context.attempt,
            value: token.value,
        };
        match &node.work {
            Work::Step(Kind::Recover) if token.exhausted.is_some() => {
                self.count(node, Ending::Success);
                return vec![(-1, None)];
            }
            Work::Step(Kind::CatchExhausted) if token.exhausted.is_some() => {
                let values = answer(5, visit(scope)).unwrap();
                self.count(node, Ending::Success);
                return if values.is_empty() { unchanged } else { values.into_iter().map(|value| (value, None)).collect() };
            }
            Work::Step(Kind::CatchErrors) if token.has_errors => {
                self.count(node, Ending::Success);
                return unchanged;
            }
            Work::Step(Kind::Recover | Kind::CatchExhausted | Kind::CatchErrors) => return unchanged,
            _ => {}
        }
        if token.exhausted.is_some() {
            self.count(node, Ending::Skipped);
            return unchanged;
        }
        let (iterations, stop) = node.iterated().unwrap_or((1, true));
        let mut emitted = Vec::new();
        for iteration in 0..iterations {
            let iteration = if node.iterated().is_some() { iteration as u32 } else { scope.iteration };
            match self.execute(node, token, Scope { iteration, attempt: scope.attempt }) {
                Ok(values) => emitted.extend(values.into_iter().map(|value| (value, None))),
                Err(ending) if stop => {
                    emitted.push((token.value, Some(ending)));
                    break;
                }
                Err(_) => {}
            }
        }
        emitted
    }

    fn execute(&mut self, node: &Node, token: &Token, scope: Scope) -> Result<Vec<i64>, Ending> {
        let mut attempt = 0;
        loop {
            let context = Scope { attempt: scope.attempt + attempt, ..scope };
            let visit = Visit {
                step: node.number,
                minion: self.minion,
                iteration: context.iteration,
                attempt: context.attempt,
                value: token.value,
            };
            let result = match &node.work {
                Work::Stage(inside) => {
                    let mut kept = Kept::default();
                    self.walk(inside, 0, *token, context, Some(&mut kept));
                    kept.failure.map_or(Ok(kept.values), Err)
                }
                Work::Step(Kind::Map) => answer(1, visit).map_err(|_| Ending::Error),
                Work::Step(Kind::FlatMap) => answer(2, visit).map_err(|_| Ending::Error),
                Work::Step(Kind::Filter) => answer(3, visit).map_err(|_| Ending::Error),
                Work::Step(Kind::Verify) => answer(4, visit).map_err(|_| Ending::Failure),
                Work::Step(Kind::Slow) => Err(Ending::Timeout),
                Work::Step(Kind::Take(_)) => Ok(vec![0]),
                Work::Step(_) => Ok(vec![token.value]),
            };
            // A stage fails as its last step did, but for a time-out inside: that is an error of the stage.
            let result = match (&node.work, result) {
                (Work::Stage(_), Err(Ending::Timeout)) => Err(Ending::Error),
                (_, result) => result,
            };
            if result.is_err() && attempt < node.retries && !matches!(node.work, Work::Step(Kind::Verify)) {
                attempt += 1;
                continue;
            }
            self.count(node, result.as_ref().map_or_else(|ending| *ending, |_| Ending::Success));
            return result;
        }
    }
}

fn steps_of(graph: &[Node]) -> Vec<&Node> {
    let mut steps = Vec::new();
    for node in graph {
        steps.push(node);
        if let Work::Stage(inside) = &node.work {
            steps.extend(inside);
        }
    }
    steps
}

proptest! {
    #![proptest_config(Config { cases: 60, failure_persistence: None, max_global_rejects: 10_000, ..Config::default() })]

    #[test]
    fn random_graphs_have_the_counts_of_a_plain_interpreter(graph in graph(), minions in 1_u32..7, spread in any::<bool>()) {
        let mut plain = Interpreter::default();
        for minion in 0..minions {
            plain.minion = minion;
            plain.walk(&graph, 0, Token { value: i64::from(minion), exhausted: None, has_errors: false }, Scope::default(), None);
        }
        prop_assume!(plain.visits < 1_000);
        let profile = if spread { "regular(3ms, 2)" } else { "immediate" };
        for workers in [1, 2, 5] {
            let campaign = Virtual::new(scenario(minions, profile, document(&graph))).callbacks(&USES, |call, input, _, _| handle(call, input));
            // Time is virtual: what has not ended by then never does.
            let ran = Virtual { hard_timeout: std::time::Duration::from_secs(60), ..campaign.workers(workers) }.run();
            prop_assert_ne!(ran.report.verdict, Verdict::Aborted);
            prop_assert_eq!(ran.minions(), [u64::from(minions), u64::from(minions), 0, 0]);
            prop_assert_eq!((ran.counter("seeded", "lists"), ran.counts(0, "checked")), (3, [1, 0, 0, 0, 0]));
            for node in steps_of(&graph) {
                let expected = plain.counts.get(&node.number).copied().unwrap_or_default();
                prop_assert_eq!(ran.counts(0, &format!("s-{}", node.number)), expected, "s-{} on {} workers", node.number, workers);
            }
        }
    }
}

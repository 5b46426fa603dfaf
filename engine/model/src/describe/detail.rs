//! What a step's kind does in its place, in a few words.

use crate::{
    CallbackNumber, Collect, Extract, Function, Join, MeterStep, Operator, Pace, Scenario, StepKind, Topic, TopicMode, Zip, ZipOrder,
    format_duration,
};

/// The words; "" where the kind's name says it all.
pub(super) fn detail(kind: &StepKind, scenario: &Scenario) -> String {
    let operator = match kind {
        StepKind::Plugin { .. } => return String::new(),
        StepKind::Operator(operator) => operator,
    };
    let callback = |number: &CallbackNumber| callback(*number, scenario);
    let name = |number: &crate::StepNumber| scenario.graph.step(*number).name.as_str();
    match operator {
        Operator::Returns(function) | Operator::Recover(function) => describe_function(function, scenario),
        Operator::Execute(number)
        | Operator::Map(number)
        | Operator::FlatMap(number)
        | Operator::Filter(number)
        | Operator::OnEach(number)
        | Operator::Verify(number)
        | Operator::VerifyAndMap(number)
        | Operator::Validate(number)
        | Operator::CatchErrors(number)
        | Operator::CatchExhausted(number)
        | Operator::Datasource(number)
        | Operator::Pace(Pace::Callback(number)) => callback(number),
        Operator::Assert(checks) => checks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Operator::Delay(duration) | Operator::Pace(Pace::Constant(duration)) => format_duration(*duration),
        Operator::Pace(Pace::Accelerating { start, accelerator, min }) => {
            format!("{} ÷ {accelerator} each time, at least {}", format_duration(*start), format_duration(*min))
        }
        Operator::Pipe | Operator::Split | Operator::BlackHole | Operator::Flatten | Operator::FilterNotNone | Operator::LogErrors => {
            String::new()
        }
        Operator::Join(join) => describe_join(join, scenario),
        Operator::Zip(Zip { right, order: ZipOrder::Next, buffer }) => format!("{}, buffer {buffer}", name(right)),
        Operator::Zip(Zip { right, order: ZipOrder::Last, .. }) => name(right).to_owned(),
        Operator::Collect(Collect { timeout, batch }) => {
            let timeout = timeout.map(|timeout| format!("for {}", format_duration(timeout)));
            let batch = batch.map(|batch| format!("up to {batch}"));
            [timeout, batch].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        Operator::SingletonPipe { from } => name(from).to_owned(),
        Operator::Shelve { values, ttl } => {
            let values: Vec<_> = values.iter().map(|(name, value)| format!("{name} = {}", describe_extract(value, scenario))).collect();
            let ttl = ttl.map(|ttl| format!(", for {}", format_duration(ttl))).unwrap_or_default();
            format!("{}{ttl}", values.join(", "))
        }
        Operator::Unshelve { names, .. } => names.join(", "),
        Operator::Stage { output, .. } => format!("that emits what {} emits", name(output)),
        Operator::Meter(meter) => describe_meter(meter, scenario),
    }
}

fn describe_function(function: &Function, scenario: &Scenario) -> String {
    match function {
        Function::Constant(value) => value.to_string(),
        Function::Template(template) => template.to_string(),
        Function::Callback(number) => callback(*number, scenario),
    }
}

fn describe_extract(extract: &Extract, scenario: &Scenario) -> String {
    match extract {
        Extract::Input => "input".to_owned(),
        Extract::Json(pointer) => format!("json:{pointer}"),
        Extract::Template(template) => format!("\"{template}\""),
        Extract::Callback(number) => callback(*number, scenario),
    }
}

fn describe_join(join: &Join, scenario: &Scenario) -> String {
    let mut words = format!(
        "{}, {} = {}, within {}",
        scenario.graph.step(join.right).name,
        describe_extract(&join.left_key, scenario),
        describe_extract(&join.right_key, scenario),
        format_duration(join.timeout)
    );
    words.push_str(&format!(", window {}, capacity {}", format_duration(join.window), join.capacity));
    join.ttl.iter().for_each(|ttl| words.push_str(&format!(", ttl {}", format_duration(*ttl))));
    words
}

fn describe_meter(meter: &MeterStep, scenario: &Scenario) -> String {
    let value = meter.value.as_ref().map_or("1".to_owned(), |value| describe_extract(value, scenario));
    let should = if meter.should.is_empty() { String::new() } else { format!(", should be {}", meter.should.join(", ")) };
    format!("{} of {value}{should}", meter.name)
}

/// How records reach those that visit.
pub(super) fn describe_topic(topic: &Topic) -> String {
    let (mode, buffer) = match topic.mode {
        TopicMode::Unicast { buffer } => ("unicast", Some(buffer)),
        TopicMode::Broadcast { buffer } => ("broadcast", buffer),
        TopicMode::Loop { buffer } => ("loop", buffer),
    };
    let buffer = buffer.map(|buffer| format!(", buffer {buffer}")).unwrap_or_default();
    let idle = topic.idle_timeout.map(|timeout| format!(", idle timeout {}", format_duration(timeout))).unwrap_or_default();
    let input = if topic.keep_input { ", with the input" } else { "" };
    format!("{mode} topic{buffer}{idle}{input}")
}

fn callback(number: CallbackNumber, scenario: &Scenario) -> String {
    scenario.callbacks.get(number.0 as usize).map_or(String::new(), |callback| format!("`{}`", callback.name))
}

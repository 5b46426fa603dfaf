//! What went wrong: errors by step and code with an example, and the messages that were left.

use throng_measure::{FailureReport, MessageReport, Report, ScenarioReport, StepReport, Verdict, humane};
use throng_protocols::Severity;

use super::paint::{Style, Tone, harmless, one_line, sign};
use super::summary::{place, title};

/// Failures of one step with one code; harmless text.
pub(super) struct ErrorGroup {
    pub(super) place: String,
    pub(super) code: String,
    /// How often and when; whether they are tolerated.
    pub(super) when: String,
    pub(super) tone: Tone,
    /// Whose failure the example is.
    pub(super) whose: String,
    /// The example's message, of any number of lines.
    pub(super) message: String,
}

/// A message that was left, and how often; harmless text.
pub(super) struct LeftMessage {
    pub(super) place: String,
    pub(super) severity: Severity,
    pub(super) text: String,
}

impl LeftMessage {
    pub(super) fn tone(&self) -> Tone {
        match self.severity {
            Severity::Abort | Severity::Error => Tone::Bad,
            Severity::Warn => Tone::Warn,
            Severity::Info | Severity::Debug | Severity::Trace => Tone::Plain,
        }
    }

    pub(super) fn sign(&self) -> &'static str {
        match self.severity {
            Severity::Abort => sign(Verdict::Aborted),
            Severity::Error => sign(Verdict::Failed),
            Severity::Warn => sign(Verdict::Warning),
            Severity::Info | Severity::Debug | Severity::Trace => "·",
        }
    }
}

/// All failures, in the order of scenarios and steps, the most frequent first.
pub(super) fn groups(report: &Report) -> Vec<ErrorGroup> {
    let steps = report.scenarios.iter().flat_map(|scenario| scenario.steps.iter().map(move |step| (scenario, step)));
    steps.flat_map(|(scenario, step)| step.failures.iter().map(move |group| of_group(report, scenario, step, group))).collect()
}

fn of_group(report: &Report, scenario: &ScenarioReport, step: &StepReport, group: &FailureReport) -> ErrorGroup {
    ErrorGroup {
        place: place(report, scenario, &step.name),
        code: one_line(&group.code),
        when: format!("{}{}", when(group), if step.tolerate { ", tolerated" } else { "" }),
        tone: if step.tolerate { Tone::Warn } else { Tone::Bad },
        whose: humane::minion(group.minion),
        message: harmless(&group.message),
    }
}

/// How often, and between which times since the campaign's start.
pub(super) fn when(group: &FailureReport) -> String {
    match group.count {
        1 => format!("once, at {}", humane::duration(group.first)),
        count => {
            let (first, last) = (humane::duration(group.first), humane::duration(group.last));
            format!("{} times, from {first} to {last}", humane::count(count))
        }
    }
}

/// A scenario's messages; where they are from is told as far as the campaign needs it.
pub(super) fn left_messages(report: &Report, scenario: &ScenarioReport) -> Vec<LeftMessage> {
    let of_message = |message: &MessageReport| {
        let times = if message.count > 1 { format!(" ({} times)", humane::count(message.count)) } else { String::new() };
        let place = match &message.step {
            Some(step) => place(report, scenario, step),
            None if report.scenarios.len() > 1 => one_line(&scenario.name),
            None => "scenario".to_owned(),
        };
        LeftMessage { place, severity: message.severity, text: format!("{}{times}", harmless(&message.text)) }
    };
    scenario.messages.iter().map(of_message).collect()
}

/// How many messages of a scenario were not kept, for people; none if all were.
pub(super) fn more_messages(scenario: &ScenarioReport) -> Option<String> {
    (scenario.messages_dropped > 0).then(|| format!("… and {} more", humane::count(scenario.messages_dropped)))
}

pub(super) fn errors(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for group in groups(report) {
        let what = style.paint(group.tone, &format!("{}  {}", group.place, group.code));
        text.push_str(&format!("  {what}  {}\n", style.paint(Tone::Dim, &group.when)));
        text.push_str(&style.paragraph(&format!("    {}: ", group.whose), &group.message));
    }
    if text.is_empty() { text } else { title(style, "Errors") + &text }
}

pub(super) fn messages(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for scenario in &report.scenarios {
        for message in left_messages(report, scenario) {
            let paragraph = style.paragraph(&format!("  {} {}: ", message.sign(), message.place), &message.text);
            paragraph.lines().for_each(|line| text.push_str(&format!("{}\n", style.paint(message.tone(), line))));
        }
        more_messages(scenario).iter().for_each(|more| text.push_str(&format!("  {more}\n")));
    }
    if text.is_empty() { text } else { title(style, "Messages") + &text }
}

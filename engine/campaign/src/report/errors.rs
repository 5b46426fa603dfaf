//! What went wrong: errors by step and code with an example, and the messages that were left.

use throng_measure::{Report, Verdict, humane};
use throng_protocols::Severity;

use super::paint::{Style, Tone, harmless, sign};
use super::summary::{place, title};

pub(super) fn errors(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for scenario in &report.scenarios {
        for step in &scenario.steps {
            for group in &step.failures {
                let place = place(report, scenario, &step.name);
                let tone = if step.tolerate { Tone::Warn } else { Tone::Bad };
                let what = style.paint(tone, &format!("{place}  {}", harmless(&group.code).replace('\n', " ")));
                let tolerated = if step.tolerate { ", tolerated" } else { "" };
                let when = match group.count {
                    1 => format!("once, at {}{tolerated}", humane::duration(group.first)),
                    count => {
                        let (first, last) = (humane::duration(group.first), humane::duration(group.last));
                        format!("{} times, from {first} to {last}{tolerated}", humane::count(count))
                    }
                };
                text.push_str(&format!("  {what}  {}\n", style.paint(Tone::Dim, &when)));
                text.push_str(&style.paragraph(&format!("    {}: ", humane::minion(group.minion)), &harmless(&group.message)));
            }
        }
    }
    if text.is_empty() { text } else { title(style, "Errors") + &text }
}

pub(super) fn messages(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for scenario in &report.scenarios {
        for message in &scenario.messages {
            let (tone, sign) = match message.severity {
                Severity::Error => (Tone::Bad, sign(Verdict::Failed)),
                Severity::Warn => (Tone::Warn, sign(Verdict::Warning)),
                Severity::Info | Severity::Debug | Severity::Trace => (Tone::Plain, "·"),
            };
            let times = if message.count > 1 { format!(" ({} times)", humane::count(message.count)) } else { String::new() };
            let at = message.step.as_deref().unwrap_or("scenario");
            let at = if message.step.is_none() && report.scenarios.len() > 1 { scenario.name.clone() } else { place(report, scenario, at) };
            let paragraph = style.paragraph(&format!("  {sign} {at}: "), &format!("{}{times}", harmless(&message.text)));
            paragraph.lines().for_each(|line| text.push_str(&format!("{}\n", style.paint(tone, line))));
        }
        if scenario.messages_dropped > 0 {
            text.push_str(&format!("  … and {} more\n", humane::count(scenario.messages_dropped)));
        }
    }
    if text.is_empty() { text } else { title(style, "Messages") + &text }
}

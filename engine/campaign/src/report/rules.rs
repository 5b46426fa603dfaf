//! Each rule with its figure, and whether it was kept.

use throng_measure::rules::RuleReport;
use throng_measure::{Report, Verdict, humane};

use super::paint::{Style, Tone, harmless, sign};
use super::summary::title;

pub(super) fn section(report: &Report, style: Style) -> String {
    if report.rules.is_empty() {
        return String::new();
    }
    let lines: String = report.rules.iter().map(|rule| line(rule, report.scenarios.len() > 1, style)).collect();
    title(style, "Rules") + &lines
}

fn line(rule: &RuleReport, several: bool, style: Style) -> String {
    let verdict = if rule.holds { Verdict::Successful } else { rule.verdict };
    let home = rule.scenario.as_deref().filter(|_| several).map(|home| format!("{home}: ")).unwrap_or_default();
    let was = match &rule.value {
        _ if rule.saw_nothing => "saw nothing".to_owned(),
        Some(value) => format!("was {}", value.text),
        None => "had nothing to go by".to_owned(),
    };
    let since = rule.first_breach.as_ref().filter(|_| !rule.holds);
    let since = since.map(|breach| format!(", broken since {} for {}", humane::duration(breach.at), humane::duration(rule.broken_for)));
    let text = format!("{home}{}  {was}{}", harmless(&rule.rule), since.unwrap_or_default());
    let paragraph = style.paragraph(&format!("  {} ", sign(verdict)), &text);
    paragraph.lines().map(|line| format!("{}\n", style.paint(if rule.holds { Tone::Plain } else { Tone::of(verdict) }, line))).collect()
}

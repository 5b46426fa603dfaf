//! Bars of shares: what became of a join's lefts and rights.

use std::fmt::Write as _;

use throng_measure::{JoinReport, humane};

use super::escape::escape;

/// Two bars, of the lefts and of the rights, with what they are made of.
pub(super) fn of_join(name: &str, join: &JoinReport) -> String {
    let lefts = [("matched", "good", join.matched), ("missing", "bad", join.missing)];
    let rights = [
        ("used", "good", join.used),
        ("late", "warn", join.late),
        ("duplicate", "third", join.duplicate),
        ("orphan", "muted", join.orphan),
        ("unkeyed", "bad", join.unkeyed),
    ];
    format!(
        "<figure class=\"bars\">\n<figcaption><b>{}</b></figcaption>\n{}{}</figure>\n",
        escape(name),
        bar("lefts", &lefts),
        bar("rights", &rights)
    )
}

fn bar(side: &str, parts: &[(&str, &str, u64)]) -> String {
    let whole: u64 = parts.iter().map(|(_, _, count)| count).sum();
    let mut svg = format!("<svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{side}\">");
    let mut legend = String::new();
    let mut before = 0;
    for (name, class, count) in parts.iter().filter(|(_, _, count)| *count > 0) {
        let at = |count: u64| count as f64 * 1_000.0 / whole as f64;
        // What happened at all can be seen.
        let width = (at(before + count) - at(before)).max(3.0);
        let _ = write!(
            svg,
            "<rect class=\"share {class}\" x=\"{:.1}\" y=\"0\" width=\"{width:.1}\" height=\"10\"/>",
            at(before).min(1_000.0 - width)
        );
        let share = humane::percentage(*count, whole);
        let _ = write!(legend, "<span class=\"{class}\">{} {name} <small>{share}</small></span>", humane::count(*count));
        before += count;
    }
    if whole == 0 {
        legend.push_str("<span class=\"muted\">none</span>");
    }
    format!("<div class=\"bar\"><b>{side}</b>{svg}</svg><span class=\"legend\">{legend}</span></div>\n")
}

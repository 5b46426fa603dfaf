//! Comparisons of reports, as text and as Markdown.

use throng_measure::Report;

use super::MILLISECOND;
use super::samples::{failed, hostile, successful, void, with_growth};
use crate::report::{Comparison, Mark, Style, comparison_markdown, comparison_text};

fn compare(before: &Report, after: &Report, tolerated: f64) -> String {
    let comparison = Comparison::new(before, after, tolerated);
    let text = comparison_text(&comparison, Style { color: false, width: 120 });
    assert!(text.chars().all(|character| !character.is_control() || character == '\n'), "{text}");
    format!("{text}worse: {}", comparison.is_worse())
}

#[test]
fn a_report_is_as_good_as_itself() {
    let comparison = Comparison::new(&failed(), &failed(), 0.0);
    assert!(!comparison.is_worse());
    assert!(comparison.differences().all(|difference| matches!(difference.mark, Mark::Same | Mark::NotJudged)), "{comparison:?}");
    assert!(comparison.differences().all(|difference| difference.change.is_none_or(|change| change == 0.0)), "{comparison:?}");
}

#[test]
fn what_is_slower_and_fails_is_worse_and_what_is_missing_is_listed() {
    insta::assert_snapshot!(compare(&successful(), &failed(), 0.1), @"");
}

#[test]
fn what_is_faster_is_better() {
    insta::assert_snapshot!(compare(&with_growth(4 * MILLISECOND), &with_growth(MILLISECOND), 0.1), @"");
}

#[test]
fn what_is_slightly_worse_is_tolerated() {
    let (before, after) = (with_growth(MILLISECOND), with_growth(1_300_000));
    let told = |tolerated| compare(&before, &after, tolerated).lines().next().map(str::to_owned);
    assert_eq!(told(0.5).as_deref(), Some("✓ not worse by more than 50 %; 9 figures significantly worse, within that"));
    assert_eq!(told(0.0).as_deref(), Some("✗ 9 figures significantly worse by more than 0 %"));
}

#[test]
fn markdown_of_a_comparison() {
    insta::assert_snapshot!(comparison_markdown(&Comparison::new(&void(), &with_growth(10 * MILLISECOND), 0.1)), @"");
}

#[test]
fn foreign_text_does_no_harm() {
    let comparison = Comparison::new(&hostile(), &successful(), 0.1);
    let text = comparison_markdown(&comparison) + &comparison_text(&comparison, Style::default());
    assert!(text.chars().all(|character| !character.is_control() || character == '\n'), "{text}");
    assert!(!comparison_markdown(&comparison).contains("<script"), "{text}");
}

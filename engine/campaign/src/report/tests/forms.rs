//! Each form of a stored report.

use super::samples::{failed, hostile, successful, void};
use crate::report::{ReportFormat, Style, summary};

fn render(format: ReportFormat, report: &throng_measure::Report) -> String {
    format.render(report).expect("a rendered report")
}

#[test]
fn text_is_the_summary_in_120_columns_without_colour() {
    for report in [successful(), failed(), void(), hostile()] {
        let text = render(ReportFormat::Text, &report);
        assert_eq!(text, summary(&report, Style { color: false, width: 120 }));
        assert!(text.chars().all(|character| !character.is_control() || character == '\n'), "{text}");
    }
}

#[test]
fn markdown_of_a_success() {
    insta::assert_snapshot!(render(ReportFormat::Markdown, &successful()), @"");
}

#[test]
fn markdown_of_a_failure() {
    insta::assert_snapshot!(render(ReportFormat::Markdown, &failed()), @"");
}

#[test]
fn markdown_of_a_void_run() {
    insta::assert_snapshot!(render(ReportFormat::Markdown, &void()).split("\n### ").next().unwrap_or_default(), @"");
}

#[test]
fn markdown_shows_foreign_text_as_it_is() {
    let text = render(ReportFormat::Markdown, &hostile());
    assert!(text.chars().all(|character| !character.is_control() || character == '\n'), "{text}");
    let mut fence = None;
    for line in text.lines() {
        let run = line.trim_start().chars().take_while(|character| *character == '`').count();
        match fence {
            Some(length) if run >= length => fence = None,
            None if run >= 3 => fence = Some(run),
            None => {
                assert!(!line.contains("<script") && !line.contains("</"), "{line}");
                let columns = line.replace("\\|", "").matches('|').count();
                assert!(columns == 0 || columns > 5, "a cell that breaks its row: {line}");
            }
            Some(_) => {}
        }
    }
    assert!(fence.is_none() && text.contains("名前 🎉"), "{text}");
}

#[test]
fn html_of_each_kind() {
    for (name, report) in [("successful", successful()), ("failed", failed()), ("void", void())] {
        let page = render(ReportFormat::Html, &report);
        check_page(&page);
        let (before, rest) = page.split_once("<style>").expect("a style sheet");
        let (_, after) = rest.split_once("</style>").expect("its end");
        insta::assert_snapshot!(format!("html_{name}"), format!("{before}{after}"));
    }
}

#[test]
fn html_shows_foreign_text_as_it_is() {
    let page = render(ReportFormat::Html, &hostile());
    let document = check_page(&page);
    let text: String = document.split('\u{1}').collect();
    assert!(text.contains("<script>alert(1)</script> ]]>") && text.contains("名前 🎉"), "{text}");
    assert!(page.chars().all(|character| !character.is_control() || character == '\n'));
}

/// Whether the page is well formed, loads nothing, runs nothing; its text.
fn check_page(page: &str) -> String {
    // The elements that HTML leaves open are closed, so that a reader of XML can say whether all others are.
    let mut strict = page.replacen("<!doctype html>", "", 1);
    for open in ["<meta ", "<link "] {
        let pieces: Vec<_> = strict.split(open).collect();
        strict = pieces
            .iter()
            .enumerate()
            .map(|(index, piece)| if index == 0 { (*piece).to_owned() } else { format!("{open}{}", piece.replacen('>', "/>", 1)) })
            .collect();
    }
    let document = roxmltree::Document::parse(&strict).unwrap_or_else(|error| panic!("{error}: {strict}"));
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "iframe", "object", "embed", "img", "base", "form", "a"].contains(&name), "<{name}>");
        for attribute in node.attributes() {
            let harmless = !attribute.name().starts_with("on") && attribute.name() != "style" && attribute.name() != "src";
            assert!(harmless && (attribute.name() != "href" || attribute.value() == "data:,"), "{attribute:?}");
        }
    }
    assert!(!page.contains("url(") && !page.contains("@import"), "the style sheet loads something");
    document.descendants().filter(roxmltree::Node::is_text).filter_map(|node| node.text()).collect()
}

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

/// What is late and what an orphan is known within the window only: the classes say nothing without it.
#[test]
fn joins_tell_their_window() {
    let shown = |format| render(format, &successful());
    assert!(shown(ReportFormat::Text).lines().any(|line| line.contains("order-arrived") && line.trim_end().ends_with(" 1m")));
    assert!(shown(ReportFormat::Markdown).lines().any(|line| line.contains("**order-arrived**") && line.ends_with("| 1m |")));
    assert!(shown(ReportFormat::Html).contains(">window</th>"));
    assert!(shown(ReportFormat::Junit).contains("window: 1m; late and duplicate rights count as orphans after it"));
    assert!(shown(ReportFormat::Json).contains("\"window\":60000000000") || shown(ReportFormat::Json).contains("\"window\": 60000000000"));
}

#[test]
fn markdown_of_a_success() {
    insta::assert_snapshot!(render(ReportFormat::Markdown, &successful()), @r#"
    ## ✓ successful: shop-20261121-2104-x7k

    completed after 12.0 s, seed 42

    - ✓ **successful** checkout

    ### Asked and sent

    | scenario | asked | started |  | completed | cancelled | starts/s |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: |
    | checkout | 600 | 600 | 100 % | 600 | 0 | 50.0 |

    ### Steps of checkout

    | step | count | failure | error | time-out | skipped |  | p50 | p95 | p99 | p99.9 | max |
    | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |
    | **journey** | 600 |  |  |  |  | response | 81.7 ms | 111 ms | 119 ms\* | 123 ms\* | 123 ms |
    |  |  |  |  |  |  | service | 81.7 ms | 111 ms | 119 ms\* | 123 ms\* | 123 ms |
    | **order** | 600 | 0 | 0 | 0 | 0 | response | 20.4 ms | 27.8 ms | 29.8 ms\* | 30.8 ms\* | 30.8 ms |
    |  |  |  |  |  |  | service | 10.2 ms | 13.9 ms | 14.9 ms\* | 15.4 ms\* | 15.4 ms |
    | **order-arrived** | 600 | 0 | 0 | 0 | 0 | response | 61.2 ms | 83.4 ms | 89.5 ms\* | 92.4 ms\* | 92.4 ms |
    |  |  |  |  |  |  | service | 30.6 ms | 41.7 ms | 44.7 ms\* | 46.2 ms\* | 46.2 ms |
    | **never** | 0 | 0 | 0 | 0 | 0 | response | – | – | – | – | – |

    <sub>Times are of ramp and steady load, counts of all phases; \* has fewer than 10 samples above it.</sub>

    ### Joins

    | join | matched (left) | missing (left) | used (right) | late (right) | duplicate (right) | orphan (right) | unkeyed (right) | window |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
    | **order-arrived** | 600 | 0 | 600 | 0 | 0 | 0 | 0 | 1m |

    | time to outcome | count | early | p50 | p95 | p99 | p99.9 | max |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
    | **order-arrived** | 600 | 0 | 61.2 ms | 83.4 ms | 89.5 ms\* | 92.4 ms\* | 92.4 ms |

    ### Health of the generator

    - start lag p50 90.0 µs, p99 90.0 µs, max 90.0 µs
    "#);
}

#[test]
fn markdown_of_a_failure() {
    insta::assert_snapshot!(render(ReportFormat::Markdown, &failed()), @r#"
    ## ✗ failed: shop-20261121-2104-x7k

    completed after 12.0 s, seed 42

    - ✗ **failed** checkout
      - ✗ rule \`missing(step:order-arrived) == 0\`: 12, and it had to be == 0
      - ✗ step \`order\` failed in 12 of 612 executions: 12 errors
      - ✗ step \`order-arrived\` failed in 12 of 612 executions: 12 failures
      - ! 12 warnings left in the report
    - ! **warning** browse
      - ! only 0 of 1 planned run started

    ### Rules

    | rule | of |  | figure |  |
    | --- | --- | --- | ---: | --- |
    | **rate(starts) &gt;= 99.5% of intended** | campaign | ✓ kept | 100 % |  |
    | **missing(step:order-arrived) == 0** | checkout | **✗ broken** | **12** | broken since 500 ms for 11.5 s |

    checkout/order-arrived, minion 7 at 500 ms: missing: nothing came for the key \`order-17\` within 5s

    ### Asked and sent

    | scenario | asked | started |  | completed | cancelled | starts/s |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: |
    | checkout | 600 | 600 | 100 % | 600 | 0 | 50.0 |
    | browse | 1 | 0 | 0 % | 0 | 0 | 0.00 |

    ### Steps of checkout

    | step | count | failure | error | time-out | skipped |  | p50 | p95 | p99 | p99.9 | max |
    | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |
    | **journey** | 600 |  |  |  |  | response | 879 ms | 1.82 s | 1.84 s\* | 1.84 s\* | 1.84 s |
    |  |  |  |  |  |  | service | 879 ms | 1.82 s | 1.84 s\* | 1.84 s\* | 1.84 s |
    | **order** | 612 | 0 | **12** | 0 | 0 | response | 251 ms | 456 ms | 2.00 s\* | 2.00 s\* | 2.00 s |
    |  |  |  |  |  |  | service | 110 ms | 227 ms | 229 ms\* | 230 ms\* | 230 ms |
    | **order-arrived** | 612 | **12** | 0 | 0 | 0 | response | 753 ms | 1.37 s | 5.00 s\* | 5.00 s\* | 5.00 s |
    |  |  |  |  |  |  | service | 377 ms | 685 ms | 2.50 s\* | 2.50 s\* | 2.50 s |
    | **never** | 0 | 0 | 0 | 0 | 0 | response | – | – | – | – | – |

    ### Steps of browse

    | step | count | failure | error | time-out | skipped |  | p50 | p95 | p99 | p99.9 | max |
    | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |
    | **journey** | 0 |  |  |  |  | response | – | – | – | – | – |
    | **order** | 0 | 0 | 0 | 0 | 0 | response | – | – | – | – | – |
    | **order-arrived** | 0 | 0 | 0 | 0 | 0 | response | – | – | – | – | – |
    | **never** | 0 | 0 | 0 | 0 | 0 | response | – | – | – | – | – |

    <sub>Times are of ramp and steady load, counts of all phases; \* has fewer than 10 samples above it.</sub>

    ### Joins

    | join | matched (left) | missing (left) | used (right) | late (right) | duplicate (right) | orphan (right) | unkeyed (right) | window |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
    | **checkout/order-arrived** | 600 | **12** | 600 | **24** | **12** | **36** | 0 | 1m |
    | **browse/order-arrived** | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1m |

    | time to outcome | count | early | p50 | p95 | p99 | p99.9 | max |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
    | **checkout/order-arrived** | 600 | 0 | 660 ms | 1.36 s | 1.38 s\* | 1.38 s\* | 1.38 s |
    | **browse/order-arrived** | 0 | 0 | – | – | – | – | – |

    ### Errors

    - **checkout/order** connect: 12 times, from 0 ns to 11.0 s; minion 7:

      ```text
      connection refused (127.0.0.1:8080)
      ```

    - **checkout/order-arrived** missing: 12 times, from 0 ns to 11.0 s; minion 7:

      ```text
      nothing came for the key `order-17` within 5s
      ```

    ### Messages

    - ! **checkout/order** the price changed between basket and order (12 times)

    ### Health of the generator

    - checkout: start lag p50 90.0 µs, p99 90.0 µs, max 90.0 µs
    "#);
}

#[test]
fn markdown_of_a_void_run() {
    insta::assert_snapshot!(render(ReportFormat::Markdown, &void()).split("\n### ").next().unwrap_or_default(), @r#"
    ## ∅ void: shop-20261121-2104-x7k

    completed after 12.0 s, seed 42

    - ∅ **void** checkout
      - ∅ starts were late: the 99th percentile of 80.0 ms is above 10.0 ms and above 20 % of the first step's median response (20.6 ms), since 500 ms; use fewer minions, more workers or a faster machine
      - ✗ step \`order\` failed in 12 of 612 executions: 12 time-outs
    "#);
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
                assert!(line.starts_with("<sub>Times") || !line.contains('<'), "{line}");
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

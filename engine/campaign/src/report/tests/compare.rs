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
    insta::assert_snapshot!(compare(&successful(), &failed(), 0.1), @"
    ✗ 14 figures significantly worse by more than 10 %
      A: shop-20261121-2104-x7k successful, 12.0 s
      B: shop-20261121-2104-x7k failed, 12.0 s

    checkout
      step           figure              A       B     change         95 % interval
      journey        count             600     600     +0.0 %
                     throughput     50.0/s  50.0/s     +0.0 %    -10.9 % to +11.8 %  =
                     response p50  81.7 ms  879 ms   +976.7 %  +942.3 % to > +999 %  ✗ worse
                     response p95   111 ms  1.82 s   > +999 %  > +999 % to > +999 %  ✗ worse
                     response p99   119 ms  1.84 s   > +999 %                        ·
                     service p50   81.7 ms  879 ms   +976.7 %  +942.3 % to > +999 %  ✗ worse
                     service p95    111 ms  1.82 s   > +999 %  > +999 % to > +999 %  ✗ worse
                     service p99    119 ms  1.84 s   > +999 %                        ·
      order          count             600     612     +2.0 %
                     failures          0 %  1.96 %  from none  +336.9 % to > +999 %  ✗ worse
                     throughput     50.0/s  51.0/s     +2.0 %     -9.1 % to +14.0 %  =
                     response p50  20.4 ms  251 ms   > +999 %  +948.0 % to > +999 %  ✗ worse
                     response p95  27.8 ms  456 ms   > +999 %  > +999 % to > +999 %  ✗ worse
                     response p99  29.8 ms  2.00 s   > +999 %                        ·
                     service p50   10.2 ms  110 ms   +976.7 %  +942.3 % to > +999 %  ✗ worse
                     service p95   13.9 ms  227 ms   > +999 %  > +999 % to > +999 %  ✗ worse
                     service p99   14.9 ms  229 ms   > +999 %                        ·
      order-arrived  count             600     612     +2.0 %
                     failures          0 %  1.96 %  from none  +336.9 % to > +999 %  ✗ worse
                     throughput     50.0/s  51.0/s     +2.0 %     -9.1 % to +14.0 %  =
                     response p50  61.2 ms  753 ms   > +999 %  +948.6 % to > +999 %  ✗ worse
                     response p95  83.4 ms  1.37 s   > +999 %  > +999 % to > +999 %  ✗ worse
                     response p99  89.5 ms  5.00 s   > +999 %                        ·
                     service p50   30.6 ms  377 ms   > +999 %  +948.6 % to > +999 %  ✗ worse
                     service p95   41.7 ms  685 ms   > +999 %  > +999 % to > +999 %  ✗ worse
                     service p99   44.7 ms  2.50 s   > +999 %                        ·
      never          count               0       0

      only in B: browse
      · has too few samples to be judged
    worse: true
    ");
}

#[test]
fn what_is_faster_is_better() {
    insta::assert_snapshot!(compare(&with_growth(4 * MILLISECOND), &with_growth(MILLISECOND), 0.1), @"
    ✓ not worse by more than 10 %
      A: shop-20261121-2104-x7k successful, 12.0 s
      B: shop-20261121-2104-x7k successful, 12.0 s

    checkout
      step           figure              A        B   change       95 % interval
      journey        count             600      600   +0.0 %
                     throughput     50.0/s   50.0/s   +0.0 %  -10.9 % to +11.8 %  =
                     response p50   147 ms  81.7 ms  -44.6 %  -47.9 % to -41.5 %  better
                     response p95   235 ms   111 ms  -52.7 %  -53.9 % to -51.2 %  better
                     response p99   250 ms   119 ms  -52.4 %                      ·
                     service p50    147 ms  81.7 ms  -44.6 %  -47.9 % to -41.5 %  better
                     service p95    235 ms   111 ms  -52.7 %  -53.9 % to -51.2 %  better
                     service p99    250 ms   119 ms  -52.4 %                      ·
      order          count             600      600   +0.0 %
                     failures          0 %      0 %                               =
                     throughput     50.0/s   50.0/s   +0.0 %  -10.9 % to +11.8 %  =
                     response p50  36.8 ms  20.4 ms  -44.6 %  -47.9 % to -41.5 %  better
                     response p95  58.8 ms  27.8 ms  -52.7 %  -53.9 % to -51.2 %  better
                     response p99  62.6 ms  29.8 ms  -52.4 %                      ·
                     service p50   18.4 ms  10.2 ms  -44.6 %  -47.9 % to -41.5 %  better
                     service p95   29.4 ms  13.9 ms  -52.7 %  -53.9 % to -51.2 %  better
                     service p99   31.3 ms  14.9 ms  -52.4 %                      ·
      order-arrived  count             600      600   +0.0 %
                     failures          0 %      0 %                               =
                     throughput     50.0/s   50.0/s   +0.0 %  -10.9 % to +11.8 %  =
                     response p50   110 ms  61.2 ms  -44.6 %  -47.9 % to -41.5 %  better
                     response p95   176 ms  83.4 ms  -52.7 %  -53.9 % to -51.2 %  better
                     response p99   188 ms  89.5 ms  -52.4 %                      ·
                     service p50   55.2 ms  30.6 ms  -44.6 %  -47.9 % to -41.5 %  better
                     service p95   88.2 ms  41.7 ms  -52.7 %  -53.9 % to -51.2 %  better
                     service p99   93.9 ms  44.7 ms  -52.4 %                      ·
      never          count               0        0

      · has too few samples to be judged
    worse: false
    ");
}

#[test]
fn what_is_slightly_worse_is_tolerated() {
    let (before, after) = (with_growth(MILLISECOND), with_growth(1_300_000));
    let told = |tolerated| compare(&before, &after, tolerated).lines().next().map(str::to_owned);
    assert_eq!(told(0.5).as_deref(), Some("✓ not worse by more than 50 %; 12 figures significantly worse, within that"));
    assert_eq!(told(0.0).as_deref(), Some("✗ 12 figures significantly worse by more than 0 %"));
}

#[test]
fn markdown_of_a_comparison() {
    insta::assert_snapshot!(comparison_markdown(&Comparison::new(&void(), &with_growth(10 * MILLISECOND), 0.1)), @"
    ## ✗ 12 figures significantly worse by more than 10 %

    - A: shop-20261121-2104-x7k void, 12.0 s
    - B: shop-20261121-2104-x7k successful, 12.0 s
    - A is void: its generator was not fit, so its figures say nothing about the target

    ### checkout

    | step | figure | A | B | change | 95 % interval |  |
    | --- | --- | ---: | ---: | ---: | ---: | --- |
    | **journey** | count | 600 | 600 | +0.0 % |  |  |
    |  | throughput | 50.0/s | 50.0/s | +0.0 % | -10.9 % to +11.8 % | = |
    |  | response p50 | 81.7 ms | 279 ms | **+242.2 %** | +216.4 % to +266.6 % | **✗ worse** |
    |  | response p95 | 111 ms | 495 ms | **+345.5 %** | +331.1 % to +355.9 % | **✗ worse** |
    |  | response p99 | 119 ms | 515 ms | +331.7 % |  | · |
    |  | service p50 | 81.7 ms | 279 ms | **+242.2 %** | +216.4 % to +266.6 % | **✗ worse** |
    |  | service p95 | 111 ms | 495 ms | **+345.5 %** | +331.1 % to +355.9 % | **✗ worse** |
    |  | service p99 | 119 ms | 515 ms | +331.7 % |  | · |
    | **order** | count | 612 | 600 | -2.0 % |  |  |
    |  | failures | 1.96 % | 0 % | -100.0 % | -100.0 % to -77.9 % | better |
    |  | throughput | 51.0/s | 50.0/s | -2.0 % | -12.6 % to +9.6 % | = |
    |  | response p50 | 20.6 ms | 69.9 ms | **+239.0 %** | +215.1 % to +264.7 % | **✗ worse** |
    |  | response p95 | 28.6 ms | 124 ms | **+333.0 %** | +317.5 % to +346.0 % | **✗ worse** |
    |  | response p99 | 2.00 s | 129 ms | -93.6 % |  | · |
    |  | service p50 | 10.3 ms | 34.9 ms | **+239.0 %** | +215.1 % to +264.7 % | **✗ worse** |
    |  | service p95 | 14.3 ms | 61.9 ms | **+333.0 %** | +317.5 % to +346.0 % | **✗ worse** |
    |  | service p99 | 1.00 s | 64.3 ms | -93.6 % |  | · |
    | **order-arrived** | count | 600 | 600 | +0.0 % |  |  |
    |  | failures | 0 % | 0 % |  |  | = |
    |  | throughput | 50.0/s | 50.0/s | +0.0 % | -10.9 % to +11.8 % | = |
    |  | response p50 | 61.2 ms | 209 ms | **+242.2 %** | +216.4 % to +266.8 % | **✗ worse** |
    |  | response p95 | 83.4 ms | 371 ms | **+345.2 %** | +331.3 % to +355.9 % | **✗ worse** |
    |  | response p99 | 89.5 ms | 386 ms | +331.4 % |  | · |
    |  | service p50 | 30.6 ms | 105 ms | **+242.2 %** | +216.4 % to +266.8 % | **✗ worse** |
    |  | service p95 | 41.7 ms | 186 ms | **+345.2 %** | +331.3 % to +355.9 % | **✗ worse** |
    |  | service p99 | 44.7 ms | 193 ms | +331.4 % |  | · |
    | **never** | count | 0 | 0 |  |  |  |

    - · has too few samples to be judged
    ");
}

#[test]
fn foreign_text_does_no_harm() {
    let comparison = Comparison::new(&hostile(), &successful(), 0.1);
    let text = comparison_markdown(&comparison) + &comparison_text(&comparison, Style::default());
    assert!(text.chars().all(|character| !character.is_control() || character == '\n'), "{text}");
    assert!(!comparison_markdown(&comparison).contains("<script"), "{text}");
}

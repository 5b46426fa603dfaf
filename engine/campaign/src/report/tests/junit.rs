//! JUnit's XML: what it says, whether it keeps to the schemas, and whether a reader understands it.

use roxmltree::{Document, Node};
use throng_measure::{CampaignFacts, EndReason, Report, Snapshot};

use super::samples::{decided, facts, failed, hostile, successful, void};
use crate::report::ReportFormat;

fn xml(report: &Report) -> String {
    let xml = ReportFormat::Junit.render(report).expect("XML");
    check_schema(&xml);
    xml
}

#[test]
fn a_success() {
    insta::assert_snapshot!(xml(&successful()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="shop-20261121-2104-x7k" tests="5" failures="0" errors="0" time="12.000000">
      <testsuite name="checkout" tests="5" failures="0" errors="0" skipped="1" time="12.000000" timestamp="2026-11-21T21:04:00">
        <properties>
          <property name="key" value="shop-20261121-2104-x7k"/>
          <property name="seed" value="42"/>
          <property name="verdict" value="successful"/>
          <property name="campaign" value="successful"/>
        </properties>
        <testcase name="verdict" classname="checkout" time="12.000000">
        </testcase>
        <testcase name="order" classname="checkout" time="0.020400">
          <system-out>600 executions: 600 succeeded, 0 failures, 0 errors, 0 time-outs; 0 skipped
    response: p50 20.4 ms, p95 27.8 ms, p99 29.8 ms, max 30.8 ms
    service: p50 10.2 ms, p95 13.9 ms, p99 14.9 ms, max 15.4 ms
    </system-out>
        </testcase>
        <testcase name="order-arrived" classname="checkout" time="0.061200">
          <system-out>600 executions: 600 succeeded, 0 failures, 0 errors, 0 time-outs; 0 skipped
    response: p50 61.2 ms, p95 83.4 ms, p99 89.5 ms, max 92.4 ms
    service: p50 30.6 ms, p95 41.7 ms, p99 44.7 ms, max 46.2 ms
    </system-out>
        </testcase>
        <testcase name="order-arrived (join)" classname="checkout" time="0.061200">
          <system-out>lefts: 600 matched (0 early), 0 missing
    rights: 600 used, 0 late, 0 duplicate, 0 orphan, 0 unkeyed, 0 lost
    window: 1m; late and duplicate rights count as orphans after it
    time to outcome: p50 61.2 ms, p95 83.4 ms, p99 89.5 ms, max 92.4 ms
    </system-out>
        </testcase>
        <testcase name="never" classname="checkout" time="0.000000">
          <skipped message="it was never executed"/>
          <system-out>0 executions: 0 succeeded, 0 failures, 0 errors, 0 time-outs; 0 skipped
    </system-out>
        </testcase>
        <system-out>health: start lag p50 90.0 µs, p99 90.0 µs, max 90.0 µs
    </system-out>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_failure_with_joins() {
    insta::assert_snapshot!(xml(&failed()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="shop-20261121-2104-x7k" tests="13" failures="5" errors="0" time="12.000000">
      <testsuite name="shop-20261121-2104-x7k" tests="2" failures="0" errors="0" skipped="0" time="12.000000" timestamp="2026-11-21T21:04:00">
        <properties>
          <property name="key" value="shop-20261121-2104-x7k"/>
          <property name="seed" value="42"/>
          <property name="verdict" value="failed"/>
          <property name="campaign" value="failed"/>
          <property name="zone" value="eu"/>
          <property name="tag.build" value="1234"/>
        </properties>
        <testcase name="campaign" classname="shop-20261121-2104-x7k" time="12.000000">
        </testcase>
        <testcase name="rule rate(starts) &gt;= 99.5% of intended" classname="shop-20261121-2104-x7k" time="0.000000">
          <system-out>was 100 %
    </system-out>
        </testcase>
      </testsuite>
      <testsuite name="checkout" tests="6" failures="5" errors="0" skipped="1" time="12.000000" timestamp="2026-11-21T21:04:00">
        <properties>
          <property name="key" value="shop-20261121-2104-x7k"/>
          <property name="seed" value="42"/>
          <property name="verdict" value="failed"/>
          <property name="campaign" value="failed"/>
          <property name="zone" value="eu"/>
          <property name="tag.build" value="1234"/>
        </properties>
        <testcase name="verdict" classname="checkout" time="12.000000">
          <failure type="failed" message="rule `missing(step:order-arrived) == 0`: 12, and it had to be == 0">failed: rule `missing(step:order-arrived) == 0`: 12, and it had to be == 0
    failed: step `order` failed in 12 of 612 executions: 12 errors
    failed: step `order-arrived` failed in 12 of 612 executions: 12 failures
    warning: 12 warnings left in the report
    </failure>
        </testcase>
        <testcase name="rule missing(step:order-arrived) == 0" classname="checkout" time="0.000000">
          <failure type="rule" message="12, and it had to be == 0">was 12, broken since 500 ms for 11.5 s
    checkout/order-arrived, minion 7 at 500 ms: missing: nothing came for the key `order-17` within 5s
    </failure>
        </testcase>
        <testcase name="order" classname="checkout" time="0.269510">
          <failure type="connect" message="12 of 612 executions failed: 12 errors">connect: 12 times, from 0 ns to 11.0 s; minion 7: connection refused (127.0.0.1:8080)
    </failure>
          <system-out>612 executions: 600 succeeded, 0 failures, 12 errors, 0 time-outs; 0 skipped
    response: p50 251 ms, p95 456 ms, p99 2.00 s, max 2.00 s
    service: p50 110 ms, p95 227 ms, p99 229 ms, max 230 ms
    </system-out>
        </testcase>
        <testcase name="order-arrived" classname="checkout" time="0.788922">
          <failure type="missing" message="12 of 612 executions failed: 12 failures">missing: 12 times, from 0 ns to 11.0 s; minion 7: nothing came for the key `order-17` within 5s
    </failure>
          <system-out>612 executions: 600 succeeded, 12 failures, 0 errors, 0 time-outs; 0 skipped
    response: p50 753 ms, p95 1.37 s, p99 5.00 s, max 5.00 s
    service: p50 377 ms, p95 685 ms, p99 2.50 s, max 2.50 s
    </system-out>
        </testcase>
        <testcase name="order-arrived (join)" classname="checkout" time="0.704700">
          <failure type="missing" message="12 of 612 lefts missing">lefts: 600 matched (0 early), 12 missing
    rights: 600 used, 24 late, 12 duplicate, 36 orphan, 0 unkeyed, 0 lost
    window: 1m; late and duplicate rights count as orphans after it
    time to outcome: p50 660 ms, p95 1.36 s, p99 1.38 s, max 1.38 s
    missing: 12 times, from 0 ns to 11.0 s; minion 7: nothing came for the key `order-17` within 5s
    </failure>
        </testcase>
        <testcase name="never" classname="checkout" time="0.000000">
          <skipped message="it was never executed"/>
          <system-out>0 executions: 0 succeeded, 0 failures, 0 errors, 0 time-outs; 0 skipped
    </system-out>
        </testcase>
        <system-out>! checkout/order: the price changed between basket and order (12 times)
    health: start lag p50 90.0 µs, p99 90.0 µs, max 90.0 µs
    </system-out>
      </testsuite>
      <testsuite name="browse" tests="5" failures="0" errors="0" skipped="4" time="12.000000" timestamp="2026-11-21T21:04:00">
        <properties>
          <property name="key" value="shop-20261121-2104-x7k"/>
          <property name="seed" value="42"/>
          <property name="verdict" value="warning"/>
          <property name="campaign" value="failed"/>
          <property name="zone" value="eu"/>
          <property name="tag.build" value="1234"/>
        </properties>
        <testcase name="verdict" classname="browse" time="12.000000">
          <system-out>warning: only 0 of 1 planned run started
    </system-out>
        </testcase>
        <testcase name="order" classname="browse" time="0.000000">
          <skipped message="it was never executed"/>
          <system-out>0 executions: 0 succeeded, 0 failures, 0 errors, 0 time-outs; 0 skipped
    </system-out>
        </testcase>
        <testcase name="order-arrived" classname="browse" time="0.000000">
          <skipped message="it was never executed"/>
          <system-out>0 executions: 0 succeeded, 0 failures, 0 errors, 0 time-outs; 0 skipped
    </system-out>
        </testcase>
        <testcase name="order-arrived (join)" classname="browse" time="0.000000">
          <skipped message="nothing came to it"/>
          <system-out>lefts: 0 matched (0 early), 0 missing
    rights: 0 used, 0 late, 0 duplicate, 0 orphan, 0 unkeyed, 0 lost
    window: 1m; late and duplicate rights count as orphans after it
    </system-out>
        </testcase>
        <testcase name="never" classname="browse" time="0.000000">
          <skipped message="it was never executed"/>
          <system-out>0 executions: 0 succeeded, 0 failures, 0 errors, 0 time-outs; 0 skipped
    </system-out>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_void_run_has_errors_and_no_failures() {
    let suites = read(&void());
    assert_eq!((suites.failures, suites.suites[0].failures, suites.suites[0].errors), (0, 0, 2));
    let endings: Vec<_> = suites.suites[0].cases.iter().map(|case| format!("{}: {}", case.original_name, ending(&case.status))).collect();
    insta::assert_snapshot!(endings.join("\n"), @"
    verdict: error void: starts were late: the 99th percentile of 80.0 ms is above 10.0 ms and above 20 % of the first step's median response (20.6 ms), since 500 ms; use fewer minions, more workers or a faster machine
    order: error failed: 12 of 612 executions failed: 12 time-outs
    order-arrived: passed
    order-arrived (join): passed
    never: skipped: it was never executed
    ");
}

#[test]
fn a_reader_finds_what_was_written() {
    let suites = read(&failed());
    let checkout = &suites.suites[1];
    assert_eq!(
        (suites.suites.len(), checkout.name.as_str(), checkout.tests, checkout.failures, checkout.errors, checkout.skipped),
        (3, "checkout", 6, 5, 0, 1)
    );
    assert_eq!((suites.tests, suites.failures, suites.errors, suites.time), (13, 5, 0, 12.0));
    let property = |name: &str| checkout.properties.vec.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!([property("key"), property("seed"), property("verdict")], [Some("shop-20261121-2104-x7k"), Some("42"), Some("failed")]);
    assert!(checkout.system_out.as_deref().is_some_and(|told| told.contains("! checkout/order: the price changed")), "{checkout:?}");
    let join = checkout.cases.iter().find(|case| case.original_name == "order-arrived (join)").expect("the join");
    assert_eq!(join.status.failure_as_ref().message, "12 of 612 lefts missing");
    assert!(join.status.failure_as_ref().text.contains("nothing came for the key `order-17`"), "{join:?}");
    assert!(suites.suites[2].cases.iter().any(|case| case.original_name == "order" && case.status.is_skipped()), "{suites:?}");
}

#[test]
fn foreign_text_comes_through_without_what_xml_cannot_hold() {
    let suites = read(&hostile());
    let told: Vec<_> = suites.suites.iter().map(|suite| suite.name.as_str()).collect();
    assert!(told[0].starts_with("<script>alert(1)</script> ]]> [31m & \"'`|*_ drow"), "{told:?}");
    let case = &suites.suites[1].cases[1];
    assert!(case.status.is_error(), "the run was aborted: {case:?}");
    assert!(case.status.error_as_ref().text.contains("名前 🎉\n\nsecond"), "{case:?}");
    assert!(xml(&hostile()).chars().all(|character| !character.is_control() || character == '\n'));
}

#[test]
fn rules_are_cases_and_decide_about_failures() {
    let endings = |report: &Report| {
        let suites = read(report);
        let cases = suites.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)));
        let told = cases.map(|(suite, case)| format!("{}/{}: {}", suite.name, case.original_name, ending(&case.status)));
        told.filter(|told| told.contains("rule") || told.contains("order-arrived")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(endings(&failed()), @"
    shop-20261121-2104-x7k/rule rate(starts) >= 99.5% of intended: passed
    checkout/verdict: failure failed: rule `missing(step:order-arrived) == 0`: 12, and it had to be == 0
    checkout/rule missing(step:order-arrived) == 0: failure rule: 12, and it had to be == 0
    checkout/order-arrived: failure missing: 12 of 612 executions failed: 12 failures
    checkout/order-arrived (join): failure missing: 12 of 612 lefts missing
    browse/order-arrived: skipped: it was never executed
    browse/order-arrived (join): skipped: nothing came to it
    ");
    insta::assert_snapshot!(endings(&decided()), @"
    checkout/verdict: failure failed: rule `missing(step:order-arrived) == 0`: 12, and it had to be == 0
    checkout/rule missing(step:order-arrived) == 0: failure rule: 12, and it had to be == 0
    checkout/order-arrived: passed
    checkout/order-arrived (join): passed
    browse/order-arrived: skipped: it was never executed
    browse/order-arrived (join): skipped: nothing came to it
    ");
}

#[test]
fn what_befell_the_campaign_alone_is_told_too() {
    let facts = CampaignFacts { end: EndReason::Failed("no route to 10.1.2.3".into()), ..facts() };
    let suites = read(&Report::new(&Snapshot::default(), &facts));
    assert_eq!((suites.tests, suites.failures), (1, 1));
    assert_eq!(suites.suites[0].cases[0].status.failure_as_ref().message, "no route to 10.1.2.3");
}

fn read(report: &Report) -> junit_parser::TestSuites {
    junit_parser::from_reader(xml(report).as_bytes()).expect("what a reader understands")
}

fn ending(status: &junit_parser::TestStatus) -> String {
    match status {
        junit_parser::TestStatus::Success => "passed".to_owned(),
        junit_parser::TestStatus::Error(error) => format!("error {}: {}", error.error_type, error.message),
        junit_parser::TestStatus::Failure(failure) => format!("failure {}: {}", failure.failure_type, failure.message),
        junit_parser::TestStatus::Skipped(skipped) => format!("skipped: {}", skipped.message),
    }
}

/// What the schemas of Jenkins and Surefire have in common: elements, their order, their attributes, and counts that are true.
fn check_schema(xml: &str) {
    let document = Document::parse(xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    let root = document.root_element();
    check_element(root, "testsuites", &["name", "tests", "failures", "errors", "time"], &["testsuite"]);
    for suite in elements(root) {
        let attributes = ["name", "tests", "failures", "errors", "skipped", "time", "timestamp"];
        check_element(suite, "testsuite", &attributes, &["properties", "testcase", "system-out"]);
        assert_eq!(elements(suite).filter(|node| node.has_tag_name("properties")).count(), 1);
        let timestamp = suite.attribute("timestamp").unwrap_or_default();
        assert!(timestamp.len() == 19 && timestamp.as_bytes()[10] == b'T', "{timestamp}");
        let cases: Vec<_> = elements(suite).filter(|node| node.has_tag_name("testcase")).collect();
        let ended = |name: &str| cases.iter().filter(|case| elements(**case).any(|child| child.has_tag_name(name))).count();
        for (attribute, count) in
            [("tests", cases.len()), ("failures", ended("failure")), ("errors", ended("error")), ("skipped", ended("skipped"))]
        {
            assert_eq!(suite.attribute(attribute), Some(count.to_string().as_str()), "{attribute} of {:?}", suite.attribute("name"));
        }
        cases.into_iter().for_each(check_case);
        for property in elements(suite).filter(|node| node.has_tag_name("properties")).flat_map(elements) {
            check_element(property, "property", &["name", "value"], &[]);
        }
    }
}

fn check_case(case: Node<'_, '_>) {
    check_element(case, "testcase", &["name", "classname", "time"], &["skipped", "error", "failure", "system-out"]);
    let endings: Vec<_> = elements(case).filter(|node| !node.has_tag_name("system-out")).collect();
    assert!(endings.len() <= 1, "a case with several endings");
    for ending in endings {
        let attributes: &[&str] = if ending.has_tag_name("skipped") { &["message"] } else { &["type", "message"] };
        check_element(ending, ending.tag_name().name(), attributes, &[]);
    }
}

/// The element's name, exactly these attributes, and no other children than these, in this order.
fn check_element(node: Node<'_, '_>, name: &str, attributes: &[&str], children: &[&str]) {
    assert_eq!(node.tag_name().name(), name);
    let found: Vec<_> = node.attributes().map(|attribute| attribute.name()).collect();
    assert_eq!(found, attributes, "attributes of <{name}>");
    let places: Vec<_> = elements(node)
        .map(|child| {
            let name = child.tag_name().name();
            children.iter().position(|known| *known == name).unwrap_or_else(|| panic!("<{name}> in <{}>", node.tag_name().name()))
        })
        .collect();
    assert!(places.is_sorted(), "the order in <{name}>");
    if let Some(time) = node.attribute("time") {
        assert!(time.parse::<f64>().is_ok_and(|seconds| seconds >= 0.0) && !time.contains('e'), "time {time}");
    }
}

fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

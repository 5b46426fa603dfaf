//! JUnit's XML: what it says, whether it keeps to the schemas, and whether a reader understands it.

use roxmltree::{Document, Node};
use throng_measure::{CampaignFacts, EndReason, Report, Snapshot};

use super::samples::{facts, failed, hostile, successful, void};
use crate::report::ReportFormat;

fn xml(report: &Report) -> String {
    let xml = ReportFormat::Junit.render(report).expect("XML");
    check_schema(&xml);
    xml
}

#[test]
fn a_success() {
    insta::assert_snapshot!(xml(&successful()), @"");
}

#[test]
fn a_failure_with_joins() {
    insta::assert_snapshot!(xml(&failed()), @"");
}

#[test]
fn a_void_run_has_errors_and_no_failures() {
    let suites = read(&void());
    assert_eq!((suites.failures, suites.suites[0].failures, suites.suites[0].errors), (0, 0, 2));
    let endings: Vec<_> = suites.suites[0].cases.iter().map(|case| format!("{}: {}", case.original_name, ending(&case.status))).collect();
    insta::assert_snapshot!(endings.join("\n"), @"");
}

#[test]
fn a_reader_finds_what_was_written() {
    let suites = read(&failed());
    let checkout = &suites.suites[0];
    assert_eq!(
        (suites.suites.len(), checkout.name.as_str(), checkout.tests, checkout.failures, checkout.errors, checkout.skipped),
        (2, "checkout", 5, 3, 0, 1)
    );
    assert_eq!((suites.tests, suites.failures, suites.errors, suites.time), (10, 3, 0, 12.0));
    let property = |name: &str| checkout.properties.vec.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!([property("key"), property("seed"), property("verdict")], [Some("shop-20261121-2104-x7k"), Some("42"), Some("failed")]);
    assert!(checkout.system_out.as_deref().is_some_and(|told| told.contains("! checkout/order: the price changed")), "{checkout:?}");
    let join = checkout.cases.iter().find(|case| case.original_name == "order-arrived (join)").expect("the join");
    assert_eq!(join.status.failure_as_ref().message, "12 of 612 lefts missing");
    assert!(join.status.failure_as_ref().text.contains("nothing came for the key `order-17`"), "{join:?}");
    assert!(suites.suites[1].cases.iter().any(|case| case.original_name == "order" && case.status.is_skipped()), "{suites:?}");
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

//! Writes suites as XML, in the order of elements that JUnit's schemas ask for.

use std::io;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::cases::{Case, Ending, Fault};
use super::{Suite, Suites};
use crate::report::paint::{harmless, one_line};

type Xml = Writer<Vec<u8>>;

pub(super) fn document(suites: &Suites) -> io::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let total = |of: fn(&Ending) -> bool| suites.suites.iter().map(|suite| suite.count(of)).sum::<usize>().to_string();
    xml.create_element("testsuites")
        .with_attributes([
            ("name", one_line(&suites.name).as_str()),
            ("tests", &total(|_| true)),
            ("failures", &total(is_failure)),
            ("errors", &total(is_error)),
            ("time", &seconds(suites.time)),
        ])
        .write_inner_content(|xml| suites.suites.iter().try_for_each(|of| suite(xml, of)))?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn suite(xml: &mut Xml, suite: &Suite) -> io::Result<()> {
    let count = |of: fn(&Ending) -> bool| suite.count(of).to_string();
    xml.create_element("testsuite")
        .with_attributes([
            ("name", one_line(&suite.name).as_str()),
            ("tests", &count(|_| true)),
            ("failures", &count(is_failure)),
            ("errors", &count(is_error)),
            ("skipped", &count(|ending| matches!(ending, Ending::Skipped { .. }))),
            ("time", &seconds(suite.time)),
            ("timestamp", &timestamp(suite.started)),
        ])
        .write_inner_content(|xml| {
            xml.create_element("properties").write_inner_content(|xml| {
                suite.properties.iter().try_for_each(|(name, value)| {
                    let (name, value) = (one_line(name), one_line(value));
                    let attributes = [("name", name.as_str()), ("value", &value)];
                    xml.create_element("property").with_attributes(attributes).write_empty().map(drop)
                })
            })?;
            suite.cases.iter().try_for_each(|of| case(xml, of))?;
            system_out(xml, &suite.told)
        })
        .map(drop)
}

fn case(xml: &mut Xml, case: &Case) -> io::Result<()> {
    let (name, class) = (one_line(&case.name), one_line(&case.class));
    xml.create_element("testcase")
        .with_attributes([("name", name.as_str()), ("classname", &class), ("time", &seconds(case.time))])
        .write_inner_content(|xml| {
            match &case.ending {
                Ending::Passed => {}
                Ending::Skipped { message } => {
                    xml.create_element("skipped").with_attribute(("message", one_line(message).as_str())).write_empty()?;
                }
                Ending::Failure(of) => fault(xml, "failure", of)?,
                Ending::Error(of) => fault(xml, "error", of)?,
            }
            system_out(xml, &case.told)
        })
        .map(drop)
}

fn fault(xml: &mut Xml, element: &str, fault: &Fault) -> io::Result<()> {
    let (kind, message) = (one_line(&fault.kind), one_line(&fault.message));
    let element = xml.create_element(element).with_attributes([("type", kind.as_str()), ("message", &message)]);
    element.write_text_content(BytesText::new(&harmless(&fault.body))).map(drop)
}

fn system_out(xml: &mut Xml, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    xml.create_element("system-out").write_text_content(BytesText::new(&harmless(text))).map(drop)
}

fn is_failure(ending: &Ending) -> bool {
    matches!(ending, Ending::Failure(_))
}

fn is_error(ending: &Ending) -> bool {
    matches!(ending, Ending::Error(_))
}

fn seconds(nanoseconds: u64) -> String {
    format!("{:.6}", nanoseconds as f64 / 1e9)
}

/// In UTC, without a zone: what the schemas ask for.
fn timestamp(unix: u64) -> String {
    let at = Timestamp::from_nanosecond(i128::from(unix)).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

//! Brokers by their addresses, and which of them a document grants.

use std::fmt;

use serde_json::Value as Json;
use throng_model::{ConfigFault, Targets};
use throng_plugin_api::option_fault;

/// The host and port of a broker.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Address {
    /// Reads `host:port`; an IPv6 address has brackets.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let is_host = !host.is_empty() && !host.contains(|letter: char| letter.is_whitespace() || "/@,".contains(letter));
        let is_whole = !host.contains(':') || (host.starts_with('[') && host.ends_with(']'));
        (is_host && is_whole).then_some(())?;
        Some(Self { host: host.to_owned(), port: port.parse().ok()? })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

/// Reads the option `brokers`; `pointer` is its place, nothing in the defaults.
pub(crate) fn read_brokers(json: &Json, pointer: &str, targets: &Targets) -> Result<Vec<Address>, Vec<ConfigFault>> {
    let hint = || Some("write it like `\"127.0.0.1:9092\"` or `[\"one:9092\", \"two:9092\"]`".to_owned());
    let texts =
        read_texts(json).ok_or_else(|| vec![option_fault(pointer, "an address, or a list of addresses, is expected here", hint())])?;
    let (mut addresses, mut faults) = (Vec::new(), Vec::new());
    for text in texts.iter().flat_map(|text| text.split(',')).map(str::trim) {
        match Address::parse(text) {
            None => faults.push(option_fault(pointer, format!("`{text}` is not the address of a broker"), hint())),
            Some(address) if !targets.allows(&address.host, address.port) => {
                let message = format!("the document does not declare the target {address}");
                faults.push(option_fault(pointer, message, Some(line_to_add(targets, &[&address]))));
            }
            Some(address) => addresses.push(address),
        }
    }
    if addresses.is_empty() && faults.is_empty() {
        faults.push(option_fault(pointer, "there is no broker", hint()));
    }
    if faults.is_empty() { Ok(addresses) } else { Err(faults) }
}

/// One text or several.
pub(crate) fn read_texts(json: &Json) -> Option<Vec<String>> {
    match json {
        Json::String(text) => Some(vec![text.clone()]),
        Json::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// What to write into the document so that addresses are granted.
pub(crate) fn line_to_add(targets: &Targets, addresses: &[&Address]) -> String {
    let declared = targets.texts().map(str::to_owned);
    let all: Vec<_> =
        declared.chain(addresses.iter().map(|address| format!("kafka://{address}"))).map(|target| format!("\"{target}\"")).collect();
    match targets.texts().next() {
        None => format!("add `\"targets\": [{}]` to the document", all.join(", ")),
        Some(_) => format!("make it `\"targets\": [{}]` in the document", all.join(", ")),
    }
}

/// Says that a cluster names brokers that the document does not grant; nothing if it grants all of them.
pub(crate) fn not_granted(advertised: &[Address], targets: &Targets) -> Option<String> {
    let mut strangers: Vec<&Address> = Vec::new();
    for address in advertised.iter().filter(|address| !targets.allows(&address.host, address.port)) {
        if !strangers.contains(&address) {
            strangers.push(address);
        }
    }
    let names: Vec<_> = strangers.iter().map(|address| format!("`{address}`")).collect();
    match names.len() {
        0 => None,
        1 => Some(format!(
            "the cluster names the broker {}, which the document does not grant; {}",
            names.join(""),
            line_to_add(targets, &strangers)
        )),
        _ => Some(format!(
            "the cluster names the brokers {}, which the document does not grant; {}",
            names.join(", "),
            line_to_add(targets, &strangers)
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn targets(texts: &[&str]) -> Targets {
        Targets::parse(texts).expect("targets")
    }

    #[test]
    fn brokers_are_addresses_that_are_granted() {
        let granted = targets(&["kafka://one:9092", "tcp://[::1]:9093"]);
        let read = |json: Json| read_brokers(&json, "/brokers", &granted).map(|all| all.iter().map(Address::to_string).collect::<Vec<_>>());
        assert_eq!(read(json!("one:9092")), Ok(vec!["one:9092".to_owned()]));
        assert_eq!(read(json!(["one:9092, [::1]:9093"])), Ok(vec!["one:9092".to_owned(), "[::1]:9093".to_owned()]));
        for wrong in [json!(""), json!([]), json!(7), json!("one"), json!("kafka://one:9092"), json!("::1:9093"), json!("one:port")] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
        let fault = &read(json!("two:9092")).expect_err("not granted")[0];
        assert_eq!(fault.message, "the document does not declare the target two:9092");
        let hint = "make it `\"targets\": [\"kafka://one:9092\", \"tcp://[::1]:9093\", \"kafka://two:9092\"]` in the document";
        assert_eq!(fault.hint.as_deref(), Some(hint));
    }

    #[test]
    fn a_cluster_names_granted_brokers_only() {
        let address = |text: &str| Address::parse(text).expect("an address");
        let granted = targets(&["kafka://one:9092"]);
        assert_eq!(not_granted(&[address("ONE:9092")], &granted), None);
        let said = not_granted(&[address("one:9092"), address("two:9092"), address("two:9092")], &granted).expect("two is a stranger");
        assert!(said.starts_with("the cluster names the broker `two:9092`, which the document does not grant; make it"), "{said}");
    }
}

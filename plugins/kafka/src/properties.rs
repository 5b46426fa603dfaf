//! Which properties of librdkafka a document cannot set, and why. All others it can.

/// Why a property is not the document's to set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) why: &'static str,
    /// The option that says the same.
    option: Option<&'static str>,
}

impl Refusal {
    /// What to do about it.
    pub(crate) fn instead(self) -> String {
        self.option.map_or_else(|| "leave it out".to_owned(), |option| format!("use the option `{option}`"))
    }
}

/// An option of the steps says the same.
const OPTIONS: &[(&str, &str)] = &[
    ("bootstrap.servers", "brokers"),
    ("metadata.broker.list", "brokers"),
    ("group.id", "group"),
    ("auto.offset.reset", "from"),
    ("auto.commit.interval.ms", "commit-interval"),
    ("security.protocol", "tls` or `sasl"),
    ("sasl.mechanism", "sasl.mechanism"),
    ("sasl.mechanisms", "sasl.mechanism"),
    ("sasl.username", "sasl.username"),
    ("sasl.password", "sasl.password"),
    ("ssl.ca.location", "tls.roots"),
    ("ssl.certificate.location", "tls.certificate"),
    ("ssl.key.location", "tls.key"),
    ("ssl.key.password", "tls.key-password"),
    ("enable.ssl.certificate.verification", "tls.insecure"),
    ("acks", "acks"),
    ("request.required.acks", "acks"),
    ("enable.idempotence", "idempotent"),
    ("linger.ms", "linger"),
    ("queue.buffering.max.ms", "linger"),
    ("compression.codec", "compression"),
    ("compression.type", "compression"),
    ("message.timeout.ms", "timeouts.delivery"),
    ("delivery.timeout.ms", "timeouts.delivery"),
    ("socket.timeout.ms", "timeouts.request"),
    ("socket.connection.setup.timeout.ms", "timeouts.connect"),
];

const COMMITS: &str = "an offset is committed once its record was handed over, which is the engine's to know";
const REPORTS: &str = "a step ends when its record is acknowledged, so every acknowledgement is asked for";
const GRANTS: &str = "it tells the engine which brokers there are, so that none is used that is not granted";
const CODE: &str = "it has code or programs of this machine run, which a document may not";
const FILES: &str = "it has files of this machine read or written, which a document may by its own options alone";
const ELSEWHERE: &str = "it has other hosts asked than those that are granted";
const INTERNAL: &str = "it is librdkafka's own business";
const TRANSACTIONS: &str = "a record is acknowledged by itself; transactions cannot be had";

/// Names, and beginnings of names where there is a star.
const REFUSED: &[(&str, &str)] = &[
    ("enable.auto.commit", COMMITS),
    ("auto.commit.enable", COMMITS),
    ("enable.auto.offset.store", COMMITS),
    ("enable.partition.eof", COMMITS),
    ("offset.store.*", COMMITS),
    ("delivery.report.only.error", REPORTS),
    ("produce.offset.report", REPORTS),
    ("statistics.interval.ms", GRANTS),
    ("plugin.library.paths", CODE),
    ("ssl.engine.*", CODE),
    ("ssl.providers", CODE),
    ("ssl_engine*", CODE),
    ("sasl.kerberos.*", CODE),
    ("ssl.keystore.*", FILES),
    ("ssl.crl.location", FILES),
    ("https.*", FILES),
    ("sasl.oauthbearer.*", ELSEWHERE),
    ("enable.sasl.oauthbearer*", ELSEWHERE),
    ("test.mock.*", ELSEWHERE),
    ("transactional.id", TRANSACTIONS),
    ("builtin.features", INTERNAL),
    ("enabled_events", INTERNAL),
    ("internal.*", INTERNAL),
    ("interceptors", INTERNAL),
    ("log.queue", INTERNAL),
    ("opaque", INTERNAL),
    ("default_topic_conf", INTERNAL),
    ("msg_order_cmp", INTERNAL),
];

/// Why this property cannot be set; nothing if it can.
pub(crate) fn refusal(name: &str) -> Option<Refusal> {
    if let Some((_, option)) = OPTIONS.iter().find(|(other, _)| *other == name) {
        return Some(Refusal { why: "there is an option for it, which is checked", option: Some(option) });
    }
    let fits = |pattern: &str| pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start));
    if let Some((_, why)) = REFUSED.iter().find(|(pattern, _)| fits(pattern)) {
        return Some(Refusal { why, option: None });
    }
    // Pointers to functions, by librdkafka's own way of naming them.
    name.ends_with("_cb").then_some(Refusal { why: INTERNAL, option: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_promise_is_refused_by_name() {
        let instead = |name: &str| refusal(name).map(Refusal::instead);
        assert_eq!(instead("group.id").as_deref(), Some("use the option `group`"));
        for name in ["enable.auto.commit", "plugin.library.paths", "offset.store.method", "sasl.kerberos.kinit.cmd", "connect_cb"] {
            assert_eq!(instead(name).as_deref(), Some("leave it out"), "{name}");
        }
        for name in ["session.timeout.ms", "fetch.min.bytes", "broker.address.family", "isolation.level", "ssl.cipher.suites"] {
            assert_eq!(refusal(name), None, "{name}");
        }
    }
}

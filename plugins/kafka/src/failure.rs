//! The codes that failures are grouped by, and which error has which.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use throng_protocols::Failure;

/// No broker could be reached, or the connection broke.
pub(crate) const CONNECTION: &str = "connection";
/// A record was not acknowledged within `timeouts.delivery`.
pub(crate) const DELIVERY_TIMEOUT: &str = "delivery-timeout";
/// A broker has not answered in time.
pub(crate) const REQUEST_TIMEOUT: &str = "request-timeout";
/// The broker does not know the user, or takes the password for wrong.
pub(crate) const AUTHENTICATION: &str = "authentication";
/// The user may not do this.
pub(crate) const NOT_AUTHORIZED: &str = "not-authorized";
/// There is no such topic or partition.
pub(crate) const UNKNOWN_TOPIC: &str = "unknown-topic";
/// The record is larger than client or broker take.
pub(crate) const RECORD_TOO_LARGE: &str = "record-too-large";
/// The connection is not encrypted as the broker wants it.
pub(crate) const TLS: &str = "tls";
/// The client was closed while the record was on its way.
pub(crate) const CLOSED: &str = "closed";
/// Another error of the broker or of librdkafka.
pub(crate) const KAFKA: &str = "kafka";
/// The record cannot be sent as it is.
pub(crate) const BAD_RECORD: &str = "bad-record";
/// The document does not declare a broker that the cluster names.
pub(crate) const NOT_GRANTED: &str = "target-not-granted";
/// The callback's answer is not a record.
pub(crate) const WRONG_ANSWER: &str = "wrong-answer";

/// The code of an error.
pub(crate) fn code_of(code: RDKafkaErrorCode) -> &'static str {
    use RDKafkaErrorCode as Code;
    match code {
        Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve | Code::BrokerNotAvailable => CONNECTION,
        Code::MessageTimedOut => DELIVERY_TIMEOUT,
        Code::OperationTimedOut | Code::RequestTimedOut | Code::TimedOutQueue => REQUEST_TIMEOUT,
        Code::Authentication | Code::SaslAuthenticationFailed | Code::UnsupportedSASLMechanism | Code::IllegalSASLState => AUTHENTICATION,
        Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed | Code::ClusterAuthorizationFailed => NOT_AUTHORIZED,
        Code::UnknownTopic | Code::UnknownPartition | Code::UnknownTopicOrPartition | Code::InvalidTopic => UNKNOWN_TOPIC,
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => RECORD_TOO_LARGE,
        Code::SSL => TLS,
        Code::PurgeQueue | Code::PurgeInflight | Code::BrokerDestroy => CLOSED,
        _ => KAFKA,
    }
}

/// What to do about it; nothing where the words say enough.
pub(crate) fn hint_of(code: &str) -> Option<&'static str> {
    match code {
        CONNECTION => Some("is a broker listening there?"),
        DELIVERY_TIMEOUT => Some("`timeouts.delivery` allows more"),
        REQUEST_TIMEOUT => Some("`timeouts.request` allows more"),
        AUTHENTICATION => Some("look at `sasl`: mechanism, user and password"),
        NOT_AUTHORIZED => Some("grant it to the user of `sasl` on the broker"),
        UNKNOWN_TOPIC => Some("create the topic, or let the broker do it"),
        RECORD_TOO_LARGE => Some("the property `message.max.bytes` and the topic's own limit allow more"),
        TLS => Some("look at `tls`: roots, certificate and key"),
        _ => None,
    }
}

/// An error as a failure: where, the words, what was last heard of the brokers, and what to do.
pub(crate) fn failure(place: &str, error: &KafkaError, heard: Option<String>) -> Failure {
    let code = error.rdkafka_error_code().map_or(KAFKA, code_of);
    let words = error.rdkafka_error_code().map_or_else(|| error.to_string(), |code| code.to_string());
    let mut message = format!("{place}: {words}");
    if let Some(heard) = heard.filter(|_| matches!(code, CONNECTION | DELIVERY_TIMEOUT | REQUEST_TIMEOUT)) {
        message.push_str(&format!("; the last that was heard: {heard}"));
    }
    if let Some(hint) = hint_of(code) {
        message.push_str(&format!("; {hint}"));
    }
    let failure = Failure::error(code, message);
    match code {
        AUTHENTICATION | NOT_AUTHORIZED | RECORD_TOO_LARGE | BAD_RECORD => failure.final_(),
        _ => failure,
    }
}

/// A record that cannot be sent: never retried, it would be the same again.
pub(crate) fn bad_record(message: impl Into<String>) -> Failure {
    Failure::error(BAD_RECORD, message).final_()
}

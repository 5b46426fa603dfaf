//! Packets of both versions, as far as they are used here: what differs between the versions ends in this file.

use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::{self as three, v4};
use rumqttc::v5::mqttbytes::{self as five, v5};

/// The largest packet that is read: what the protocol can carry.
const LARGEST: usize = 268_435_455;

/// The version of the protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    /// 3.1.1.
    Three,
    /// 5.
    Five,
}

/// How surely a message arrives.
#[allow(clippy::enum_variant_names, reason = "the protocol's own names")]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Qos {
    AtMostOnce,
    #[default]
    AtLeastOnce,
    ExactlyOnce,
}

impl Qos {
    pub(crate) fn of(number: u8) -> Option<Self> {
        [Self::AtMostOnce, Self::AtLeastOnce, Self::ExactlyOnce].get(usize::from(number)).copied()
    }

    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    fn three(self) -> three::QoS {
        match self {
            Self::AtMostOnce => three::QoS::AtMostOnce,
            Self::AtLeastOnce => three::QoS::AtLeastOnce,
            Self::ExactlyOnce => three::QoS::ExactlyOnce,
        }
    }

    fn five(self) -> five::QoS {
        match self {
            Self::AtMostOnce => five::QoS::AtMostOnce,
            Self::AtLeastOnce => five::QoS::AtLeastOnce,
            Self::ExactlyOnce => five::QoS::ExactlyOnce,
        }
    }
}

/// What a broker sends.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// The connection is open, or refused.
    Connected(Result<Welcome, Refusal>),
    /// A message.
    Message(Message),
    /// The broker has a message for good, or will not have it.
    Done { id: u16, outcome: Result<(), Refusal> },
    /// The broker has a message of the third kind, and waits to be told that it may pass it on.
    Received { id: u16 },
    /// A message of the third kind may be forgotten.
    Release { id: u16 },
    /// Subscriptions are made, or refused.
    Subscribed(Result<(), Refusal>),
    /// The broker ends the connection.
    Goodbye(Refusal),
    /// Something that needs no answer.
    Other,
}

/// What a broker allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Welcome {
    /// Messages under way at a time.
    pub(crate) most_under_way: u16,
    /// How often it wants to hear of us, in seconds, where that is not what we have said.
    pub(crate) keep_alive: Option<u16>,
}

/// What a broker says when it refuses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    /// Its words, or what its number stands for.
    pub(crate) words: String,
    /// Whether it is about who asks.
    pub(crate) is_about_rights: bool,
}

/// A message, in either direction.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) body: Bytes,
    pub(crate) qos: Qos,
    pub(crate) retain: bool,
    pub(crate) duplicate: bool,
    /// 0 where there is none.
    pub(crate) id: u16,
    pub(crate) properties: Properties,
}

/// What version 5 says of a message beside.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Properties {
    pub(crate) content_type: Option<String>,
    pub(crate) response_topic: Option<String>,
    pub(crate) correlation_data: Option<Bytes>,
    pub(crate) expiry: Option<u32>,
    pub(crate) user: Vec<(String, String)>,
}

/// What is sent beside messages.
#[derive(Clone, Debug)]
pub(crate) enum Outgoing {
    Connect { client_id: String, login: Option<(String, String)>, keep_alive: u16 },
    Subscribe { filters: Vec<String>, qos: Qos },
    Message(Message),
    Acknowledge { id: u16 },
    Received { id: u16 },
    Release { id: u16 },
    Complete { id: u16 },
    Ping,
    Goodbye,
}

impl Version {
    /// The next packet, taken from the buffer; none before it is whole.
    ///
    /// # Errors
    /// What comes is no packet.
    pub(crate) fn read(self, buffer: &mut BytesMut) -> Result<Option<Incoming>, String> {
        match self {
            Self::Three => match v4::Packet::read(buffer, LARGEST) {
                Ok(packet) => Ok(Some(of_three(packet))),
                Err(three::Error::InsufficientBytes(_)) => Ok(None),
                Err(error) => Err(error.to_string()),
            },
            Self::Five => match v5::Packet::read(buffer, Some(LARGEST as u32)) {
                Ok(packet) => Ok(Some(of_five(packet))),
                Err(five::Error::InsufficientBytes(_)) => Ok(None),
                Err(error) => Err(error.to_string()),
            },
        }
    }

    /// Writes a packet to the end of the buffer.
    ///
    /// # Errors
    /// It cannot be written, such as for its size.
    pub(crate) fn write(self, packet: Outgoing, buffer: &mut BytesMut) -> Result<(), String> {
        match self {
            Self::Three => to_three(packet).write(buffer, LARGEST).map(drop).map_err(|error| error.to_string()),
            Self::Five => to_five(packet).write(buffer, Some(LARGEST as u32)).map(drop).map_err(|error| error.to_string()),
        }
    }
}

/// Whether a filter can stand in a subscription.
pub(crate) fn is_filter(text: &str) -> bool {
    three::valid_filter(text)
}

/// Whether a topic can be published to.
pub(crate) fn is_topic(text: &str) -> bool {
    !text.is_empty() && three::valid_topic(text)
}

fn of_three(packet: v4::Packet) -> Incoming {
    match packet {
        v4::Packet::ConnAck(v4::ConnAck { code, .. }) => Incoming::Connected(match code {
            v4::ConnectReturnCode::Success => Ok(Welcome { most_under_way: u16::MAX, keep_alive: None }),
            code => {
                let is_about_rights = matches!(code, v4::ConnectReturnCode::BadUserNamePassword | v4::ConnectReturnCode::NotAuthorized);
                Err(Refusal { words: format!("{code:?}"), is_about_rights })
            }
        }),
        v4::Packet::Publish(publish) => Incoming::Message(Message {
            topic: publish.topic,
            body: publish.payload,
            qos: Qos::of(publish.qos as u8).unwrap_or_default(),
            retain: publish.retain,
            duplicate: publish.dup,
            id: publish.pkid,
            properties: Properties::default(),
        }),
        v4::Packet::PubAck(ack) => Incoming::Done { id: ack.pkid, outcome: Ok(()) },
        v4::Packet::PubRec(ack) => Incoming::Received { id: ack.pkid },
        v4::Packet::PubRel(release) => Incoming::Release { id: release.pkid },
        v4::Packet::PubComp(ack) => Incoming::Done { id: ack.pkid, outcome: Ok(()) },
        v4::Packet::SubAck(ack) => {
            let is_refused = ack.return_codes.contains(&v4::SubscribeReasonCode::Failure);
            let refusal = || Refusal { words: "Failure".to_owned(), is_about_rights: true };
            Incoming::Subscribed(if is_refused { Err(refusal()) } else { Ok(()) })
        }
        v4::Packet::Disconnect => Incoming::Goodbye(Refusal { words: "Disconnect".to_owned(), is_about_rights: false }),
        _ => Incoming::Other,
    }
}

fn to_three(packet: Outgoing) -> v4::Packet {
    match packet {
        Outgoing::Connect { client_id, login, keep_alive } => {
            let login = login.map(|(user, password)| v4::Login::new(user, password));
            v4::Packet::Connect(v4::Connect {
                protocol: three::Protocol::V4,
                keep_alive,
                client_id,
                clean_session: true,
                last_will: None,
                login,
            })
        }
        Outgoing::Subscribe { filters, qos } => {
            let filters = filters.into_iter().map(|filter| v4::SubscribeFilter::new(filter, qos.three()));
            let mut subscribe = v4::Subscribe::new_many(filters);
            subscribe.pkid = 1;
            v4::Packet::Subscribe(subscribe)
        }
        Outgoing::Message(message) => v4::Packet::Publish(v4::Publish {
            dup: false,
            qos: message.qos.three(),
            retain: message.retain,
            topic: message.topic,
            pkid: message.id,
            payload: message.body,
        }),
        Outgoing::Acknowledge { id } => v4::Packet::PubAck(v4::PubAck::new(id)),
        Outgoing::Received { id } => v4::Packet::PubRec(v4::PubRec::new(id)),
        Outgoing::Release { id } => v4::Packet::PubRel(v4::PubRel::new(id)),
        Outgoing::Complete { id } => v4::Packet::PubComp(v4::PubComp::new(id)),
        Outgoing::Ping => v4::Packet::PingReq,
        Outgoing::Goodbye => v4::Packet::Disconnect,
    }
}

fn of_five(packet: v5::Packet) -> Incoming {
    let refusal = |words: &dyn std::fmt::Debug, reason: Option<String>, is_about_rights| {
        let words = format!("{words:?}");
        Refusal { words: reason.map_or(words.clone(), |reason| format!("{words}, {reason}")), is_about_rights }
    };
    match packet {
        v5::Packet::ConnAck(v5::ConnAck { code, properties, .. }) => Incoming::Connected(match code {
            v5::ConnectReturnCode::Success => {
                let most = properties.as_ref().and_then(|properties| properties.receive_max).unwrap_or(u16::MAX);
                Ok(Welcome { most_under_way: most, keep_alive: properties.and_then(|properties| properties.server_keep_alive) })
            }
            code => {
                let is_about_rights = matches!(code, v5::ConnectReturnCode::BadUserNamePassword | v5::ConnectReturnCode::NotAuthorized);
                Err(refusal(&code, properties.and_then(|properties| properties.reason_string), is_about_rights))
            }
        }),
        v5::Packet::Publish(publish) => {
            let given = publish.properties.unwrap_or_default();
            Incoming::Message(Message {
                topic: String::from_utf8_lossy(&publish.topic).into_owned(),
                body: publish.payload,
                qos: Qos::of(publish.qos as u8).unwrap_or_default(),
                retain: publish.retain,
                duplicate: publish.dup,
                id: publish.pkid,
                properties: Properties {
                    content_type: given.content_type,
                    response_topic: given.response_topic,
                    correlation_data: given.correlation_data,
                    expiry: given.message_expiry_interval,
                    user: given.user_properties,
                },
            })
        }
        v5::Packet::PubAck(ack) => {
            let outcome = match ack.reason {
                v5::PubAckReason::Success | v5::PubAckReason::NoMatchingSubscribers => Ok(()),
                reason => Err(refusal(
                    &reason,
                    ack.properties.and_then(|properties| properties.reason_string),
                    reason == v5::PubAckReason::NotAuthorized,
                )),
            };
            Incoming::Done { id: ack.pkid, outcome }
        }
        v5::Packet::PubRec(ack) => match ack.reason {
            v5::PubRecReason::Success | v5::PubRecReason::NoMatchingSubscribers => Incoming::Received { id: ack.pkid },
            reason => {
                let outcome = Err(refusal(
                    &reason,
                    ack.properties.and_then(|properties| properties.reason_string),
                    reason == v5::PubRecReason::NotAuthorized,
                ));
                Incoming::Done { id: ack.pkid, outcome }
            }
        },
        v5::Packet::PubRel(release) => Incoming::Release { id: release.pkid },
        v5::Packet::PubComp(ack) => Incoming::Done { id: ack.pkid, outcome: Ok(()) },
        v5::Packet::SubAck(ack) => {
            let refused = ack.return_codes.iter().find(|code| !matches!(code, v5::SubscribeReasonCode::Success(_)));
            let reason = ack.properties.as_ref().and_then(|properties| properties.reason_string.clone());
            Incoming::Subscribed(match refused {
                None => Ok(()),
                Some(code) => Err(refusal(code, reason, *code == v5::SubscribeReasonCode::NotAuthorized)),
            })
        }
        v5::Packet::Disconnect(v5::Disconnect { reason_code, properties }) => {
            let reason = properties.and_then(|properties| properties.reason_string);
            Incoming::Goodbye(refusal(&reason_code, reason, reason_code == v5::DisconnectReasonCode::NotAuthorized))
        }
        _ => Incoming::Other,
    }
}

fn to_five(packet: Outgoing) -> v5::Packet {
    match packet {
        Outgoing::Connect { client_id, login, keep_alive } => {
            let login = login.map(|(user, password)| v5::Login::new(user, password));
            v5::Packet::Connect(v5::Connect { keep_alive, client_id, clean_start: true, properties: None }, None, login)
        }
        Outgoing::Subscribe { filters, qos } => {
            let filters = filters.into_iter().map(|filter| v5::Filter::new(filter, qos.five()));
            v5::Packet::Subscribe(v5::Subscribe { pkid: 1, filters: filters.collect(), properties: None })
        }
        Outgoing::Message(message) => {
            let properties = (message.properties != Properties::default()).then(|| v5::PublishProperties {
                content_type: message.properties.content_type,
                response_topic: message.properties.response_topic,
                correlation_data: message.properties.correlation_data,
                message_expiry_interval: message.properties.expiry,
                user_properties: message.properties.user,
                ..v5::PublishProperties::default()
            });
            v5::Packet::Publish(v5::Publish {
                dup: false,
                qos: message.qos.five(),
                retain: message.retain,
                topic: message.topic.into(),
                pkid: message.id,
                payload: message.body,
                properties,
            })
        }
        Outgoing::Acknowledge { id } => v5::Packet::PubAck(v5::PubAck::new(id, None)),
        Outgoing::Received { id } => v5::Packet::PubRec(v5::PubRec::new(id, None)),
        Outgoing::Release { id } => v5::Packet::PubRel(v5::PubRel::new(id, None)),
        Outgoing::Complete { id } => v5::Packet::PubComp(v5::PubComp::new(id, None)),
        Outgoing::Ping => v5::Packet::PingReq(v5::PingReq),
        Outgoing::Goodbye => v5::Packet::Disconnect(v5::Disconnect::new(v5::DisconnectReasonCode::NormalDisconnection)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_as_they_went() {
        let user = vec![("zone".to_owned(), "eu".to_owned())];
        let properties = Properties { content_type: Some("text/plain".to_owned()), user, ..Properties::default() };
        for version in [Version::Three, Version::Five] {
            let properties = if version == Version::Five { properties.clone() } else { Properties::default() };
            let sent = Message {
                topic: "a/b".into(),
                body: "pen".into(),
                qos: Qos::ExactlyOnce,
                id: 7,
                retain: true,
                properties,
                duplicate: false,
            };
            let mut buffer = BytesMut::new();
            version.write(Outgoing::Message(sent.clone()), &mut buffer).expect("written");
            let whole = buffer.clone();
            for cut in 0..whole.len() {
                let mut part = BytesMut::from(whole.get(..cut).expect("inside"));
                assert!(matches!(version.read(&mut part), Ok(None)), "{version:?} at {cut}");
            }
            match version.read(&mut buffer) {
                Ok(Some(Incoming::Message(message))) => assert_eq!(message, sent),
                other => panic!("{version:?}: {other:?}"),
            }
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn topics_have_no_wildcards() {
        assert!(is_filter("a/+/b") && is_filter("#") && !is_filter("a/#/b") && !is_filter("a+") && !is_filter(""));
        assert!(is_topic("a/b") && !is_topic("a/+") && !is_topic(""));
    }
}

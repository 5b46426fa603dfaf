//! Proxies: what connections go through on their way to their origin.

use std::collections::BTreeMap;
use std::rc::Rc;

use http::HeaderValue;
use serde_json::Value as Json;
use throng_model::{ConfigFault, Targets, Template, TemplatePart};
use throng_plugin_api::{OpenError, option_fault as fault, read_options as read};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::auth::basic;
use crate::options::ProxyOptions;
use crate::origin::{Address, Origin, Scheme};
use crate::socks::{connect_4, connect_5};
use crate::source::line_to_add;
use crate::stream::CountedSocket;
use throng_plugin_api::parse_template;

/// Bytes of a proxy's answer, at most.
const ANSWER: usize = 8 * 1024;
/// Headers of a proxy's answer, at most.
const HEADERS: usize = 64;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Protocol {
    Http,
    Socks4,
    Socks5,
}

/// A proxy, as a document names it.
#[derive(Debug)]
pub(crate) struct ProxyPlan {
    protocol: Protocol,
    address: Address,
    user: Option<Template>,
    password: Option<Template>,
}

/// A proxy on one worker.
#[derive(Debug)]
pub(crate) struct Proxy {
    protocol: Protocol,
    /// Where it listens.
    pub(crate) origin: Rc<Origin>,
    credentials: Option<(String, String)>,
    /// What an HTTP proxy is told of them.
    authorization: Option<HeaderValue>,
}

/// Why a proxy makes no way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProxyError {
    #[error("its answer is no HTTP")]
    NoHttp,
    #[error("it answers {status} {reason}{}", if *.status == 407 { "; set `proxy.user` and `proxy.password`" } else { "" })]
    Refused { status: u16, reason: String },
    #[error("its answer is no SOCKS")]
    NoSocks,
    #[error("{0}")]
    Socks(&'static str),
    #[error(transparent)]
    Socket(#[from] std::io::Error),
}

impl ProxyPlan {
    /// Reads the option `proxy`.
    pub(crate) fn read(json: &Json, targets: &Targets) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/proxy";
        let options: ProxyOptions = read(json, POINTER)?;
        let wrong = |place: &str, message: String, hint: Option<String>| vec![fault(format!("{POINTER}{place}"), message, hint)];
        let hint = || Some("write it like `{\"url\": \"http://127.0.0.1:3128\"}` or with `socks5://127.0.0.1:1080`".to_owned());
        let Some(url) = options.url else { return Err(wrong("", "the proxy has no `url`".to_owned(), hint())) };
        let (protocol, rest) = match url.split_once("://") {
            Some(("http", rest)) => (Protocol::Http, rest),
            Some(("socks5" | "socks5h", rest)) => (Protocol::Socks5, rest),
            Some(("socks4" | "socks4a", rest)) => (Protocol::Socks4, rest),
            _ => return Err(wrong("/url", format!("`{url}` is no proxy: it begins with none of `http`, `socks5` and `socks4`"), hint())),
        };
        let place = rest.trim_end_matches('/');
        let has_port = place.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let parsed = format!("http://{place}").parse().map_err(|error: http::uri::InvalidUri| error.to_string());
        let address = parsed.and_then(|uri| Address::of(&uri).map_err(str::to_owned));
        let address = match address {
            Ok(address) if has_port => address,
            Ok(_) => return Err(wrong("/url", format!("`{url}` has no port"), hint())),
            Err(reason) => return Err(wrong("/url", format!("`{url}` is no proxy: {reason}"), hint())),
        };
        if !targets.allows(&address.host, address.port) {
            let message = format!("the document does not declare the proxy {address} among its targets");
            return Err(wrong("/url", message, Some(line_to_add(targets, &address))));
        }
        if protocol == Protocol::Socks4 && options.password.is_some() {
            return Err(wrong("/password", "SOCKS4 knows no passwords".to_owned(), Some("leave it out, or use `socks5://`".to_owned())));
        }
        let template = |text: Option<&String>, place: &str| text.map(|text| settled(text, place)).transpose();
        let user = template(options.user.as_ref(), "/proxy/user")?;
        Ok(Self { protocol, address, user, password: template(options.password.as_ref(), "/proxy/password")? })
    }

    /// The proxy on one worker.
    ///
    /// # Errors
    /// A setting is not there, or has what no header can have.
    pub(crate) fn attach(&self, settings: &BTreeMap<String, String>) -> Result<Proxy, OpenError> {
        let error = |message: String| OpenError { message, hint: None };
        let origin = Origin::new(self.address.clone()).map_err(|wrong| error(wrong.to_string()))?;
        let fill = |template: &Option<Template>| template.as_ref().map(|template| filled(template, settings)).transpose().map_err(error);
        let (user, password) = (fill(&self.user)?, fill(&self.password)?);
        let credentials = match (user, password) {
            (None, None) => None,
            (user, password) => Some((user.unwrap_or_default(), password.unwrap_or_default())),
        };
        let authorization = match (&credentials, self.protocol) {
            (Some((user, password)), Protocol::Http) => Some(basic(user, password).map_err(|failure| error(failure.message.to_string()))?),
            _ => None,
        };
        Ok(Proxy { protocol: self.protocol, origin: Rc::new(origin), credentials, authorization })
    }
}

impl Proxy {
    /// Whether it is sent requests with whole URLs for such an origin, in place of a tunnel to it.
    pub(crate) fn is_asked_for(&self, address: &Address) -> bool {
        self.protocol == Protocol::Http && address.scheme == Scheme::Http
    }

    /// What it wants to know of who asks; for requests with whole URLs.
    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// Makes a connection to the proxy one to an address behind it, whose name the proxy resolves.
    ///
    /// # Errors
    /// The proxy does not want to, or is none.
    pub(crate) async fn tunnel(&self, socket: &mut CountedSocket, address: &Address) -> Result<(), ProxyError> {
        match self.protocol {
            Protocol::Http => self.connect(socket, address).await,
            Protocol::Socks5 => connect_5(socket, address, self.credentials.as_ref()).await,
            Protocol::Socks4 => connect_4(socket, address, self.credentials.as_ref().map(|(user, _)| user.as_str())).await,
        }
    }

    /// Asks for a tunnel by `CONNECT`.
    async fn connect(&self, socket: &mut CountedSocket, address: &Address) -> Result<(), ProxyError> {
        let place = format!("{}:{}", address.host, address.port);
        let mut request = format!("CONNECT {place} HTTP/1.1\r\nhost: {place}\r\n").into_bytes();
        if let Some(authorization) = &self.authorization {
            request.extend_from_slice(b"proxy-authorization: ");
            request.extend_from_slice(authorization.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        socket.write_all(&request).await?;
        // Byte by byte: what comes behind the head is the other side's already.
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() == ANSWER {
                return Err(ProxyError::NoHttp);
            }
            head.push(socket.read_u8().await?);
        }
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut answer = httparse::Response::new(&mut headers);
        answer.parse(&head).map_err(|_| ProxyError::NoHttp)?;
        match (answer.code, answer.reason) {
            (Some(200..=299), _) => Ok(()),
            (Some(status), reason) => Err(ProxyError::Refused { status, reason: reason.unwrap_or_default().to_owned() }),
            (None, _) => Err(ProxyError::NoHttp),
        }
    }
}

/// A text whose holes are settings alone: a proxy is the same for all minions.
fn settled(text: &str, pointer: &str) -> Result<Template, Vec<ConfigFault>> {
    let template = parse_template(text).map_err(|message| vec![fault(pointer, message, None)])?;
    let is_settled = |part: &TemplatePart| matches!(part, TemplatePart::Text(_) | TemplatePart::Setting(_));
    match template.parts.iter().all(is_settled) {
        true => Ok(template),
        false => Err(vec![fault(pointer, "a proxy is the same for all minions: only `{setting:NAME}` is filled here", None)]),
    }
}

fn filled(template: &Template, settings: &BTreeMap<String, String>) -> Result<String, String> {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => Ok(text.clone()),
        TemplatePart::Setting(name) => settings
            .get(name)
            .cloned()
            .ok_or_else(|| format!("the option `proxy` wants the setting `{name}`, which the scenario does not have")),
        _ => Ok(String::new()),
    };
    template.parts.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointer(json: Json) -> String {
        let targets = Targets::parse(&["tcp://127.0.0.1:3128"]).expect("a target");
        ProxyPlan::read(&json, &targets).err().map_or_else(String::new, |faults| faults[0].pointer.clone())
    }

    #[test]
    fn proxies_are_read() {
        for right in ["http://127.0.0.1:3128", "socks5://127.0.0.1:3128/", "socks5h://127.0.0.1:3128", "socks4://127.0.0.1:3128"] {
            assert_eq!(pointer(json!({ "url": right })), "", "{right}");
        }
        for wrong in
            ["127.0.0.1:3128", "ftp://127.0.0.1:3128", "http://127.0.0.1", "socks5://", "http://a:b@127.0.0.1:3128", "http://other:1"]
        {
            assert_eq!(pointer(json!({ "url": wrong })), "/proxy/url", "{wrong}");
        }
        assert_eq!(pointer(json!({})), "/proxy");
        assert_eq!(pointer(json!({ "url": "socks4://127.0.0.1:3128", "password": "x" })), "/proxy/password");
        assert_eq!(pointer(json!({ "url": "http://127.0.0.1:3128", "user": "{minion}" })), "/proxy/user");
        assert_eq!(pointer(json!({ "ulr": "" })), "/proxy/ulr");
    }

    #[test]
    fn credentials_are_settings() {
        let targets = Targets::parse(&["tcp://127.0.0.1:3128"]).expect("a target");
        let json = json!({ "url": "http://127.0.0.1:3128", "user": "ada", "password": "{setting:password}" });
        let plan = ProxyPlan::read(&json, &targets).expect("right");
        let proxy = plan.attach(&BTreeMap::from([("password".to_owned(), "x".to_owned())])).expect("a setting");
        assert_eq!(proxy.authorization().expect("credentials"), "Basic YWRhOng=");
        assert!(plan.attach(&BTreeMap::new()).expect_err("no setting").message.contains("`password`"));
    }
}

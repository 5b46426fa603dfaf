//! Who asks: the header `authorization` of a step's requests.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use serde_json::Value as Json;
use throng_model::{ConfigFault, Template};
use throng_plugin_api::{Visit, option_fault as fault, read_options as read};
use throng_protocols::Failure;

use crate::failure::bad_request;
use crate::options::{AuthOptions, BasicOptions};
use throng_plugin_api::parse_template;

/// What a server knows the asking one by.
#[derive(Clone, Debug)]
pub(crate) enum Auth {
    Basic { user: Template, password: Template },
    Bearer(Template),
}

impl Auth {
    /// Reads the option `auth`.
    pub(crate) fn read(json: &Json) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/auth";
        let AuthOptions { basic, bearer } = read(json, POINTER)?;
        let template =
            |text: &str, place: &str| parse_template(text).map_err(|message| vec![fault(format!("{POINTER}{place}"), message, None)]);
        match (basic, bearer) {
            (Some(basic), None) => {
                let BasicOptions { user, password } = read(&basic, "/auth/basic")?;
                if user.contains(':') && !user.contains("{setting:") {
                    let message = format!("`{user}` cannot be a name here: a colon ends it");
                    return Err(vec![fault("/auth/basic/user", message, Some("leave the colon out".to_owned()))]);
                }
                Ok(Self::Basic { user: template(&user, "/basic/user")?, password: template(&password, "/basic/password")? })
            }
            (None, Some(token)) => Ok(Self::Bearer(template(&token, "/bearer")?)),
            _ => {
                let hint =
                    "write `{\"basic\": {\"user\": \"ada\", \"password\": \"{setting:password}\"}}` or `{\"bearer\": \"{setting:token}\"}`";
                Err(vec![fault(POINTER, "there is to be either `basic` or `bearer`", Some(hint.to_owned()))])
            }
        }
    }

    /// The header's value for one visit.
    ///
    /// # Errors
    /// A filled hole has brought in what no header can have.
    pub(crate) fn header(&self, visit: &Visit<'_>) -> Result<HeaderValue, Failure> {
        match self {
            Self::Basic { user, password } => basic(&visit.render(user), &visit.render(password)),
            Self::Bearer(token) => value(format!("Bearer {}", visit.render(token))),
        }
    }
}

/// A name and a password as one header's value.
pub(crate) fn basic(user: &str, password: &str) -> Result<HeaderValue, Failure> {
    value(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
}

fn value(text: String) -> Result<HeaderValue, Failure> {
    // What it is stays untold: it may be a secret.
    let mut value = HeaderValue::try_from(text).map_err(|_| bad_request("the credentials have a character that no header can have"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_passwords_are_encoded() {
        assert_eq!(basic("Aladdin", "open sesame").expect("right"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[test]
    fn wrong_ones_are_refused() {
        let pointer = |json: Json| Auth::read(&json).expect_err("wrong")[0].pointer.clone();
        assert_eq!(pointer(json!({})), "/auth");
        assert_eq!(pointer(json!({ "basic": {}, "bearer": "x" })), "/auth");
        assert_eq!(pointer(json!({ "basic": { "name": "x" } })), "/auth/basic/name");
        assert_eq!(pointer(json!({ "basic": { "user": "a:b" } })), "/auth/basic/user");
        assert_eq!(pointer(json!({ "bearer": "{tokn}" })), "/auth/bearer");
    }
}

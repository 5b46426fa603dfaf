//! Settings: what a campaign may set for a scenario (`-c shop=http://…`), with the type that the engine checks before load.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::duration::written;
use crate::platform;

/// A declared setting. Its value is there when the scenario is built and in every closure.
///
/// ```
/// use throng::{http, scenario, Setting};
///
/// let shop = Setting::text("shop", "http://127.0.0.1:8080").about("where the shop answers");
/// let server = http(shop.value());
/// scenario("checkout").setting(&shop);
/// ```
#[derive(Clone, Debug)]
pub struct Setting<T> {
    pub(crate) declaration: Declaration,
    default: T,
    parse: fn(&str) -> Option<T>,
    of: PhantomData<T>,
}

#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    name: String,
    kind: &'static str,
    default: Json,
    about: String,
    required: bool,
    secret: bool,
}

impl Declaration {
    pub(crate) fn document(&self) -> Json {
        let mut fields = serde_json::Map::new();
        fields.insert("name".into(), self.name.as_str().into());
        fields.insert("type".into(), self.kind.into());
        if self.required {
            fields.insert("required".into(), true.into());
        } else {
            fields.insert("default".into(), self.default.clone());
        }
        if self.secret {
            fields.insert("secret".into(), true.into());
        }
        if !self.about.is_empty() {
            fields.insert("description".into(), self.about.as_str().into());
        }
        Json::Object(fields)
    }
}

impl<T: Clone> Setting<T> {
    fn new(name: impl Into<String>, kind: &'static str, default: T, written: Json, parse: fn(&str) -> Option<T>) -> Self {
        let declaration = Declaration { name: name.into(), kind, default: written, about: String::new(), required: false, secret: false };
        Self { declaration, default, parse, of: PhantomData }
    }

    /// What it is for, shown by `throng inspect`.
    #[must_use]
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.declaration.about = about.into();
        self
    }

    /// A campaign must set it; the default is only for `describe` and tests.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.declaration.required = true;
        self
    }

    /// Not to be shown in reports and logs.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.declaration.secret = true;
        self
    }

    /// What the campaign set, otherwise the default. A value of another type is refused when the scenario is described.
    pub fn value(&self) -> T {
        let Some(text) = platform::setting(&self.declaration.name) else { return self.default.clone() };
        (self.parse)(&text).unwrap_or_else(|| {
            FAULTS.with_borrow_mut(|faults| {
                faults.push(format!("the setting `{}` is `{text}`, which is no {}", self.declaration.name, self.declaration.kind));
            });
            self.default.clone()
        })
    }
}

impl Setting<String> {
    /// A text.
    pub fn text(name: impl Into<String>, default: impl Into<String>) -> Self {
        let default = default.into();
        let written = default.as_str().into();
        Self::new(name, "text", default, written, |text| Some(text.to_owned()))
    }
}

impl Setting<i64> {
    /// A whole number.
    pub fn integer(name: impl Into<String>, default: i64) -> Self {
        Self::new(name, "integer", default, default.into(), |text| text.parse().ok())
    }
}

impl Setting<f64> {
    /// A number.
    pub fn number(name: impl Into<String>, default: f64) -> Self {
        Self::new(name, "number", default, json!(default), |text| text.parse().ok())
    }
}

impl Setting<bool> {
    /// `true` or `false`.
    pub fn boolean(name: impl Into<String>, default: bool) -> Self {
        Self::new(name, "boolean", default, default.into(), |text| text.parse().ok())
    }
}

impl Setting<Duration> {
    /// A duration like `250ms`.
    pub fn duration(name: impl Into<String>, default: Duration) -> Self {
        Self::new(name, "duration", default, written(default).into(), crate::duration::parse)
    }
}

thread_local! {
    /// Values that could not be read since the scenario's building began.
    static FAULTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Builds, and tells which settings could not be read meanwhile.
pub(crate) fn collect_faults<T>(build: impl FnOnce() -> T) -> (T, Vec<String>) {
    FAULTS.take();
    let built = build();
    (built, FAULTS.take())
}

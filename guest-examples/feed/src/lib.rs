//! A source plugin that polls a feed: `throng run orders.json --plugin feed.wasm`.
//!
//! It targets the world `source-plugin` of `wit/plugin` and sends its requests itself, over `wasi:http`, to what the document declares under
//! `targets`.

mod exchange;
mod feed;

use std::cell::RefCell;
use std::collections::BTreeMap;

use bindings::exports::throng::plugin::source_kinds::{Guest, Refusal};
use bindings::throng::types::calls::{Context, Failure, FailureKind, Output};
use bindings::throng::types::values::{Input, Value};

use crate::feed::{Feed, Options};

mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/host", "../../wit/http", "../../wit/kafka", "../../wit/scenario", "../../wit/plugin"],
        world: "throng:plugin/source-plugin",
        generate_all,
    });
}

thread_local! {
    /// The feeds that were configured, by the engine's numbers. A source has an instance of its own, so this is one feed as a rule.
    static FEEDS: RefCell<BTreeMap<u32, Feed>> = const { RefCell::new(BTreeMap::new()) };
}

/// The plugin.
pub struct Feeds;

impl Guest for Feeds {
    fn describe() -> String {
        include_str!("description.json").into()
    }

    fn configure(source: u32, _kind: String, options: String) -> Result<(), Vec<Refusal>> {
        let refusal = |pointer: &str, message: String| vec![Refusal { pointer: pointer.into(), message, hint: None }];
        let options: Options = serde_json::from_str(&options).map_err(|error| refusal("", error.to_string()))?;
        let feed = Feed::new(options).map_err(|message| refusal("/url", message))?;
        FEEDS.with_borrow_mut(|feeds| feeds.insert(source, feed));
        Ok(())
    }

    fn next(source: u32, _context: Context, asked: Input<'_>) -> Result<Output, Failure> {
        let feed = FEEDS.with_borrow_mut(|feeds| feeds.remove(&source));
        let mut feed = feed.ok_or_else(|| failure("unknown-source", "the engine never told of this source".into(), false))?;
        if matches!(asked, Input::Integer(0)) {
            feed.begin();
        }
        let items =
            exchange::get(feed.url(), &feed.path()).map_err(|message| failure("request", message, true)).and_then(|(status, body)| {
                if status != 200 {
                    return Err(failure("status", format!("{} was answered with {status}", feed.path()), true));
                }
                feed.read(&body).map_err(|message| failure("no-list", message, false))
            });
        FEEDS.with_borrow_mut(|feeds| feeds.insert(source, feed));
        Ok(Output::Many(items?.into_iter().map(Value::Json).collect()))
    }
}

/// One that can be asked again is a bad record, and not the end.
fn failure(code: &str, message: String, retryable: bool) -> Failure {
    Failure { kind: FailureKind::Error, code: Some(code.into()), message, retryable }
}

#[cfg(target_arch = "wasm32")]
bindings::export!(Feeds with_types_in bindings);

//! Callbacks: which uses there are, and whether a place names one that is made for it.

use super::kinds;
use crate::document::{CallbackDeclaration, Document};
use crate::nearest::name_hint;
use crate::{CallbackNumber, Catalog, Fault};

/// The uses that need no plugin.
const USES: [&str; 17] = [
    "map",
    "returns",
    "recover",
    "verify-and-map",
    "execute",
    "flat-map",
    "catch-exhausted",
    "filter",
    "on-each",
    "verify",
    "catch-errors",
    "validate",
    "key",
    "datasource",
    "number",
    "pace",
    "profile",
];

/// Faults of the list of callbacks itself.
pub(super) fn check_declarations(document: &Document, catalog: &dyn Catalog, faults: &mut Vec<Fault>) {
    // Kinds out of components call nobody.
    let natives = catalog.kinds().into_iter().filter(|(_, plugin)| !kinds::is_address(plugin));
    let requests: Vec<String> = natives.map(|(_, plugin)| format!("request:{plugin}")).collect();
    for (index, callback) in document.callbacks.iter().enumerate() {
        let uses = USES.into_iter().chain(["rate"]).chain(requests.iter().map(String::as_str));
        if uses.clone().any(|usage| usage == callback.usage) {
            continue;
        }
        let message = format!("the callback `{}` has the unknown use `{}`", callback.name, callback.usage);
        faults.push(Fault::new(format!("/callbacks/{index}/use"), message, name_hint(&callback.usage, uses)));
    }
}

/// Whether a callback may be at a place that needs this use: else what is wrong and what to do.
pub(super) fn check_place(
    callbacks: &[CallbackDeclaration],
    callback: u32,
    required_use: &str,
) -> Result<CallbackNumber, (String, Option<String>)> {
    let fitting = callbacks.iter().position(|other| other.usage == required_use);
    let fitting = fitting.and_then(|index| Some((index, callbacks.get(index)?)));
    let other = fitting.map(|(index, other)| format!("callback {index}, `{}`, is made for it", other.name));
    match callbacks.get(callback as usize) {
        None => {
            let message = format!("there is no callback {callback}, the document declares {}", callbacks.len());
            Err((message, other.or_else(|| Some(format!("declare one with the use `{required_use}`; they are counted from 0")))))
        }
        Some(found) if found.usage != required_use => {
            let message =
                format!("callback {callback}, `{}`, is made for `{}`, here one for `{required_use}` is needed", found.name, found.usage);
            Err((message, other.or_else(|| Some(format!("declare one with the use `{required_use}`")))))
        }
        Some(_) => Ok(CallbackNumber(callback)),
    }
}

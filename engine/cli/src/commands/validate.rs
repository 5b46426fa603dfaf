//! `throng validate`: all that is wrong with a document, or that nothing is.

use std::io::Write;

use throng_model::{Catalog, Faults};

/// How the result is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ValidateArguments {
    /// `{"valid": …, "faults": […]}` instead of a line per scenario.
    pub(crate) json: bool,
}

/// Checks a document and prints a line per scenario.
///
/// # Errors
/// The document is wrong: a `DocumentError` or `Faults`, which is also printed as JSON where that is asked for.
pub(crate) fn validate(document: &str, catalog: &dyn Catalog, arguments: ValidateArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let result = super::read(document, catalog);
    if arguments.json {
        let faults = match &result {
            Ok(_) => serde_json::json!([]),
            Err(error) => match error.downcast_ref::<Faults>() {
                Some(faults) => serde_json::json!(faults),
                None => serde_json::json!([{ "place": null, "message": error.to_string(), "hint": null }]),
            },
        };
        writeln!(out, "{}", serde_json::json!({ "valid": result.is_ok(), "faults": faults }))?;
    }
    let scenarios = result?;
    if !arguments.json {
        for scenario in scenarios {
            let steps = scenario.graph.steps.len();
            writeln!(out, "{}: valid, {steps} steps, {} minions, {}", scenario.name, scenario.minions, scenario.profile)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DOCUMENT, NoPlugins};
    use super::*;

    fn printed(document: &str, json: bool) -> (String, Option<String>) {
        let mut out = Vec::new();
        let result = validate(document, &NoPlugins, ValidateArguments { json }, &mut out);
        (String::from_utf8(out).expect("text"), result.err().map(|error| error.to_string()))
    }

    #[test]
    fn what_is_valid() {
        let lines = "walk: valid, 1 steps, 5 minions, regular(1500us, 2)\nrun: valid, 1 steps, 2 minions, rate(2, 1s)\n";
        assert_eq!(printed(DOCUMENT, false), (lines.to_owned(), None));
        assert_eq!(printed(DOCUMENT, true), ("{\"valid\":true,\"faults\":[]}\n".to_owned(), None));
    }

    #[test]
    fn what_is_wrong() {
        let wrong = DOCUMENT.replacen("returns", "retruns", 1);
        let (out, error) = printed(&wrong, false);
        let expected =
            "scenario `walk`, step `go`, /retruns: `retruns` is neither a step kind nor an option of steps; did you mean `returns`?";
        assert_eq!((out, error.as_deref()), (String::new(), Some(expected)));
        let faults: serde_json::Value = serde_json::from_str(&printed(&wrong, true).0).expect("JSON");
        assert_eq!(faults["faults"][0]["place"]["step"], "go");
        let (out, error) = printed("{", true);
        assert!(out.contains("line 1") && error.is_some(), "{out}");
    }
}

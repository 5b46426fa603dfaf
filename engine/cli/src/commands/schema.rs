//! `throng schema`: the JSON schema of scenario documents, with the step kinds of all plugins.

use std::io::Write;

use throng_model::{KindSchema, scenario_schema};
use throng_plugin_api::Registry;

/// Prints the schema.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn schema(registry: &Registry, out: &mut dyn Write) -> anyhow::Result<()> {
    let kinds: Vec<_> = registry
        .plugins()
        .flat_map(|plugin| plugin.kinds())
        .map(|kind| KindSchema { name: kind.name.to_owned(), summary: kind.summary.to_owned(), schema: (kind.schema)() })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &scenario_schema(&kinds))?;
    writeln!(out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_json() {
        let mut out = Vec::new();
        schema(&Registry::default(), &mut out).expect("written");
        let schema: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert!(schema.pointer("/$defs/StepDocument/properties/map").is_some());
    }
}

//! `throng schema`: the JSON schema of scenario documents, with the step kinds of all plugins, of campaign documents, of the
//! configuration, of JSON reports, and the description of the REST API.

use serde_json::Value as Json;
use throng_campaign::report::report_schema;
use throng_model::{KindSchema, campaign_schema, scenario_schema};
use throng_plugin_api::{ExporterInfo, Registry};

use crate::arguments::{SchemaArguments, SchemaKind};
use crate::config::config_schema;
use crate::engine::{print, registry};
use crate::exit::{Exit, Failure};

/// Prints the schema.
pub(crate) fn schema(arguments: &SchemaArguments) -> Result<Exit, Failure> {
    let schema = match arguments.document {
        SchemaKind::Scenario => of_scenarios(&registry()),
        SchemaKind::Campaign => of_campaigns(&registry()),
        SchemaKind::Config => config_schema(),
        SchemaKind::Report => report_schema(),
        SchemaKind::Rest => throng_server::openapi(),
    };
    print(&format!("{schema:#}\n"));
    Ok(Exit::Good)
}

fn of_scenarios(registry: &Registry) -> Json {
    let kinds = registry.plugins().flat_map(|plugin| plugin.kinds());
    let schemas = kinds.map(|kind| KindSchema { name: kind.name.to_owned(), summary: kind.summary.to_owned(), schema: (kind.schema)() });
    scenario_schema(&schemas.collect::<Vec<_>>())
}

fn of_campaigns(registry: &Registry) -> Json {
    let schema = |info: &ExporterInfo| KindSchema { name: info.name.to_owned(), summary: info.summary.to_owned(), schema: (info.schema)() };
    campaign_schema(&registry.exporters().map(schema).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_operators_and_plugins() {
        let schema = of_scenarios(&registry());
        for kind in ["map", "assert", "http", "http-with"] {
            assert!(schema.pointer(&format!("/$defs/StepDocument/properties/{kind}")).is_some(), "{kind}");
        }
        let schema = of_campaigns(&registry());
        assert!(schema.pointer("/$defs/ExporterDocument/properties/file/anyOf").is_some(), "{schema:#}");
    }
}

//! `throng schema`: the JSON schema of scenario documents, with the step kinds of all plugins, of campaign documents, of the
//! configuration, of JSON reports, and the description of the REST API.

use serde_json::Value as Json;
use throng_campaign::PluginLock;
use throng_campaign::report::report_schema;
use throng_guest::Limits;
use throng_model::{KindSchema, campaign_schema, scenario_schema};
use throng_plugin_api::{ExporterInfo, Plugin, Registry};
use throng_project::{go_types, python_types, typescript_types};

use crate::arguments::{SchemaArguments, SchemaKind, TypesLanguage};
use crate::config::config_schema;
use crate::engine::{print, registry, sandbox, step_plugins};
use crate::exit::{Exit, Failure};

/// Prints the schema.
pub(crate) fn schema(arguments: &SchemaArguments) -> Result<Exit, Failure> {
    if arguments.document == SchemaKind::Rest && arguments.types.is_some() {
        let message =
            "--types: types are made of JSON schemas; `throng schema rest` is OpenAPI, of which generators of its own make clients";
        return Err(Failure::bad_input(message));
    }
    let plugins = &arguments.plugins.plugins;
    if arguments.document != SchemaKind::Scenario && !plugins.is_empty() {
        return Err(Failure::bad_input("--plugin: step plugins are part of the schema of scenario documents only; leave it out"));
    }
    let schema = match arguments.document {
        SchemaKind::Scenario => {
            of_scenarios(&step_plugins(plugins, &PluginLock::default(), &sandbox()?, &Limits::default())?.beside(registry()))
        }
        SchemaKind::Campaign => of_campaigns(&registry()),
        SchemaKind::Config => config_schema(),
        SchemaKind::Report => report_schema(),
        SchemaKind::Rest => throng_server::openapi(),
    };
    print(&match arguments.types {
        None => format!("{schema:#}\n"),
        Some(TypesLanguage::Ts) => typescript_types(&schema),
        Some(TypesLanguage::Python) => python_types(&schema),
        Some(TypesLanguage::Go) => go_types(&schema),
    });
    Ok(Exit::Good)
}

/// The schema of scenario documents, with the step kinds of all plugins of this binary.
pub(crate) fn scenario_schema_of_all() -> Json {
    of_scenarios(&registry())
}

fn of_scenarios(registry: &Registry) -> Json {
    let kinds = registry.plugins().flat_map(Plugin::kinds);
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

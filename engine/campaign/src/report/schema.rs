//! The JSON schema of the JSON report.

use schemars::generate::SchemaSettings;
use serde_json::Value as Json;
use throng_measure::Report;

/// The schema of what [`super::to_json`] writes: draft 2020-12.
pub fn report_schema() -> Json {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Report>().to_value()
}

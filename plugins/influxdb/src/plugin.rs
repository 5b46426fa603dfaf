//! The plugin: it has no step kinds, and one exporter.

use std::sync::Arc;

use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, ExporterInfo, KindInfo, Plugin, option_fault};

use crate::export::INFLUXDB;

/// The plugin `influxdb`: the exporter of that name.
#[derive(Clone, Copy, Debug, Default)]
pub struct InfluxPlugin;

impl Plugin for InfluxPlugin {
    fn name(&self) -> &'static str {
        "influxdb"
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        Vec::new()
    }

    fn exporters(&self) -> &'static [ExporterInfo] {
        &[INFLUXDB]
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        Err(vec![option_fault("", format!("the plugin `influxdb` has no step kind `{}`", setup.kind), None)])
    }
}

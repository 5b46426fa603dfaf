//! The InfluxDB plugin: the exporter `influxdb`, which writes meters and events as points.
//!
//! [`InfluxPlugin`] is all that an engine needs.

mod answer;
mod client;
mod export;
mod lines;
mod options;
mod place;
mod plugin;
mod tags;

pub use plugin::InfluxPlugin;

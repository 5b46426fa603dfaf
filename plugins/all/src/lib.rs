//! All native plugins: the one list. A plugin behind a feature is in it where that feature is on.

use throng_files::FilesPlugin;
use throng_http::HttpPlugin;
use throng_ledger::LedgerPlugin;
use throng_plugin_api::{FileAccess, Registry};

/// The plugins, for scenarios that may read these files. Only one's own scenarios, which may read any, have exporters and open files of SQLite
/// wherever they are.
pub fn registry(files: FileAccess) -> Registry {
    let registry = Registry::default().with_file_access(files.clone());
    let registry = registry.with(HttpPlugin).with(FilesPlugin::new(files.clone())).with(LedgerPlugin::default());
    #[cfg(feature = "tcp")]
    let registry = registry.with(throng_tcp::TcpPlugin).with(throng_tcp::UdpPlugin);
    #[cfg(feature = "rabbitmq")]
    let registry = registry.with(throng_rabbitmq::RabbitPlugin);
    #[cfg(feature = "kafka")]
    let registry = registry.with(throng_kafka::KafkaPlugin::default());
    #[cfg(feature = "influxdb")]
    let registry = match files {
        FileAccess::Anywhere => registry.with(throng_influxdb::InfluxPlugin),
        // Whoever runs the campaigns of others does not write where these say.
        FileAccess::Within(_) | FileAccess::Nowhere => registry,
    };
    #[cfg(feature = "sql")]
    let registry = registry.with(throng_sql::SqlPlugin::new(match files {
        FileAccess::Anywhere => throng_sql::Access::Anywhere,
        FileAccess::Within(_) | FileAccess::Nowhere => throng_sql::Access::Targets,
    }));
    #[cfg(feature = "mqtt")]
    let registry = registry.with(throng_mqtt::MqttPlugin);
    #[cfg(feature = "redis")]
    let registry = registry.with(throng_redis::RedisPlugin);
    registry
}

//! Uploads: whatever comes in is refused in words, or becomes a component whose description and first instance are bounded.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use throng_campaign::Loader;
use throng_files::FilesPlugin;
use throng_guest::{Limits, Sandbox, SandboxConfig};
use throng_http::HttpPlugin;
use throng_plugin_api::{FileAccess, Registry};

struct Shop {
    registry: Registry,
    sandbox: Sandbox,
}

static SHOP: LazyLock<Shop> = LazyLock::new(|| Shop {
    registry: Registry::default().with_file_access(FileAccess::Nowhere).with(HttpPlugin).with(FilesPlugin::new(FileAccess::Nowhere)),
    sandbox: Sandbox::new(SandboxConfig::default()).expect("a sandbox"),
});

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { describe_time: Duration::from_millis(200), component_bytes: 4 << 20, ..Limits::default() };
    let loader = Loader { registry: &SHOP.registry, sandbox: &SHOP.sandbox, limits };
    if let Err(error) = loader.load_bytes(bytes) {
        drop(error.to_string());
    }
});

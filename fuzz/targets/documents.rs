//! Scenario documents, as they are uploaded and run: parsed, validated, described.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use throng_files::FilesPlugin;
use throng_http::HttpPlugin;
use throng_model::{parse_document, to_json, to_mermaid, to_text, validate};
use throng_plugin_api::{FileAccess, Registry};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    Registry::default().with_file_access(FileAccess::Nowhere).with(HttpPlugin).with(FilesPlugin::new(FileAccess::Nowhere))
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(document) = parse_document(text) else { return };
    match validate(&document, &*REGISTRY) {
        Ok(scenarios) => scenarios.iter().for_each(|scenario| {
            to_json(scenario);
            to_text(scenario);
            to_mermaid(scenario);
        }),
        Err(faults) => drop(faults.to_string()),
    }
});

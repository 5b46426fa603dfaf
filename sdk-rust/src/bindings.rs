//! What wit-bindgen makes of `wit/`: the imports, and the exports of a scenario component.
#![allow(clippy::all, missing_docs, unreachable_pub, unsafe_code, rust_2018_idioms, missing_debug_implementations, reason = "generated")]

wit_bindgen::generate!({
    world: "throng:scenario/scenario",
    path: ["../wit/types", "../wit/host", "../wit/http", "../wit/kafka", "../wit/scenario"],
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_component",
    runtime_path: "::throng::wit_bindgen_rt",
});

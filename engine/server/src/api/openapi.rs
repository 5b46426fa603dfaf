//! The API's description: OpenAPI 3.1, made of the table of operations, and a page for people.

use std::sync::OnceLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value as Json, json};
use throng_measure::Pace;
use throng_model::CampaignDocument;

use super::BASE;
use super::asked::{Asked, Nothing};
use super::operations::{Answer, Content, Kind, OPERATIONS, Operation, Parameter, Sent};
use crate::problem::Problem;

/// What the variable parts of paths mean.
const PARTS: [(&str, &str); 4] = [
    ("reference", "a digest, a name, whose newest revision it is, or `NAME@VERSION`"),
    ("digest", "SHA-256 of what was uploaded, in hexadecimal"),
    ("name", "the scenario's name"),
    ("key", "the campaign's key"),
];

pub(super) async fn document(Asked(Nothing {}): Asked<Nothing>) -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| describe().to_string());
    ([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response()
}

pub(super) async fn page(Asked(Nothing {}): Asked<Nothing>) -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| include_str!("reader.html").replace("{{operations}}", &rows()));
    let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8");
    let policy = (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'");
    ([kind, policy], text.as_str()).into_response()
}

/// The API, as OpenAPI 3.1.
pub(crate) fn describe() -> Json {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Json> = Map::new();
    for operation in OPERATIONS {
        let described = describe_operation(operation, &mut generator);
        let path = paths.entry(format!("{BASE}{}", operation.path)).or_insert_with(|| Json::Object(Map::new()));
        if let Some(path) = path.as_object_mut() {
            path.insert(operation.method.to_owned(), described);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "throng serve",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "An engine that keeps running: it takes components in, runs campaigns and keeps their reports.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "security": [{ "token": [] }, {}],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn describe_operation(operation: &Operation, generator: &mut SchemaGenerator) -> Json {
    let in_path = operation.path.split(['/', '.']).filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        let what = PARTS.iter().find(|(part, _)| *part == name).map_or("", |(_, what)| what);
        json!({ "name": name, "in": "path", "required": true, "description": what, "schema": { "type": "string", "minLength": 1 } })
    });
    let parameters: Vec<_> = in_path.chain(operation.query.iter().map(describe_parameter)).collect();
    let mut answers: Map<String, Json> = Map::new();
    for answer in operation.answers {
        answers.insert(answer.status.to_string(), describe_answer(answer, generator));
    }
    answers.insert("default".to_owned(), problem(generator));
    let mut described =
        json!({ "operationId": operation.id, "summary": operation.summary, "parameters": parameters, "responses": answers });
    if let Some(object) = described.as_object_mut() {
        match operation.scope {
            Some(scope) => object.insert("x-scope".to_owned(), scope.name().into()),
            None => object.insert("security".to_owned(), json!([])),
        };
        if let Some(sent) = &operation.body {
            object.insert("requestBody".to_owned(), json!({ "required": true, "content": describe_sent(sent, generator) }));
        }
    }
    described
}

fn describe_parameter(parameter: &Parameter) -> Json {
    let schema = match parameter.kind {
        Kind::Text | Kind::Header => json!({ "type": "string" }),
        Kind::Number(most) => json!({ "type": "integer", "minimum": 1, "maximum": most }),
        Kind::Flag => json!({ "type": "boolean", "default": false }),
        Kind::Duration => json!({ "type": "string", "examples": ["2s"] }),
        Kind::OneOf(names) => json!({ "enum": names }),
    };
    let place = if matches!(parameter.kind, Kind::Header) { "header" } else { "query" };
    json!({ "name": parameter.name, "in": place, "description": parameter.what, "schema": schema })
}

fn describe_answer(answer: &Answer, generator: &mut SchemaGenerator) -> Json {
    let json_of = |schema: Json| json!({ "application/json": { "schema": schema } });
    let content = match answer.content {
        Content::Nothing => return json!({ "description": answer.what }),
        Content::Json => json_of(json!({})),
        Content::JsonOrText => json!({ "application/json": { "schema": {} }, "text/plain": { "schema": { "type": "string" } } }),
        Content::Events => json!({ "text/event-stream": {} }),
        Content::Schema(schema) => json_of(schema(generator).to_value()),
        Content::List(schema) => {
            let number = json!({ "type": "integer", "minimum": 0 });
            json_of(json!({
                "type": "object",
                "required": ["items", "page", "size", "total"],
                "properties": {
                    "items": { "type": "array", "items": schema(generator).to_value() },
                    "page": number, "size": number, "total": number
                }
            }))
        }
        Content::File => json!({ "application/wasm": {}, "application/json": {} }),
        Content::Text(kind) => json!({ kind: { "schema": { "type": "string" } } }),
    };
    json!({ "description": answer.what, "content": content })
}

fn describe_sent(sent: &Sent, generator: &mut SchemaGenerator) -> Json {
    match sent {
        Sent::File => json!({
            "application/octet-stream": { "schema": { "type": "string", "format": "binary" } },
            "multipart/form-data": { "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": { "type": "string", "format": "binary" },
                    "name": { "type": "string" }, "version": { "type": "string" }, "tags": { "type": "string" }
                }
            } }
        }),
        // JSON Merge Patch: any part of a campaign document, or of a pace.
        Sent::Changes => {
            let held = json!({ "type": ["boolean", "null"], "description": "of one that goes on: nothing new starts; `false` resumes it" });
            let speed = json!({
                "type": ["number", "null"], "minimum": Pace::MIN_SPEED, "maximum": Pace::MAX_SPEED,
                "description": "of one that goes on: how fast its plan goes by, 1 is as it was planned; of a scheduled one the document's"
            });
            json!({ "application/merge-patch+json": { "schema": { "type": "object", "properties": { "held": held, "speed": speed } } } })
        }
        Sent::Campaign => json!({
            "application/json": { "schema": CampaignDocument::json_schema(generator).to_value() },
            "application/toml": { "schema": { "type": "string" } }
        }),
    }
}

fn problem(generator: &mut SchemaGenerator) -> Json {
    let schema = generator.subschema_for::<Problem>().to_value();
    json!({ "description": "A problem.", "content": { "application/problem+json": { "schema": schema } } })
}

/// The table of the page. All of it is written here: nothing is to be escaped but what the source itself has.
fn rows() -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let row = |operation: &Operation| {
        let parameters = operation.query.iter().map(|parameter| format!("<dt>{}</dt><dd>{}</dd>", parameter.name, escaped(parameter.what)));
        let answers = operation.answers.iter().map(|answer| format!("<dt>{}</dt><dd>{}</dd>", answer.status, escaped(answer.what)));
        format!(
            "<article id=\"{id}\"><h2><b class=\"{method}\">{method}</b> <code>{BASE}{path}</code> <i>{scope}</i></h2><p>{summary}</p><dl>{}</dl><dl>{}</dl></article>\n",
            parameters.collect::<String>(),
            answers.collect::<String>(),
            id = operation.id,
            method = operation.method,
            path = operation.path,
            scope = operation.scope.map_or("anybody", |scope| scope.name()),
            summary = escaped(operation.summary),
        )
    };
    OPERATIONS.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/openapi.json` is what is served. To write it anew: `throng schema rest > docs/openapi.json`.
    #[test]
    fn the_description_that_is_checked_in_is_the_present_one() {
        let checked_in: Json = serde_json::from_str(include_str!("../../../../docs/openapi.json")).expect("JSON");
        assert!(
            checked_in == describe(),
            "docs/openapi.json is not what is served; write it anew: `throng schema rest > docs/openapi.json`"
        );
    }

    #[test]
    fn every_operation_is_described_once() {
        let mut ids: Vec<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), OPERATIONS.len());
        let paths = describe();
        let paths = paths["paths"].as_object().expect("paths");
        assert_eq!(paths.values().map(|path| path.as_object().expect("methods").len()).sum::<usize>(), OPERATIONS.len());
    }
}

//! Types for languages whose editors check them: of a document, made from its JSON schema, and of the engine's modules, made from `wit/`.

mod contract;
mod go;
mod python;
mod shape;
mod typescript;

use serde_json::Value as Json;

pub(crate) use contract::typescript_contract;
use shape::Shapes;

/// The name of the type of the document as a whole.
const WHOLE: &str = "Document";

/// A TypeScript declaration file: an interface for each object of the schema, `Document` for the whole.
pub fn typescript_types(schema: &Json) -> String {
    typescript::print(&Shapes::of(schema, WHOLE))
}

/// A Python module: a `TypedDict` for each object of the schema, `Document` for the whole.
pub fn python_types(schema: &Json) -> String {
    python::print(&Shapes::of(schema, WHOLE))
}

/// A Go package: a struct for each object of the schema, `Document` for the whole.
pub fn go_types(schema: &Json) -> String {
    go::print(&Shapes::of(schema, WHOLE))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Json {
        json!({
            "type": "object", "additionalProperties": false, "required": ["steps"], "description": "What is run.",
            "properties": {
                "steps": {"type": "array", "items": {"$ref": "#/$defs/StepDocument"}, "description": "At least one."},
                "tags": {"type": "object", "additionalProperties": {"type": "string"}},
                "zone": {"type": ["string", "null"]}
            },
            "$defs": {
                "StepDocument": {
                    "type": "object", "oneOf": [{"required": ["map"]}, {"required": ["flat-map"]}],
                    "properties": {
                        "map": {"type": "object", "properties": {"callback": {"type": "integer"}}, "required": ["callback"], "description": "One."},
                        "flat-map": {"type": "object", "properties": {"callback": {"type": "integer"}}, "required": ["callback"], "description": "Two."},
                        "after": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
                        "size": {"$ref": "#/$defs/http.Size"},
                        "pool": {"oneOf": [{"const": "none"}, {"type": "object", "properties": {"size": {"type": "number"}}}]},
                        "returns": {"description": "Anything."},
                        "pipe": {"type": "object", "additionalProperties": false}
                    }
                },
                "http.Size": {"oneOf": [{"const": "small", "description": "Few."}, {"const": "large"}], "description": "How\nmuch."}
            }
        })
    }

    fn check(text: &str, parts: &[&str]) {
        for part in parts {
            assert!(text.contains(part), "`{part}` is not in:\n{text}");
        }
    }

    #[test]
    fn in_typescript() {
        let text = typescript_types(&schema());
        check(
            &text,
            &[
                "/** What is run. */\nexport interface Document {\n  /** At least one. */\n  steps: Step[];\n",
                "  tags?: Record<string, string>;\n  zone?: string;\n}\n",
                "/** How much. */\nexport type HttpSize = 'small' | 'large';\n",
                "  /** One. */\n  map?: Callback;\n  /** Two. */\n  'flat-map'?: Callback;\n  after?: string | string[];\n  size?: HttpSize;\n",
                "export interface StepPool {\n  size?: number;\n}\n",
                "  pool?: 'none' | StepPool;\n  /** Anything. */\n  returns?: unknown;\n",
                "export type StepPipe = Record<string, never>;\n",
            ],
        );
        // What is the same has one name.
        assert_eq!(text.matches("interface Callback").count(), 1, "{text}");
    }

    #[test]
    fn in_python() {
        check(
            &python_types(&schema()),
            &[
                "# What is run.\nDocument = TypedDict(\"Document\", {\n    # At least one.\n    \"steps\": list[\"Step\"],\n",
                "    \"tags\": NotRequired[dict[str, str]],\n    \"zone\": NotRequired[str],\n})\n",
                "# How much.\nHttpSize = Union[Literal[\"small\"], Literal[\"large\"]]\n",
                "    # Two.\n    \"flat-map\": NotRequired[\"Callback\"],\n    \"after\": NotRequired[Union[str, list[str]]],\n",
                "StepPipe = TypedDict(\"StepPipe\", {})\n",
            ],
        );
    }

    #[test]
    fn in_go() {
        check(
            &go_types(&schema()),
            &[
                "// What is run.\ntype Document struct {\n\t// At least one.\n\tSteps []Step `json:\"steps\"`\n",
                "\tTags map[string]string `json:\"tags,omitempty\"`\n\tZone string `json:\"zone,omitempty\"`\n}\n",
                "// How much.\ntype HttpSize = string\n",
                "\t// Two.\n\tFlatMap *Callback `json:\"flat-map,omitempty\"`\n\tAfter any `json:\"after,omitempty\"`\n",
                "\tSize HttpSize `json:\"size,omitempty\"`\n\tPool any `json:\"pool,omitempty\"`\n",
                "\tSize *float64 `json:\"size,omitempty\"`\n",
                "type StepPipe struct{}\n",
            ],
        );
    }

    #[test]
    fn the_contract_in_typescript() {
        let text = typescript_contract().unwrap();
        check(
            &text,
            &[
                "declare module 'throng:host/log@0.1.0' {\n  export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';\n",
                "  export function previousStep(): string | undefined;\n",
                "  export class Counter {\n    constructor(name: string, tags: Tags);\n    add(by: bigint): void;\n  }\n",
                "  export type Level = import('throng:host/log@0.1.0').Level;\n",
                "    | { tag: 'none'; val?: undefined }\n    | { tag: 'text'; val: string }\n",
            ],
        );
    }
}

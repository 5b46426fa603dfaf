//! The commands that run nothing: `validate`, `inspect`, `schema`, `completions`, and the help of all.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::documents::{document, idle};
use throng_e2e::schema::check_fits;
use throng_kit::{Throng, example, tempdir};

fn printed(arguments: &[&str]) -> Result<String> {
    let finished = Throng::new().args(arguments).run()?.ended_with(0)?;
    ensure!(finished.stderr.is_empty(), "`{}` says {}", finished.command, finished.stderr);
    Ok(finished.stdout)
}

fn inspect(file: &Path, format: &str) -> Result<String> {
    printed(&["inspect", &file.to_string_lossy(), "--format", format])
}

#[test]
fn components_and_documents_are_valid() -> Result<()> {
    let folder = tempdir()?;
    let sound = folder.file("sound.json", idle(3, "regular(1s, 1)").to_string())?;
    let text = printed(&["validate", &sound.to_string_lossy(), &example("hello-world")?.to_string_lossy()])?;
    ensure!(
        text == "visit: valid, 1 step, 3 minions, regular(1s, 1)\nhello-world: valid, 2 steps, 100 minions, regular(1s, 10)\n",
        "{text}"
    );
    Ok(())
}

#[test]
fn a_component_is_shown_in_each_format() -> Result<()> {
    let file = example("hello-world")?;
    let text = inspect(&file, "text")?;
    for part in [
        "hello-world",
        "minions: 100",
        "regular(1s, 10)",
        "http://127.0.0.1:8080",
        "server",
        "hello: http",
        "greeted: verify",
        "throng:types/values@",
    ] {
        ensure!(text.contains(part), "`{part}` expected in\n{text}");
    }
    let json: Json = serde_json::from_str(&inspect(&file, "json")?)?;
    let scenario = &json["scenarios"][0];
    ensure!(scenario["name"] == "hello-world" && scenario["minions"] == 100 && scenario["profile"] == "regular(1s, 10)", "{json}");
    ensure!(scenario["targets"] == json!(["http://127.0.0.1:8080"]) && scenario["settings"][0]["name"] == "server", "{json}");
    ensure!(scenario["steps"][1]["name"] == "greeted" && scenario["steps"][1]["after"] == json!(["hello"]), "{json}");
    ensure!(json["digest"].as_str().is_some_and(|digest| digest.len() == 64), "{json}");
    let chart = inspect(&file, "mermaid")?;
    ensure!(chart.starts_with("flowchart TD\n") && chart.contains("hello<br/>http") && chart.contains("s0 --> s1"), "{chart}");
    Ok(())
}

#[test]
fn a_document_has_neither_imports_nor_digest() -> Result<()> {
    let folder = tempdir()?;
    let json: Json = serde_json::from_str(&inspect(&folder.file("idle.json", idle(1, "immediate").to_string())?, "json")?)?;
    ensure!(json["imports"] == json!([]) && json["digest"].is_null(), "{json}");
    Ok(())
}

#[test]
fn the_schema_accepts_the_documents_of_the_documentation() -> Result<()> {
    let scenario: Json = serde_json::from_str(&printed(&["schema", "scenario"])?)?;
    let campaign: Json = serde_json::from_str(&printed(&["schema", "campaign"])?)?;
    for schema in [&scenario, &campaign] {
        ensure!(schema["$schema"].as_str().is_some_and(|dialect| dialect.contains("json-schema.org")), "no dialect");
    }
    for page in [
        include_str!("../../../docs/scenario-document.md"),
        include_str!("../../../docs/http.md"),
        include_str!("../../../docs/rabbitmq.md"),
        include_str!("../../../docs/kafka.md"),
        include_str!("../../../docs/ledger.md"),
        include_str!("../../../docs/sql.md"),
        include_str!("../../../docs/mqtt.md"),
        include_str!("../../../docs/redis.md"),
        include_str!("../../../docs/cli.md"),
        include_str!("../../../docs/from-k6.md"),
        include_str!("../../../docs/from-qalipsis.md"),
    ] {
        let blocks = page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
        let documents: Vec<&str> = blocks.filter(|block| block.contains("\"throng\"")).collect();
        ensure!(!documents.is_empty(), "a page without a document");
        for document in documents {
            let written: Json = serde_json::from_str(document)?;
            let schema = if written.get("files").is_some() { &campaign } else { &scenario };
            check_fits(schema, &written).with_context(|| document.to_owned())?;
        }
    }
    Ok(())
}

#[test]
fn the_schema_refuses_what_the_program_refuses() -> Result<()> {
    let schema: Json = serde_json::from_str(&printed(&["schema", "scenario"])?)?;
    check_fits(&schema, &idle(1, "immediate"))?;
    let steps = |step: Json| document(&[], &json!({}), &json!([step]));
    let wrong = [
        json!({ "scenarios": [] , "thrung": "0.1" }),
        json!({ "throng": "0.1" }),
        document(&[], &json!({ "minons": 5 }), &json!([{ "name": "once", "start": true, "returns": 1 }])),
        document(&[], &json!({ "minions": "five" }), &json!([{ "name": "once", "start": true, "returns": 1 }])),
        steps(json!({ "name": "none", "start": true })),
        steps(json!({ "name": "two", "start": true, "returns": 1, "delay": "1s" })),
        steps(json!({ "name": "ask", "start": true, "http": { "reqest": {} } })),
    ];
    for document in wrong {
        ensure!(check_fits(&schema, &document).is_err(), "the schema accepts {document}");
        let folder = tempdir()?;
        Throng::new().arg("validate").arg(folder.file("wrong.json", document.to_string())?).run()?.ended_with(2)?;
    }
    Ok(())
}

#[test]
fn completions_know_the_commands() -> Result<()> {
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&["completions", shell])?;
        for word in ["validate", "inspect", "minions-factor"] {
            ensure!(script.contains(word), "`{word}` expected in the script of {shell}");
        }
    }
    Ok(())
}

#[test]
fn every_command_has_help_with_an_example() -> Result<()> {
    let whole = printed(&["--help"])?;
    ensure!(whole.contains("Exit codes: 0 successful or warning, 1 failed, 2 bad usage or document, 3 aborted, 4 void"), "{whole}");
    for command in ["new", "build", "run", "bench", "plan", "inspect", "validate", "schema", "compare", "target", "completions"] {
        ensure!(whole.contains(&format!("\n  {command} ")), "no `{command}` in\n{whole}");
        let help = printed(&[command, "--help"])?;
        ensure!(help.contains(&format!("\n  throng {command}")), "`{command}` has no example:\n{help}");
    }
    ensure!(printed(&["--version"])?.starts_with("throng "));
    Ok(())
}

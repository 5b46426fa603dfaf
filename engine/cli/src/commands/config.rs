//! `throng config`: the options in force, and who says each.

use serde_json::{Value as Json, json};

use crate::arguments::ConfigArguments;
use crate::commands::campaign_file::{self, CampaignFile};
use crate::config::{Configuration, EXAMPLE, InForce, Value};
use crate::engine::{in_file, print};
use crate::exit::{Exit, Failure};

/// Prints what a run with the same options would go by.
pub(crate) fn config(arguments: &ConfigArguments, configuration: &Configuration) -> Result<Exit, Failure> {
    if arguments.example {
        print(EXAMPLE);
        return Ok(Exit::Good);
    }
    let campaign = arguments.file.as_ref().map(|file| {
        let read = campaign_file::read(std::slice::from_ref(file))?;
        read.ok_or_else(|| in_file(file, &"this is no campaign document; only those have options of a run"))
    });
    let layer = campaign.transpose()?.as_ref().map(CampaignFile::layer).transpose()?;
    let options = &arguments.options;
    let preset = options.overrides.preset.as_deref();
    let in_force = configuration.in_force(layer, preset, options.document())?;
    let file = configuration.file().map(|file| file.display().to_string());
    let preset = configuration.preset(preset);
    print(&if arguments.json { json(&in_force, file, preset) } else { table(&in_force, file, preset) });
    Ok(Exit::Good)
}

fn json(in_force: &InForce, file: Option<String>, preset: Option<&str>) -> String {
    let value = |value: Value<'_>| json!({ "key": name(&value.path), "value": value.value, "from": value.layer.origin.kind(), "place": value.place });
    let values: Vec<_> = in_force.values().into_iter().map(value).collect();
    format!("{:#}\n", json!({ "file": file, "preset": preset, "values": values }))
}

fn table(in_force: &InForce, file: Option<String>, preset: Option<&str>) -> String {
    let rows = in_force.values().into_iter().map(|value| [name(&value.path), text(&value.value), value.place]);
    let head = ["key", "value", "from"].map(str::to_owned);
    let rows: Vec<_> = [head].into_iter().chain(rows).collect();
    let width = |of: fn(&[String; 3]) -> &String| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let (keys, values) = (width(|[key, _, _]| key), width(|[_, value, _]| value));
    let file = file.map_or_else(|| "no throng.toml here or above it in the repository".to_owned(), |file| format!("configuration: {file}"));
    let preset = preset.map(|preset| format!(", preset `{preset}`")).unwrap_or_default();
    let rows: String = rows.iter().map(|[key, value, from]| format!("  {key:keys$}  {value:values$}  {from}\n")).collect();
    format!("{file}{preset}\n\n{rows}")
}

/// The keys as TOML would write them in one line, rules without their position.
fn name(path: &[String]) -> String {
    let path = if path.first().is_some_and(|key| key == "rules") { path.get(..1).unwrap_or_default() } else { path };
    path.join(".")
}

/// A value for a line of the table.
fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.replace('\n', "\\n"),
        Json::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        Json::Number(number) if number.is_f64() => number.as_f64().map(|number| number.to_string()).unwrap_or_default(),
        value => value.to_string(),
    }
}

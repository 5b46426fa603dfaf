//! JSON of a document whose texts have holes.

use serde_json::{Map, Value as Json};
use throng_broker::{Texts, rendered};
use throng_model::{ConfigFault, Template};
use throng_plugin_api::{Visit, pointer_token};

/// JSON, but for what its holes are filled with.
#[derive(Clone, Debug)]
pub(crate) enum JsonPlan {
    /// The same each time.
    Constant(Json),
    /// A text with holes.
    Text(Template),
    /// A list with holes somewhere inside.
    List(Vec<JsonPlan>),
    /// An object with holes in its names, or somewhere inside its values.
    Object(Vec<(Template, JsonPlan)>),
}

impl JsonPlan {
    /// Reads JSON.
    ///
    /// # Errors
    /// A hole that nobody fills.
    pub(crate) fn read(json: &Json, texts: Texts, pointer: &str) -> Result<Self, Vec<ConfigFault>> {
        let plan = match json {
            Json::String(text) => match texts.read(text, pointer)? {
                template if template.as_text().is_some() => Self::Constant(json.clone()),
                template => Self::Text(template),
            },
            Json::Array(items) => {
                let plan = |(index, item)| Self::read(item, texts, &format!("{pointer}/{index}"));
                let items: Vec<_> = items.iter().enumerate().map(plan).collect::<Result<_, _>>()?;
                if items.iter().all(Self::is_constant) { Self::Constant(json.clone()) } else { Self::List(items) }
            }
            Json::Object(entries) => {
                let plan = |(name, value): (&String, &Json)| {
                    let place = format!("{pointer}/{}", pointer_token(name));
                    Ok((texts.read(name, &place)?, Self::read(value, texts, &place)?))
                };
                let entries: Vec<_> = entries.iter().map(plan).collect::<Result<_, Vec<ConfigFault>>>()?;
                let is_constant = |(name, plan): &(Template, Self)| name.as_text().is_some() && plan.is_constant();
                if entries.iter().all(is_constant) { Self::Constant(json.clone()) } else { Self::Object(entries) }
            }
            plain => Self::Constant(plain.clone()),
        };
        Ok(plan)
    }

    /// With its holes filled.
    pub(crate) fn fill(&self, visit: &Visit<'_>) -> Json {
        match self {
            Self::Constant(json) => json.clone(),
            Self::Text(template) => rendered(template, visit).into(),
            Self::List(items) => items.iter().map(|item| item.fill(visit)).collect(),
            Self::Object(entries) => {
                Json::Object(entries.iter().map(|(name, plan)| (rendered(name, visit), plan.fill(visit))).collect::<Map<_, _>>())
            }
        }
    }

    fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_has_holes_is_taken_apart() {
        let read = |json: Json, texts| JsonPlan::read(&json, texts, "/records/0/value");
        assert!(matches!(read(json!({"a": ["x", 1]}), Texts::Templates), Ok(JsonPlan::Constant(_))));
        assert!(matches!(read(json!(["{minion}"]), Texts::Literal), Ok(JsonPlan::Constant(_))));
        assert!(matches!(read(json!({"a": "{minion}", "b": 1}), Texts::Templates), Ok(JsonPlan::Object(_))));
        assert!(matches!(read(json!({"{minion}": 1}), Texts::Templates), Ok(JsonPlan::Object(_))), "names have holes, too");
        let faults = read(json!({"a/b": ["{minon}"]}), Texts::Templates).expect_err("a typo");
        assert_eq!(faults[0].pointer, "/records/0/value/a~1b/0");
    }
}

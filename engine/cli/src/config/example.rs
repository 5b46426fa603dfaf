//! A `throng.toml` with every key, to start from.

/// All that can be written, as comments: it changes nothing until something is uncommented.
pub(crate) const EXAMPLE: &str = include_str!("example.toml");

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::rc::Rc;

    use super::*;
    use crate::config::config_schema;
    use crate::config::file::ConfigFile;

    /// The example with everything in force.
    fn uncommented() -> String {
        // Explanations begin with a space, keys do not.
        EXAMPLE
            .lines()
            .map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')).unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn the_example_is_valid_with_and_without_its_comment_signs() {
        for text in [EXAMPLE.to_owned(), uncommented()] {
            let file = Rc::new(ConfigFile { path: PathBuf::from("throng.toml"), text });
            let (_, presets) = ConfigFile::layers(&file).unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(presets.len(), usize::from(file.text != EXAMPLE) * 2);
        }
    }

    #[test]
    fn the_example_has_every_key() {
        let schema = config_schema();
        for object in ["", "/$defs/Preset", "/$defs/ConfigScenario", "/$defs/CampaignHealth"] {
            let keys = schema.pointer(&format!("{object}/properties")).and_then(|keys| keys.as_object()).expect(object);
            for key in keys.keys() {
                assert!(
                    EXAMPLE.contains(&format!("{key} =")) || EXAMPLE.contains(&format!("{key}]")) || EXAMPLE.contains(&format!("{key}.")),
                    "{key}"
                );
            }
        }
    }
}

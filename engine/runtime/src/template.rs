//! Fills the holes of a template.

use std::fmt::Write;

use throng_model::{Template, TemplatePart};
use throng_protocols::{Context, draw};

use crate::node::Settings;

/// Renders a template for one visit. `key` is the visit's draw key, `iterations` how often the step is iterated.
pub(crate) fn render(template: &Template, context: Context, key: u64, iterations: u64, settings: &Settings) -> String {
    let mut text = String::new();
    for (position, part) in template.parts.iter().enumerate() {
        let drawn = |offset: u64| draw(key, DRAWS + 2 * position as u64 + offset);
        let written = match part {
            TemplatePart::Text(literal) => text.write_str(literal),
            TemplatePart::Minion => write!(text, "{}", context.minion),
            TemplatePart::Iteration => write!(text, "{}", context.iteration),
            TemplatePart::Sequence => write!(text, "{}", u64::from(context.minion) * iterations + u64::from(context.iteration)),
            TemplatePart::Random => write!(text, "{}", drawn(0) >> 1),
            TemplatePart::Uuid => text.write_str(&uuid(drawn(0), drawn(1))),
            TemplatePart::Setting(name) => text.write_str(settings.get(name).map_or("", String::as_str)),
        };
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    text
}

/// Draws of templates begin far from those of guests, so that both can use one key.
const DRAWS: u64 = 1 << 32;

/// A version 4 UUID (RFC 9562 §5.4) of these random bits.
fn uuid(high: u64, low: u64) -> String {
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48, low & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled() {
        let parts = vec![
            TemplatePart::Text("/items/".into()),
            TemplatePart::Minion,
            TemplatePart::Text("?n=".into()),
            TemplatePart::Sequence,
            TemplatePart::Text("&s=".into()),
            TemplatePart::Setting("shop".into()),
        ];
        let context = Context { minion: 4, iteration: 2, attempt: 0 };
        let settings = Settings::from([("shop".to_owned(), "blue".to_owned())]);
        assert_eq!(render(&Template { parts }, context, 1, 10, &settings), "/items/4?n=42&s=blue");
    }

    #[test]
    fn uuids_have_their_version_and_differ() {
        let template = Template { parts: vec![TemplatePart::Uuid, TemplatePart::Text(" ".into()), TemplatePart::Uuid] };
        let text = render(&template, Context::default(), 1, 1, &Settings::new());
        let (first, second) = text.split_once(' ').expect("two of them");
        assert_ne!(first, second);
        assert_eq!((first.len(), &first[14..15]), (36, "4"));
        assert!("89ab".contains(&first[19..20]), "{first}");
    }
}

//! Colours, and text that keeps within a width.

use throng_measure::Verdict;

/// How a summary is to look.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to use colours (ANSI escape sequences).
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 80 }
    }
}

/// What a piece of text is to look like.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Tone {
    #[default]
    Plain,
    Title,
    Dim,
    Good,
    Warn,
    Bad,
    Void,
}

impl Tone {
    pub(super) fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Successful => Self::Good,
            Verdict::Warning => Self::Warn,
            Verdict::Failed | Verdict::Aborted => Self::Bad,
            Verdict::Void => Self::Void,
        }
    }
}

/// The sign of a verdict.
pub(super) fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Successful => "✓",
        Verdict::Warning => "!",
        Verdict::Failed | Verdict::Aborted => "✗",
        Verdict::Void => "∅",
    }
}

impl Style {
    /// The text in a tone. Nothing is added without colours.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Title => "1",
            Tone::Dim => "2",
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
            Tone::Void => "35",
        };
        if self.color && !text.trim().is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Lines of words within the width: the first after `lead`, the others indented as far. Line breaks in the text stay.
    pub(super) fn paragraph(&self, lead: &str, text: &str) -> String {
        let indent = width(lead);
        let room = self.width.saturating_sub(indent).max(20);
        let mut paragraph = String::new();
        for (number, line) in text.lines().flat_map(|line| wrap(line, room)).enumerate() {
            let margin = if number == 0 { lead.to_owned() } else { " ".repeat(indent) };
            paragraph.push_str(format!("{margin}{line}").trim_end());
            paragraph.push('\n');
        }
        paragraph
    }
}

/// Columns that the text takes; control characters, which foreign text may hold, are not to get this far.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Foreign text without what could steer a terminal, or what XML cannot hold. Line breaks stay.
pub(super) fn harmless(text: &str) -> String {
    let steers = |character: &char| match character {
        '\n' => false,
        // They turn the direction of what follows, and with it the order in which a line is read.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{fffe}' | '\u{ffff}' => true,
        other => other.is_control(),
    };
    text.chars().filter(|character| !steers(character)).collect()
}

/// As [`harmless`], on one line.
pub(super) fn one_line(text: &str) -> String {
    harmless(&text.replace(['\n', '\r', '\t'], " "))
}

/// The text cut to a width, with a mark.
pub(super) fn shorten(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{kept}…")
}

fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        loop {
            let Some(line) = lines.last_mut() else { return lines };
            let gap = usize::from(!line.is_empty());
            if width(line) + gap + rest.len() <= room {
                line.extend(std::iter::repeat_n(' ', gap).chain(rest));
                break;
            }
            // A word that is longer than a line is broken; any other goes to the next line.
            if gap == 0 {
                let next = rest.split_off(room.min(rest.len()));
                line.extend(rest);
                rest = next;
            }
            lines.push(String::new());
        }
    }
    lines
}

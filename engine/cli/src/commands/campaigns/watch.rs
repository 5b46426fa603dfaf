//! `throng campaigns watch`: follows a campaign in plain lines, to its end.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use throng_measure::{LiveFigures, Verdict};

use crate::client::{Client, encoded};
use crate::exit::{Exit, Failure};
use crate::live::live_line;

/// Nanoseconds of the campaign's time between two lines.
const PERIOD: u64 = 5_000_000_000;

/// Prints a line every few seconds; the exit code is the verdict's.
pub(super) async fn watch(client: &Client, key: &str) -> Result<Exit, Failure> {
    let mut answer = client.get(&format!("/campaigns/{}/live", encoded(key))).await?;
    let mut following = Following::default();
    let mut events = Events::default();
    while let Some(piece) = answer.piece().await {
        for event in events.read(&piece) {
            if let Some(verdict) = following.hear(&event.name, &event.data) {
                return end(client, key, verdict).await;
            }
        }
    }
    Err(Failure::engine(format!("the engine left while the campaign ran; when it is back: `throng campaigns watch {key}`")))
}

async fn end(client: &Client, key: &str, verdict: Option<Verdict>) -> Result<Exit, Failure> {
    let record = client.get(&format!("/campaigns/{}", encoded(key))).await?.json().await?;
    let message = record.get("message").and_then(Json::as_str).map(|message| format!(": {message}")).unwrap_or_default();
    let told = verdict.map_or("ended", Verdict::name);
    eprintln!("{key}: {told}{}", message.replace(char::is_control, " "));
    Ok(verdict.map_or(Exit::Engine, Exit::from))
}

/// What was shown so far.
#[derive(Default)]
struct Following {
    next: u64,
    broken: BTreeSet<String>,
}

impl Following {
    /// Shows what is new; its verdict when it is over.
    fn hear(&mut self, name: &str, data: &Json) -> Option<Option<Verdict>> {
        match name {
            "state" => eprintln!("{}", data.get("state").and_then(Json::as_str).unwrap_or_default()),
            "figures" => {
                if let Ok(figures) = serde_json::from_value::<LiveFigures>(data.clone()) {
                    self.show(&figures);
                }
            }
            "end" => return Some(data.get("verdict").and_then(|verdict| serde_json::from_value(verdict.clone()).ok())),
            _ => {}
        }
        None
    }

    fn show(&mut self, figures: &LiveFigures) {
        for rule in figures.rules.iter().filter(|rule| rule.holds == Some(false)) {
            if self.broken.insert(format!("{:?} {}", rule.scenario, rule.rule)) {
                eprintln!("{}", format!("rule `{}` is broken: {}", rule.rule, rule.told).replace(char::is_control, ""));
            }
        }
        if figures.at >= self.next {
            self.next = figures.at + PERIOD;
            eprintln!("{}", live_line(figures));
        }
    }
}

/// Server-sent events, as they come in pieces.
#[derive(Default)]
struct Events {
    rest: Vec<u8>,
}

struct Event {
    name: String,
    data: Json,
}

impl Events {
    fn read(&mut self, piece: &[u8]) -> Vec<Event> {
        self.rest.extend_from_slice(piece);
        let mut events = Vec::new();
        while let Some(end) = self.rest.windows(2).position(|two| two == b"\n\n") {
            let block: Vec<u8> = self.rest.drain(..end + 2).collect();
            let block = String::from_utf8_lossy(&block);
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some(name), Some(data)) = (field("event:"), field("data:")) {
                events.push(Event { name: name.to_owned(), data: serde_json::from_str(data).unwrap_or_default() });
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_pieces() {
        let mut events = Events::default();
        let mut names = Vec::new();
        for piece in ["event: sta", "te\ndata: {\"state\":", "\"running\"}\n", "\n: nothing new\n\nevent: end\ndata: {}\n\n"] {
            names.extend(events.read(piece.as_bytes()).into_iter().map(|event| (event.name, event.data.to_string())));
        }
        assert_eq!(names, [("state".to_owned(), r#"{"state":"running"}"#.to_owned()), ("end".to_owned(), "{}".to_owned())]);
    }
}
